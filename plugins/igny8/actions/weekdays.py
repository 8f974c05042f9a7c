"""The days of the week, as rules name them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final, Literal, TypeAlias, get_args

Weekday: TypeAlias = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
EXCLUDED_DATE: Final = r"^(\d{4}-)?\d{2}-\d{2}$"
"""A date, or with no year the date in every year."""


def is_excluded(day: date, dates: Collection[str]) -> bool:
    """Whether a day is one of the excluded dates."""
    text = day.isoformat()
    return text in dates or text[5:] in dates

"""The days of the week, as rules name them."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias, get_args

Weekday: TypeAlias = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
WEEKDAYS: Final[tuple[Weekday, ...]] = get_args(Weekday)
EXCLUDED_DATE: Final = r"^(\d{4}-)?\d{2}-\d{2}$"
"""A date, or with no year the date in every year."""

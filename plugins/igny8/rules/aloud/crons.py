"""Crons in words."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from cron_descriptor import (
    CasingTypeEnum,
    ExpressionDescriptor,
    FormatError,
    MissingFieldError,
    Options,
    WrongArgumentError,
)

from igny8.rules.values import listed

_PRESETS: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_WEEKDAYS: Final = (1, 2, 3, 4, 5)
_WEEKEND: Final = (0, 6)
_EVERY: Final = frozenset({"*", "?"})
_MOST_TIMES: Final = 4
"""How many times of a day are told one by one."""


@lru_cache(maxsize=4096)
def cron_words(cron: str) -> str:
    """When a cron fires, to follow a word such as *starts*: ``every Monday at 06:00``.

    The usual shapes, times of day on some days, are told as people say them; all others as cron-descriptor does. What
    that cannot read is told as it stands.
    """
    spelled_out = _PRESETS.get(cron, cron)
    fields = spelled_out.split()
    usual = _usual(fields) if len(fields) == 5 else None  # noqa: PLR2004 - a cron has five fields
    return usual or _described(spelled_out) or f"at the times of the cron '{cron}'"


def _usual(fields: list[str]) -> str | None:
    minutes, hours = _numbers(fields[0], 0, 59), _numbers(fields[1], 0, 23)
    if minutes is None or hours is None or len(minutes) != 1 or not 0 < len(hours) <= _MOST_TIMES:
        return None
    days = _days(*fields[2:])
    return None if days is None else f"{days} at {listed(f'{hour:02}:{minutes[0]:02}' for hour in hours)}"


def _days(of_month: str, month: str, of_week: str) -> str | None:
    if of_month in _EVERY and month in _EVERY:
        return "every day" if of_week in _EVERY else _week(of_week)
    if of_week not in _EVERY or of_month in _EVERY:
        return None
    if of_month.upper() == "L":
        told = "the last day"
    else:
        days = _numbers(of_month, 1, 31)
        if days is None or len(days) > _MOST_TIMES:
            return None
        told = f"day{'s' if len(days) > 1 else ''} {listed(str(day) for day in days)}"
    if month in _EVERY:
        return f"on {told} of every month"
    months = _numbers(month, 1, 12, [name[:3].upper() for name in MONTHS], 1)
    return None if months is None else f"on {told} of {listed(MONTHS[number - 1] for number in months)}"


def _week(text: str) -> str | None:
    found = _numbers(text, 0, 7, [name[:3].upper() for name in DAYS], 0)
    if found is None:
        return None
    days = tuple(sorted({day % 7 for day in found}))
    if days == _WEEKDAYS:
        return "every weekday"
    if days == _WEEKEND:
        return "every Saturday and Sunday"
    if len(days) == len(DAYS):
        return "every day"
    # The week begins on Monday.
    return f"every {listed(DAYS[day] for day in sorted(days, key=lambda day: (day - 1) % 7))}"


def _numbers(text: str, low: int, high: int, names: list[str] | None = None, first: int = 0) -> list[int] | None:
    """The numbers that a field lists, by itself, as a range or in steps over all; ``None`` for every other form."""
    found: set[int] = set()
    for part in text.upper().split(","):
        span, slash, step = part.partition("/")
        start, dash, end = span.partition("-")
        if slash and (span not in _EVERY or not step.isdecimal() or int(step) < 1):
            return None
        if slash:
            found.update(range(low, high + 1, int(step)))
            continue
        bounds = [_number(bound, names, first) for bound in ((start, end) if dash else (start,))]
        if any(bound is None or not low <= bound <= high for bound in bounds):
            return None
        one, other = bounds[0] or 0, bounds[-1] or 0
        if one > other:
            return None
        found.update(range(one, other + 1))
    return sorted(found)


def _number(text: str, names: list[str] | None, first: int) -> int | None:
    if names and text in names:
        return names.index(text) + first
    return int(text) if text.isascii() and text.isdecimal() else None


def _described(cron: str) -> str | None:
    options = Options(CasingTypeEnum.Sentence, use_24hour_time_format=True, locale_code="en_US")
    try:
        told: str = ExpressionDescriptor(cron, options).get_description()
    except (FormatError, MissingFieldError, WrongArgumentError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return told[:1].lower() + told[1:]

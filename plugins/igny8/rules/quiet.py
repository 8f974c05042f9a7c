"""The times in which a rule does not begin by itself: quiet hours and excluded dates.

All reckoning is on wall-clock time in the rule's time zone, so that 22:00 is 22:00 in summer and in winter.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from igny8.actions.weekdays import WEEKDAYS, Weekday, is_excluded

MAX_QUIET_HOURS: Final = 20
"""How many stretches of quiet hours a rule may have."""
MAX_EXCLUDED_DATES: Final = 366
"""How many excluded dates a rule may have."""
MOST_STEPS: Final = 800
"""How many times of a schedule that are all quiet are looked at, in search of one that is not."""
LONGEST_SEARCH: Final = timedelta(days=3653)
"""How far ahead such a time is searched for."""

_DAY: Final = timedelta(days=1)
_FOR_EVER: Final = timedelta(days=1100)
"""What is quiet for longer than this without a break never ends: no list of dates is as long."""


class QuietHours(BaseModel):
    """A stretch of the day in which a rule does not begin by itself."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_: str = Field(
        alias="from",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="When the quiet time begins, as HH:MM on a clock in the rule's time zone.",
    )
    to: str = Field(
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description=(
            "When it is over, as HH:MM. A time that is earlier than from is one of the next day; 24:00 is the end of "
            "the day."
        ),
    )
    days: list[Weekday] = Field(
        default=list(WEEKDAYS),
        min_length=1,
        max_length=len(WEEKDAYS),
        description="The days of the week on which the quiet time begins. Left out, it begins on every day.",
    )


@dataclass(frozen=True, slots=True)
class QuietTimes:
    """All times in which a rule does not begin by itself.

    Args:
        hours: The quiet hours.
        dates: The excluded dates, each as ``2026-12-25`` or, for every year, as ``12-25``.
    """

    hours: tuple[QuietHours, ...] = ()
    dates: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.hours or self.dates)

    def reason(self, wall: datetime) -> str | None:
        """Why a rule does not begin then, to follow *because*; ``None`` where it may.

        Args:
            wall: A time on the wall clock in the rule's time zone, without one.
        """
        if is_excluded(wall.date(), self.dates):
            return f"{wall:%Y-%m-%d} is an excluded date"
        hours = next((hours for hours, _ in self._within(wall)), None)
        return None if hours is None else f"it is quiet from {hours.from_} to {hours.to}"

    def until(self, wall: datetime) -> datetime | None:
        """When the quiet time that it is then is over, on the wall clock; the time itself where it is not quiet.

        ``None`` when it never is.
        """
        end = wall
        while end - wall < _FOR_EVER:
            if is_excluded(end.date(), self.dates):
                end = _midnight(end.date() + _DAY)
            elif ends := [over for _, over in self._within(end)]:
                end = max(ends)
            else:
                return end
        return None

    def _within(self, wall: datetime) -> Iterator[tuple[QuietHours, datetime]]:
        """The quiet hours that a time is within, with their end."""
        for hours in self.hours:
            begin = time.fromisoformat(hours.from_)
            end = time(0) if hours.to == "24:00" else time.fromisoformat(hours.to)
            for day in (wall.date(), wall.date() - _DAY):
                over = datetime.combine(day if begin < end else day + _DAY, end)
                if WEEKDAYS[day.weekday()] in hours.days and datetime.combine(day, begin) <= wall < over:
                    yield hours, over


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0))

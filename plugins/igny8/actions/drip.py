"""Drip: posts that are ready together go live one after the other."""

from __future__ import annotations

from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from igny8.actions.weekdays import EXCLUDED_DATE, WEEKDAYS, Weekday

_MOST_DATES: Final = 366


class Drip(BaseModel):
    """How many posts go live in a day, and when. All times are on a clock in the site's own time zone."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    per_day: int = Field(
        default=1,
        ge=1,
        le=48,
        description="How many posts go live on the site in one day at most, those that other rules drip included.",
    )
    first: str = Field(
        default="08:00",
        pattern=r"^([01]\d|2[0-3]):[0-5]\d$",
        description="When the first post of a day goes live, as HH:MM. The others follow evenly.",
    )
    until: str = Field(
        default="18:00",
        pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$",
        description="Until when the posts of a day go live, as HH:MM; later in the day than first.",
    )
    days: list[Weekday] = Field(
        default=list(WEEKDAYS),
        min_length=1,
        max_length=len(WEEKDAYS),
        description="The days of the week on which posts go live. Left out, it is every day.",
    )
    quiet_dates: list[Annotated[str, Field(pattern=EXCLUDED_DATE)]] = Field(
        default=[],
        max_length=_MOST_DATES,
        description="Dates on which none goes live: 2026-12-25, or 12-25 for every year.",
    )

    @model_validator(mode="after")
    def _has_hours(self) -> Self:
        if self.until <= self.first:
            raise ValueError(f"until has to be later in the day than first, and {self.until} is not after {self.first}")
        return self

    def minutes(self) -> list[int]:
        """When the posts of a day go live, in minutes from midnight on."""
        first, last = _minutes(self.first), _minutes(self.until)
        return [first + number * (last - first) // self.per_day for number in range(self.per_day)]


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)

"""What a run may spend: sent with each of its jobs, and held by the engine, which knows what was spent."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_CREDITS: Final = 1_000_000_000
"""The largest number of credits that a limit may be."""

_TEXT: Final = r"^[^\x00-\x1f]+$"

Limit = Literal["credits_per_run", "approved", "approve_above", "credits_per_day", "balance"]
"""What can be exceeded: a limit of the rule, what a run may spend without having been approved, and the account."""


def _is_known(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is not the name of a time zone") from error
    return name


TimeZone = Annotated[str, Field(max_length=64), AfterValidator(_is_known)]
"""The name of a time zone that is known here."""


class Budget(BaseModel):
    """What a job is paid from, and how much of it there is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rule: str = Field(
        pattern=_TEXT, max_length=200, description="What the day's credits are counted for: the rule's id."
    )
    run: str = Field(
        pattern=_TEXT, max_length=500, description="What a run's credits are counted for: <dag id>/<run id>."
    )
    timezone: TimeZone = Field(default="UTC", description="Where a day begins, by the name of a time zone.")
    credits_per_run: int | None = Field(
        default=None,
        ge=0,
        le=MAX_CREDITS,
        description="What all jobs of the run may cost together; null for any number.",
    )
    approved: int | None = Field(
        default=None,
        ge=0,
        le=MAX_CREDITS,
        description="What the run may cost without being approved, or was approved to cost; null where nobody asks.",
    )
    credits_per_day: int | None = Field(
        default=None,
        ge=0,
        le=MAX_CREDITS,
        description="What all runs of the rule may cost in a day; null for any number.",
    )


class Exceeded(BaseModel):
    """Which limit stopped a job, and by how much."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    limit: Limit = Field(description="Which limit.")
    allowed: int = Field(description="How many credits it allows.")
    used: int = Field(description="How many of them were spent or set aside already.")
    needed: int = Field(description="How many more were needed.")

    @property
    def over(self) -> int:
        """By how many credits it would have been exceeded."""
        return self.used + self.needed - self.allowed

    def __str__(self) -> str:
        """In a sentence: which limit, and by how much."""
        one = self.needed == 1
        needed = f"{self.needed:,} {'is' if one else 'are'} needed: {self.over:,} too many."
        more = needed
        if self.used:
            used = f"{self.used:,} of them {'is' if self.used == 1 else 'are'} spent or set aside"
            more = f"{used}, and {self.needed:,} more {'is' if one else 'are'} needed: {self.over:,} too many."
        match self.limit:
            case "balance":
                return f"The account has {self.allowed:,} credits, and {needed}"
            case "credits_per_run":
                return f"A run of the rule may cost {self.allowed:,} credits (credits_per_run); {more}"
            case "approved":
                return f"The run may cost {self.allowed:,} credits without more being approved (approve_above); {more}"
            case "approve_above":
                asks = f"Above {self.allowed:,} credits a run needs approval (approve_above)"
                return f"{asks}, and this one may cost {self.needed:,}: {self.over:,} more."
            case "credits_per_day":
                return f"The rule may spend {self.allowed:,} credits a day (credits_per_day); {more}"

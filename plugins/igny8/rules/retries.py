"""How often an action is tried again, by what made it fail."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from igny8.actions.causes import Cause

MOST: Final = 20
LONGEST_PAUSE: Final = 900.0
"""The longest pause between two tries that nobody asks for, in seconds."""


class Retries(BaseModel):
    """How often an action is tried again, by what made it fail; what cannot pass by itself is never tried again."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    busy: int = Field(
        default=5,
        strict=True,
        ge=0,
        le=MOST,
        description="How often after being asked to wait (429); it is waited for as long as asked.",
    )
    unavailable: int = Field(
        default=3,
        strict=True,
        ge=0,
        le=MOST,
        description="How often after no answer, a time-out or a breakdown (5xx), with growing pauses.",
    )
    failed: int = Field(
        default=2,
        strict=True,
        ge=0,
        le=MOST,
        description="How often after the work itself failed in a way that may pass, with growing pauses.",
    )
    pause: float = Field(
        default=20,
        ge=1,
        le=LONGEST_PAUSE,
        description="The first pause in seconds; each is twice as long as the one before, up to 15 minutes.",
    )

    @property
    def most(self) -> int:
        """The most tries after the first, whatever the cause."""
        return max(self.busy, self.unavailable, self.failed)

    def after(self, cause: Cause) -> int:
        """How often it is tried again after a failure by that cause."""
        match cause:
            case "busy":
                return self.busy
            case "unavailable":
                return self.unavailable
            case "failed":
                return self.failed
        return 0

    def pause_after(self, tries: int) -> float:
        """The pause after that many tries, in seconds, where nobody asks for another."""
        return min(self.pause * 2.0 ** min(tries - 1, 30), LONGEST_PAUSE)


USUAL: Final = Retries()
"""What holds for an action that says nothing else."""

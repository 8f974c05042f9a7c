"""What a rule may spend, and from what price on a person is asked."""

from __future__ import annotations

from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from igny8.actions.budget import MAX_CREDITS, Budget

FIELD: Final = "limits"
"""The rule's field that holds its limits."""
LONGEST_TIMEOUT: Final = 720
"""How long an approval may be waited for, in hours."""


class Limits(BaseModel):
    """What a rule may spend, and from what price on a person is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    credits_per_run: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=MAX_CREDITS,
        description="The most credits that a run may cost. One that would cost more is stopped before it does.",
    )
    credits_per_day: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        le=MAX_CREDITS,
        description=(
            "The most credits that all runs of the rule together may cost in a day, which begins at midnight in the "
            "rule's time zone."
        ),
    )
    approve_above: int | None = Field(
        default=None,
        strict=True,
        ge=0,
        le=MAX_CREDITS,
        description=(
            "A run that may cost more credits than this waits for a person to approve it before it does anything."
        ),
    )
    approval_timeout_hours: float = Field(
        default=24,
        gt=0,
        le=LONGEST_TIMEOUT,
        description="How long the approval is waited for, in hours; no answer by then means no.",
    )

    def budget(self, rule: str, run: str, timezone: str, approved: int | None) -> Budget | None:
        """What the jobs of a run may spend, ``None`` where nothing limits it.

        Args:
            rule: The rule's id.
            run: What tells the run from all others.
            timezone: The rule's time zone.
            approved: What the run may cost without being approved, or was approved to cost.
        """
        if self.credits_per_run is None and self.credits_per_day is None and approved is None:
            return None
        return Budget(
            rule=rule,
            run=run,
            timezone=timezone,
            credits_per_run=self.credits_per_run,
            credits_per_day=self.credits_per_day,
            approved=approved,
        )

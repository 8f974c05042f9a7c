"""What a rule may spend, in words."""

from __future__ import annotations

from igny8.rules.aloud.values import several
from igny8.rules.limits import Limits


def limits_words(limits: Limits | None) -> str:
    """The limits as parts of a sentence: ``up to 300 credits a run, asking above 200 and waiting 24 hours``."""
    if limits is None:
        return "none"
    spent = [
        f"{most:,} credits a {span}"
        for most, span in ((limits.credits_per_run, "run"), (limits.credits_per_day, "day"))
        if most is not None
    ]
    parts = [f"up to {several(spent)}"] if spent else []
    if limits.approve_above is not None:
        parts.append(
            f"a person's approval of runs that may cost more than {limits.approve_above:,} credits, "
            f"waited for {hours_words(limits.approval_timeout_hours)}"
        )
    return "; ".join(parts) or "none"


def hours_words(hours: float) -> str:
    """A number of hours: ``1 hour``, ``1.5 hours``."""
    return f"{hours:g} hour{'' if hours == 1 else 's'}"

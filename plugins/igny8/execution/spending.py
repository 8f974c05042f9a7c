"""What a run may spend, seen from its tasks; and what a task leaves behind that was stopped by it."""

from __future__ import annotations

from typing import Final, TypedDict

from pydantic import JsonValue

from igny8.actions.budget import Budget, Exceeded
from igny8.engine import JobError
from igny8.rules import Limits

BUDGET: Final = "budget"
"""The task id of what reckons the cost of a run beforehand; no action may bear it."""
ALLOWANCE: Final = "allowance"
"""The XCom of that task that says how many credits the run may cost; there where the rule asks people at all."""
STOPPED: Final = "stopped"
"""The XCom of a task that was stopped by a limit: in which try, by which limit, and by how much."""

_CODES: Final = frozenset({"insufficient_credits", "over_budget"})


class Spending(TypedDict):
    """Whose spending an action is, and what limits it."""

    rule: str
    timezone: str
    limits: dict[str, JsonValue]


def spending_of(rule: str, timezone: str, limits: Limits) -> Spending:
    """What the actions of a rule are told of its limits."""
    return {"rule": rule, "timezone": timezone, "limits": limits.model_dump(mode="json", exclude_unset=True)}


def job_budget(spending: Spending, run: str, allowance: JsonValue) -> Budget | None:
    """What a job may spend, ``None`` where nothing limits it.

    Args:
        spending: Whose spending it is.
        run: What tells the run from all others.
        allowance: What the run may cost as far as people are asked; no number is as much as nobody is asked for.
    """
    limits = Limits.model_validate(spending["limits"])
    approved = limits.approve_above
    if approved is not None and isinstance(allowance, int):
        approved = allowance
    return limits.budget(spending["rule"], run, spending["timezone"], approved)


def stopped_by(error: JobError, attempt: int) -> dict[str, JsonValue] | None:
    """What is left behind by a task whose job was stopped by a limit; ``None`` when it failed for another reason."""
    if error.code not in _CODES:
        return None
    return stop_mark(error.exceeded, attempt)


def stop_mark(exceeded: Exceeded | None, attempt: int) -> dict[str, JsonValue]:
    """What is left behind under :data:`STOPPED`."""
    known = {} if exceeded is None else {**exceeded.model_dump(), "over": exceeded.over}
    return {"attempt": attempt, **known}

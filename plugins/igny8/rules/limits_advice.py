"""What is allowed in a rule's limits and yet cannot be meant."""

from __future__ import annotations

from collections.abc import Iterator

from igny8.rules.errors import Problem
from igny8.rules.limits import FIELD
from igny8.rules.model import Rule
from igny8.rules.structure import problem_at


def limit_warnings(rule: Rule) -> Iterator[Problem]:
    """Limits that limit nothing, and those that nothing can be done under.

    ``no_limit``: a limit that never takes effect. ``too_dear``: an action whose single item costs more than all of a
    run may.
    """
    limits = rule.limits
    if limits is None:
        return
    run, day, above = limits.credits_per_run, limits.credits_per_day, limits.approve_above
    if run is None and day is None and above is None:
        message = "These limits limit nothing. Give credits_per_run, credits_per_day or approve_above."
        yield problem_at((FIELD,), "no_limit", message)
        return
    if run is not None and day is not None and run > day:
        message = f"credits_per_run ({run}) is more than credits_per_day ({day}), so only the day's limit takes effect."
        yield problem_at((FIELD, "credits_per_run"), "no_limit", message, run)
    most = min((limit for limit in (run, day) if limit is not None), default=None)
    if above is not None and most is not None and above >= most:
        message = f"No run may cost more than {most} credits, so none is ever put to approval above {above}."
        yield problem_at((FIELD, "approve_above"), "no_limit", message, above)
    if above is None and "approval_timeout_hours" in limits.model_fields_set:
        message = "Nothing is put to approval, so nothing is waited for. Give approve_above too."
        yield problem_at((FIELD, "approval_timeout_hours"), "no_limit", message, limits.approval_timeout_hours)
    for index, action in enumerate(rule.actions):
        price = action.params.price()
        if most is not None and price.total(1) > most:
            message = f"The action '{action.id}' never does anything: it costs {price}, and the limits allow {most}."
            yield problem_at(("actions", index), "too_dear", message, action.id)

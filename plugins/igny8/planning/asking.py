"""What people are told who are asked whether a run may cost so much."""

from __future__ import annotations

from igny8.planning.estimate import ActionEstimate, Estimate
from igny8.planning.verdict import Verdict
from igny8.rules import Limits


def request_text(estimate: Estimate, verdict: Verdict, limits: Limits) -> str:
    """What the run will cost and touch, as Markdown for those who are asked."""
    if verdict.most is None:
        cost = f"**{verdict.least:,} credits or more**: nothing bounds it beforehand"
    elif verdict.most == verdict.least:
        cost = f"**{verdict.most:,} credits**"
    else:
        cost = f"**{verdict.least:,} to {verdict.most:,} credits**"
    lines = [
        f"The run costs {cost}. Runs above {limits.approve_above or 0:,} need approval; {estimate.balance:,} are left.",
        "",
    ]
    lines += [f"- **{action.id}**: {_price(action)}. {action.basis}" for action in estimate.actions]
    return "\n".join(lines)


def _price(action: ActionEstimate) -> str:
    if action.most is None:
        return f"{action.least:,} credits or more"
    return f"{f'{action.least:,} to ' if action.most > action.least else ''}{action.most:,} credits"

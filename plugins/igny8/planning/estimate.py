"""What a run of a rule would cost."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.engine import EngineClient
from igny8.planning.counts import plus
from igny8.planning.foresight import Foreseen, foresee
from igny8.planning.verdict import judge
from igny8.rules import Rule


class ActionEstimate(BaseModel):
    """What one action of a rule would cost."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="The action's id within the rule.")
    type: str = Field(description="What the action does.")
    least: int = Field(description="The fewest credits that it costs; 0 for an action that may be skipped.")
    most: int | None = Field(description="The most credits that it costs; null where nothing bounds it beforehand.")
    items_least: int = Field(description="The fewest items that it works on, if it is not skipped.")
    items_most: int | None = Field(description="The most items that it works on; null where nothing bounds it.")
    may_be_skipped: bool = Field(description="Whether the action has a when or an else_of, and so may cost nothing.")
    basis: str = Field(description="What the numbers rest on, in full sentences.")
    problems: tuple[str, ...] = Field(
        description="Why the engine would refuse the action as things are now; empty when it would not."
    )


class Estimate(BaseModel):
    """What a run of a rule would cost if its conditions held and every item succeeded; what fails costs nothing."""

    model_config = ConfigDict(frozen=True)

    rule: str = Field(description="The rule's id.")
    actions: tuple[ActionEstimate, ...] = Field(description="The actions in the order in which they run.")
    least: int = Field(description="The fewest credits that the run costs.")
    most: int | None = Field(
        description="The most credits that the run costs; null where nothing bounds it beforehand. Of two branches of "
        "which one runs, only the dearer one counts."
    )
    balance: int = Field(description="The credits that the account can spend now.")
    used_today: int | None = Field(
        description="What the rule's runs have spent or set aside today; null where no credits_per_day limits them."
    )
    enough: bool | None = Field(
        description="Whether the balance covers the most that the run costs; null when it covers the least and the "
        "most is not known."
    )
    needs_approval: bool = Field(
        description="Whether the run may cost more than the rule's approve_above, so that a person must approve it "
        "before it begins."
    )


async def estimate(rule: Rule, client: EngineClient, event: JsonValue = None) -> Estimate:
    """What a run of the rule would cost if it started now. Changes nothing.

    Args:
        rule: A rule that passed :func:`igny8.rules.check_rule`.
        client: The engine's client for the rule's account.
        event: What the run is started with, as conditions and references see it below ``event``; ``None`` where that
            isn't known.

    Raises:
        EngineCallError: the engine cannot be asked, or refuses account or site.
    """
    foreseen = await foresee(rule, client, event)
    actions = [_estimate(action) for action in foreseen]
    balance = (await client.account()).credits.balance
    limits = rule.limits
    used_today = None
    if limits is not None and limits.credits_per_day is not None:
        used_today = await client.used_today(rule.id, rule.timezone)
    least = sum(action.least for action in actions)
    most = _dearest(foreseen, actions)
    return Estimate(
        rule=rule.id,
        actions=tuple(actions),
        least=least,
        most=most,
        balance=balance,
        used_today=used_today,
        enough=_enough(least, most, balance),
        needs_approval=limits is not None and judge(least, most, balance, limits, used_today or 0).asks,
    )


def _estimate(foreseen: Foreseen) -> ActionEstimate:
    price = foreseen.action.params.price()
    return ActionEstimate(
        id=foreseen.wired.id,
        type=foreseen.wired.type,
        least=0 if foreseen.may_be_skipped else price.total(foreseen.paid.least),
        most=None if foreseen.paid.most is None else price.total(foreseen.paid.most),
        items_least=foreseen.items.least,
        items_most=foreseen.items.most,
        may_be_skipped=foreseen.may_be_skipped,
        basis=" ".join(
            [
                foreseen.says,
                *([] if foreseen.problems else [f"The price is {price}."]),
                *(["It may be skipped."] if foreseen.may_be_skipped else []),
            ]
        ),
        problems=foreseen.problems,
    )


def _dearest(foreseen: Sequence[Foreseen], actions: Sequence[ActionEstimate]) -> int | None:
    """The sum of the most; of an action and those that run in its place, whichever is dearer."""
    most = {action.id: action.most for action in actions}
    instead = {action.wired.id: action.action.else_of for action in foreseen}
    total: int | None = 0
    for action_id, own in most.items():
        if instead[action_id] is None:
            branch: int | None = 0
            for other, counterpart in instead.items():
                if counterpart == action_id:
                    branch = plus(branch, most[other])
            total = plus(total, _larger(own, branch))
    return total


def _larger(first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else max(first, second)


def _enough(least: int, most: int | None, balance: int) -> bool | None:
    if most is not None:
        return balance >= most
    return None if balance >= least else False

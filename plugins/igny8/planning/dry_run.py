"""What a run of a rule would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.conditions import ConditionTree, IncomparableValuesError, evaluate, fields
from igny8.engine import EngineClient
from igny8.execution.facts import values_of
from igny8.execution.ledger import Ledger, ledger_of
from igny8.planning.foresight import Foreseen, foresee
from igny8.rules import Rule


class DryRunItem(BaseModel):
    """One item that an action would work on."""

    model_config = ConfigDict(frozen=True)

    id: int | str = Field(description="The item's number in its collection.")
    label: str = Field(description="The item's title, name or phrase.")
    status: str | None = Field(description="Where the item stands now; null for a site.")


class DryRunCheck(BaseModel):
    """What became of conditions that were evaluated on the facts of now."""

    model_config = ConfigDict(frozen=True)

    ledger: Ledger | None = Field(description="Every condition with its actual value; null where that can't be told.")
    problem: str | None = Field(description="Why the conditions cannot be evaluated now; null when they can.")


class DryRunAction(BaseModel):
    """What one action would do."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(description="The action's id within the rule.")
    type: str = Field(description="What the action does.")
    collection: str | None = Field(description="The collection of its items; null when it works on the site.")
    total: int | None = Field(
        description="How many items it would work on now; null where that depends on what comes before."
    )
    items: tuple[DryRunItem, ...] = Field(description="The first of the items that it would work on now.")
    says: str = Field(description="In a sentence, what it would work on, or what that depends on.")
    when: DryRunCheck | None = Field(
        description="For an action with a when or an else_of, what its conditions come to now; by its turn that may "
        "have changed. Null for an action that is never skipped."
    )
    problems: tuple[str, ...] = Field(
        description="Why the engine would refuse the action as things are now; empty when it would not."
    )


class DryRun(BaseModel):
    """What a run of a rule would do if it started now."""

    model_config = ConfigDict(frozen=True)

    rule: str = Field(description="The rule's id.")
    would_run: bool | None = Field(
        description="Whether the rule's conditions hold now, so that its actions would run; null when they cannot be "
        "evaluated, and the run would fail."
    )
    conditions: DryRunCheck = Field(description="What the rule's conditions come to on the facts of now.")
    actions: tuple[DryRunAction, ...] = Field(
        description="What each action would do if the conditions held, in the order in which they run."
    )


async def dry_run(rule: Rule, client: EngineClient, event: JsonValue = None, *, shown: int = 20) -> DryRun:
    """What a run of the rule would do if it started now. Changes nothing.

    Args:
        rule: A rule that passed :func:`igny8.rules.check_rule`.
        client: The engine's client for the rule's account.
        event: What the run is started with, as conditions and references see it below ``event``; ``None`` where that
            isn't known.
        shown: How many items to show of each action at most.

    Raises:
        EngineCallError: the engine cannot be asked, or refuses account or site.
    """
    foreseen = await foresee(rule, client, event, shown=shown)
    asked = [*fields(rule.conditions), *(name for action in foreseen for name in fields(action.wired.when))]
    facts = await values_of(
        (name for name in dict.fromkeys(asked) if not _is_output(name)),
        client,
        rule.site,
        event=lambda: {} if event is None else event,
        output=_no_output,
    )
    conditions = _check(rule.conditions, facts)
    return DryRun(
        rule=rule.id,
        would_run=None if conditions.ledger is None else conditions.ledger.holds,
        conditions=conditions,
        actions=tuple(_action(action, facts) for action in foreseen),
    )


def _check(conditions: Sequence[ConditionTree], facts: Mapping[str, JsonValue]) -> DryRunCheck:
    later = [name for name in fields(conditions) if _is_output(name)]
    if later:
        return DryRunCheck(ledger=None, problem=f"It depends on {', '.join(later)}, known only when the rule runs.")
    try:
        return DryRunCheck(ledger=ledger_of(evaluate(conditions, facts)), problem=None)
    except IncomparableValuesError as error:
        return DryRunCheck(ledger=None, problem=f"{error}.")


def _action(foreseen: Foreseen, facts: Mapping[str, JsonValue]) -> DryRunAction:
    exact = foreseen.items.least == foreseen.items.most
    return DryRunAction(
        id=foreseen.wired.id,
        type=foreseen.wired.type,
        collection=foreseen.collection,
        total=foreseen.items.most if exact else None,
        items=tuple(
            DryRunItem(id=item.id, label=item.label, status=item.status)
            for item in (foreseen.preview.items if foreseen.preview else ())
        ),
        says=foreseen.says,
        when=_check(foreseen.wired.when, facts) if foreseen.wired.when else None,
        problems=foreseen.problems,
    )


def _is_output(field: str) -> bool:
    return field.startswith("actions.")


async def _no_output(action: str, name: str) -> JsonValue:
    raise LookupError(f"actions.{action}.{name} was asked for before the rule has run")

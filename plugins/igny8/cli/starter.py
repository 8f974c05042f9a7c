"""The first text of a new rule: valid as it stands, with comments on what else could stand there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from pydantic.fields import FieldInfo

from igny8.actions import ACTION_TYPES, ActionType
from igny8.actions.items import COLLECTIONS
from igny8.rules.document import dump_text
from igny8.rules.model import TriggerKind

DEFAULT_ACTIONS = ("cluster_keywords", "generate_ideas", "generate_content")
DEFAULT_SCHEDULE = "0 6 * * MON"
DEFAULT_EVENT = "keywords.imported"


@dataclass(frozen=True, slots=True)
class Starter:
    """What is known of a rule before it is written."""

    id: str
    name: str
    account: str
    site: str
    trigger: TriggerKind = "manual"
    schedule: str = DEFAULT_SCHEDULE
    timezone: str = "UTC"
    event: str = DEFAULT_EVENT
    actions: Sequence[str] = DEFAULT_ACTIONS

    def text(self) -> str:
        """The rule as YAML."""
        return "\n".join(self._lines()) + "\n"

    def _lines(self) -> Iterator[str]:
        yield "# yaml-language-server: $schema=./rule.schema.json"
        yield f"id: {_text(self.id)}"
        yield f"name: {_text(self.name)}"
        yield f"account: {_text(self.account)}"
        yield f"site: {_text(self.site)}"
        yield "status: active # or paused: kept ready, starts nothing; or inactive: stored only"
        yield ""
        yield from self._when()
        yield ""
        yield "# Only if: all of these hold. Fields are facts (keywords.new, credits.balance, …), and what"
        yield "# an event brings (event.<field>); any, all and not nest."
        yield "conditions:"
        yield "  - {field: credits.balance, operator: greater_than, value: 0}"
        yield ""
        yield "# Do: one after the other. A param that is left out comes from the nearest action above that has it."
        yield "actions:"
        supplied: set[str] = set()
        for name in self.actions:
            yield from self._action(name, supplied)
        yield ""
        yield "# Examples of what the conditions should make of a situation, tried by: igny8 rules test"
        yield "tests:"
        yield "  - {name: credits are left, facts: {credits.balance: 100}, expect: match}"
        yield "  - {name: no credits are left, facts: {credits.balance: 0}, expect: no_match}"

    def _when(self) -> Iterator[str]:
        match self.trigger:
            case "schedule":
                yield "# When: minute, hour, day of month, month, day of week; or a list of such lines."
                yield "trigger: schedule"
                yield f"schedule: {dump_text(self.schedule, chr(34))}"
                yield f"timezone: {_text(self.timezone)}"
            case "event":
                yield "# When: an event of this type comes in (igny8 events send)."
                yield "trigger: event"
                yield f"event: {_text(self.event)}"
            case "manual":
                yield "# When: a person or program starts it (igny8 rules run). Others: schedule, event."
                yield "trigger: manual"

    def _action(self, name: str, supplied: set[str]) -> Iterator[str]:
        kind = ACTION_TYPES.get(name)
        yield f"  - type: {_text(name)}{f' # {kind.title}: {kind.prices[0]}' if kind else ''}"
        params = list(_params(kind, supplied)) if kind else []
        if params:
            yield "    params:"
            yield from params
        if kind:
            supplied.update(output.name for output in kind.outputs)


def _params(kind: ActionType, supplied: set[str]) -> Iterator[str]:
    """The params that have to be given: required ones, and items that no action above puts out."""
    inputs = kind.params.item_inputs()
    for name, field in kind.params.model_fields.items():
        if name in inputs:
            if supplied.isdisjoint(inputs[name].supplied_by):
                status = COLLECTIONS[inputs[name].collection].statuses[0]
                where = f"{{where: [{{field: status, operator: equals, value: {status}}}], limit: 100}}"
                yield f"      {name}: {where}"
        elif field.is_required():
            yield f"      # {field.description}"
            yield f"      {name}: {_example(field)}"


def _example(field: FieldInfo) -> str:
    example = field.examples[0] if field.examples else 1
    return dump_text(example, chr(34)) if isinstance(example, str) else str(example)


def _text(value: JsonValue) -> str:
    return dump_text(str(value), None)

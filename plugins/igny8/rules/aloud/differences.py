"""What differs between two states of a rule, in sentences."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from igny8.rules.aloud.actions import action_words, param_words
from igny8.rules.aloud.conditions import condition_words, conditions_words
from igny8.rules.aloud.failing import memory_words, retries_words
from igny8.rules.aloud.limits import limits_words
from igny8.rules.aloud.rule import START_FIELDS, starts
from igny8.rules.aloud.times import QUIET_FIELDS, overlap_words, quiet_words
from igny8.rules.aloud.values import several, value_words
from igny8.rules.check import check_rule
from igny8.rules.compare import changes
from igny8.rules.errors import RuleInvalidError
from igny8.rules.model import Action, Rule
from igny8.rules.wiring import WiredAction, wire, wire_failure

_PLAIN: Final = ("name", "description", "account", "site", "status")
_TOLD: Final = frozenset(
    {
        *("id", "conditions", "actions", "overlap", "limits", "on_failure", "topic_memory"),
        *_PLAIN,
        *START_FIELDS,
        *QUIET_FIELDS,
    }
)
"""The fields of a rule that there are words for; all others are told as they stand."""
_TOLD_OF_ACTIONS: Final = frozenset({"id", "type", "params", "when", "needs", "else_of", "retries"})


def differences(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> list[str]:
    """What differs between two states of a rule, given as documents, one sentence for each thing.

    ``schedule: every Monday at 06:00 (UTC) → every weekday at 07:30 (UTC)``. Where one of them is no usable rule, that
    is the first sentence, and values are told as they stand.
    """
    one, other = _usable(before), _usable(after)
    if one is not None and other is not None:
        return list(_differences(one, other))
    told = [f"{change.path}: {_value(change.before)} → {_value(change.after)}" for change in changes(before, after)]
    if one is None and other is not None:
        return ["mended: it can be used again", *told]
    return ["broken: it cannot be used", *told] if one is not None else told


def _usable(document: Mapping[str, JsonValue]) -> Rule | None:
    try:
        return check_rule(document)
    except RuleInvalidError:
        return None


def _differences(before: Rule, after: Rule) -> Iterator[str]:
    for name in _PLAIN:
        one, other = getattr(before, name), getattr(after, name)
        if one != other:
            yield f"{name}: {_text(name, one)} → {_text(name, other)}"
    if any(getattr(before, name) != getattr(after, name) for name in START_FIELDS) and starts(before) != starts(after):
        label = "schedule" if before.trigger == after.trigger == "schedule" else "trigger"
        yield f"{label}: {starts(before)} → {starts(after)}"
    was, becomes = (quiet_words(each.quiet_hours, each.excluded_dates) or "none" for each in (before, after))
    if was != becomes:
        yield f"quiet times: {was} → {becomes}"
    if overlap_words(before.overlap) != overlap_words(after.overlap):
        yield f"overlap: {_overlap(before)} → {_overlap(after)}"
    yield from _of_conditions(before, after)
    yield from _of_actions(_Actions(before.actions, wire(before)), _Actions(after.actions, wire(after)))
    failing = (_Actions(rule.on_failure, wire_failure(rule)) for rule in (before, after))
    yield from (f"on failure, {told}" for told in _of_actions(*failing))
    if before.limits != after.limits:
        yield f"limits: {limits_words(before.limits)} → {limits_words(after.limits)}"
    if before.topic_memory != after.topic_memory:
        yield f"topic memory: {memory_words(before.topic_memory)} → {memory_words(after.topic_memory)}"
    yield from _others(before, after, _TOLD, "")


def _others(before: Rule | Action, after: Rule | Action, told: Collection[str], prefix: str) -> Iterator[str]:
    for name in type(after).model_fields:
        if name not in told and getattr(before, name) != getattr(after, name):
            was, becomes = (_value(each.model_dump(mode="json", by_alias=True)[name]) for each in (before, after))
            yield f"{prefix}{name.replace('_', ' ')}: {was} → {becomes}"


def _of_conditions(before: Rule, after: Rule) -> Iterator[str]:
    one = [condition_words(tree, alone=True) for tree in before.conditions]
    other = [condition_words(tree, alone=True) for tree in after.conditions]
    matcher = difflib.SequenceMatcher(a=one, b=other, autojunk=False)
    for operation, start, end, new_start, new_end in matcher.get_opcodes():
        if operation == "equal":
            continue
        old, new = one[start:end], other[new_start:new_end]
        shared = min(len(old), len(new))
        yield from (f"condition: {was} → {becomes}" for was, becomes in zip(old[:shared], new[:shared], strict=True))
        yield from (f"condition taken out: {was}" for was in old[shared:])
        yield from (f"condition added: {becomes}" for becomes in new[shared:])


@dataclass(frozen=True, slots=True)
class _Actions:
    """The actions of one list of a rule, as written and with everything spelled out."""

    actions: Sequence[Action]
    wired: Sequence[WiredAction]


def _of_actions(before: _Actions, after: _Actions) -> Iterator[str]:
    wired_before = {action.id: action for action in before.wired}
    wired_after = {action.id: action for action in after.wired}
    old = {action.id: action for action in before.actions}
    for action_id, action in old.items():
        if action_id not in wired_after:
            yield f"action taken out: {_deed(action, wired_before[action_id])}"
    for action in after.actions:
        if action.id not in old:
            yield f"action added: {_deed(action, wired_after[action.id])}"
        elif old[action.id].type != action.type:
            was, becomes = _deed(old[action.id], wired_before[action.id]), _deed(action, wired_after[action.id])
            yield f"{action.id}: {was} → {becomes}"
        else:
            yield from _of_action(old[action.id], action)
    kept_before = [action.id for action in before.actions if action.id in wired_after]
    kept_after = [action.id for action in after.actions if action.id in old]
    if kept_before != kept_after:
        yield f"order of the actions: {several(kept_before)} → {several(kept_after)}"


def _of_action(before: Action, after: Action) -> Iterator[str]:
    for name in type(after.params).model_fields:
        one, other = _param(before, name), _param(after, name)
        if not _same(one, other):
            was, becomes = param_words(before.type, name, one), param_words(after.type, name, other)
            yield f"{after.id}, {name.replace('_', ' ')}: {was} → {becomes}"
    if before.when != after.when:
        yield f"{after.id}, when: {_when(before)} → {_when(after)}"
    if before.needs != after.needs:
        yield f"{after.id}, after: {_needs(before.needs)} → {_needs(after.needs)}"
    if before.else_of != after.else_of:
        yield f"{after.id}, in place of: {before.else_of or 'no other'} → {after.else_of or 'no other'}"
    if before.retries != after.retries:
        yield f"{after.id}: {retries_words(before.retries)} → {retries_words(after.retries)}"
    yield from _others(before, after, _TOLD_OF_ACTIONS, f"{after.id}, ")


def _deed(action: Action, wired: WiredAction) -> str:
    return f"{action.id}, {action_words(action, wired.params)}"


def _param(action: Action, name: str) -> JsonValue:
    value: JsonValue = action.params.model_dump(mode="json", by_alias=True, exclude_unset=True).get(name)
    # A default that was left out and one that was written down are the same.
    return getattr(action.params, name) if value is None and name not in action.params.item_inputs() else value


def _same(one: JsonValue, other: JsonValue) -> bool:
    # Unlike ==, this tells 1 from true and from 1.0.
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _when(action: Action) -> str:
    return f"only if {conditions_words(action.when)}" if action.when else "always"


def _needs(needs: Sequence[str] | None) -> str:
    if needs is None:
        return "the action above"
    return several(needs) if needs else "nothing, it starts at once"


def _overlap(rule: Rule) -> str:
    return overlap_words(rule.overlap) or "as many runs go at once as Airflow lets"


def _text(name: str, value: str) -> str:
    return value_words(value) if name in {"name", "description"} else value


def _value(value: JsonValue) -> str:
    return "not there" if value is None else value_words(value)

"""A whole rule in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from igny8.rules.aloud.actions import action_words
from igny8.rules.aloud.conditions import conditions_words
from igny8.rules.aloud.crons import cron_words
from igny8.rules.aloud.failing import failing_words, memory_words
from igny8.rules.aloud.limits import limits_words
from igny8.rules.aloud.times import QUIET_FIELDS, overlap_words, quiet_words
from igny8.rules.aloud.values import several, value_words
from igny8.rules.model import Rule
from igny8.rules.wiring import WiredAction, wire

START_FIELDS: Final = ("trigger", "schedule", "timezone", "event", "assets")
"""The fields of a rule that say what starts it."""
_TOLD: Final = frozenset(
    {
        *("id", "name", "description", "account", "site", "status", "conditions", "actions", "overlap", "limits"),
        *("on_failure", "topic_memory"),
        *START_FIELDS,
        *QUIET_FIELDS,
    }
)


def in_words(rule: Rule) -> str:
    """The rule as plain English, for people who never see its YAML.

    Actions one after the other make one sentence. A rule with branches or parallel paths has a numbered line for each
    action, which Markdown shows as a list.

    Raises:
        RuleInvalidError: when the rule did not pass :func:`igny8.rules.check_rule`.
    """
    wired = {action.id: action for action in wire(rule)}
    asked = f", if {conditions_words(rule.conditions)}" if rule.conditions else ""
    start = f"{starts(rule)}{_but_not(rule)}, on the site {rule.site}{asked}"
    head = f"{_status(rule)}{start[:1].upper()}{start[1:]}"
    tail = _besides(rule)
    in_order = [wired[action.id] for action in rule.actions]
    if _one_after_the_other(rule, in_order):
        deeds = [
            action_words(action, wired[action.id].params, rule.actions[index - 1].id if index else None)
            for index, action in enumerate(rule.actions)
        ]
        return f"{head}: {', then '.join(deeds)}.{tail and f' {tail}'}"
    lines = [f"{index + 1}. {_step(rule, index, action)}" for index, action in enumerate(in_order)]
    return "\n".join([f"{head}:", "", *lines, *(["", tail] if tail else [])])


def starts(rule: Rule) -> str:
    """What starts the rule: ``every Monday at 06:00 (Europe/Berlin)``."""
    match rule.trigger:
        case "schedule":
            return f"{', and '.join(cron_words(cron) for cron in rule.schedules)} ({rule.timezone})"
        case "event":
            ways = [f"{rule.event} happens"] if rule.event else []
            if rule.assets:
                updated = "is updated" if len(rule.assets) == 1 else "have all been updated"
                ways.append(f"the asset{'s'[: len(rule.assets) - 1]} {several(rule.assets)} {updated}")
            return f"when {' or '.join(ways)}"
        case "manual":
            return "when it is started by hand"


def _but_not(rule: Rule) -> str:
    """When the rule does not begin by itself, and what becomes of an event of that time."""
    quiet = quiet_words(rule.quiet_hours, rule.excluded_dates)
    if quiet is None or rule.trigger == "manual":
        return ""
    waits = "" if rule.trigger == "schedule" else f" ({rule.timezone}), when it waits until that is over"
    return f", but not {quiet}{waits}"


def _step(rule: Rule, index: int, wired: WiredAction) -> str:
    """One action of a rule with branches: its id, when its turn is, and what it does."""
    action = rule.actions[index]
    turn = _turn(rule, index, wired)
    deed = action_words(action, wired.params)
    return f"{action.id}{f', {turn}' if turn else ''}: {deed}."


def _turn(rule: Rule, index: int, wired: WiredAction) -> str:
    """After what an action comes, and whether it then runs."""
    action = rule.actions[index]
    above = rule.actions[index - 1] if index else None
    if action.else_of is not None:
        return f"only where {action.else_of} is skipped by its own condition"
    parts: list[str] = []
    if action.needs is not None and index:
        parts.append(f"after {several(action.needs)}" if action.needs else "at once")
    elif above is not None and above.else_of is not None:
        branches = [other for other in wired.upstream if other in {above.id, above.else_of}]
        parts.append(f"after {several(reversed(branches), 'or')}")
    if action.when:
        parts.append(f"only if {conditions_words(action.when)}")
    return ", ".join(parts)


def _one_after_the_other(rule: Rule, wired: Sequence[WiredAction]) -> bool:
    if any(action.when or action.else_of for action in rule.actions):
        return False
    chain = [(), *((action.id,) for action in rule.actions[:-1])]
    return [action.upstream for action in wired] == chain


def _besides(rule: Rule) -> str:
    """What is to be said besides, and the fields that nothing has words for, as they stand."""
    overlap = overlap_words(rule.overlap)
    others = [name for name in Rule.model_fields if name in rule.model_fields_set and name not in _TOLD]
    document = rule.document() if others else {}
    told = [*failing_words(rule), *([memory_words(rule.topic_memory)] if rule.topic_memory else [])]
    if overlap:
        told.append(f"{overlap[:1].upper()}{overlap[1:]}.")
    if rule.limits is not None:
        told.append(f"With limits: {limits_words(rule.limits)}.")
    told += [f"With the {name.replace('_', ' ')} {value_words(document.get(name))}." for name in others]
    return " ".join(told)


def _status(rule: Rule) -> str:
    match rule.status:
        case "paused":
            return "Paused: only a person or program starts it by hand. When it is active: "
        case "inactive":
            return "Inactive: it is stored and cannot be run. When it is active: "
    return ""

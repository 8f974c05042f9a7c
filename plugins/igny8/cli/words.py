"""Conditions, actions and times of a rule in words."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pydantic import JsonValue

_JOINTS = {"all": " and ", "any": " or "}


def condition_words(condition: JsonValue) -> str:
    """A condition, or a group of them, in one line."""
    if not isinstance(condition, Mapping):
        return str(condition)
    for group, joint in _JOINTS.items():
        children = condition.get(group)
        if isinstance(children, list):
            return f"({joint.join(condition_words(child) for child in children)})"
    if "not" in condition:
        return f"not {condition_words(condition['not'])}"
    operator = str(condition.get("operator", "")).replace("_", " ")
    return f"{condition.get('field')} {operator} {_value(condition.get('value'))}"


def action_words(action: JsonValue) -> str:
    """An action with its params, in one line."""
    if not isinstance(action, Mapping):
        return str(action)
    kind, own = str(action.get("type", "")), action.get("id")
    name = f"{own} ({kind})" if own and own != kind else kind
    params = action.get("params")
    given = ", ".join(f"{key}: {_value(value)}" for key, value in params.items()) if isinstance(params, dict) else ""
    return f"{name}  {given}".rstrip()


def quiet_text(hours: JsonValue, dates: JsonValue) -> str | None:
    """The quiet times of a rule; ``None`` for one without."""
    from igny8.rules.aloud.times import quiet_words
    from igny8.rules.quiet import QuietHours

    stretches = [QuietHours.model_validate(each) for each in hours] if isinstance(hours, list) else []
    return quiet_words(stretches, [str(each) for each in dates] if isinstance(dates, list) else [])


def overlap_text(overlap: JsonValue) -> str | None:
    """What happens to runs of a rule that overlap; ``None`` for one that says nothing of it."""
    from igny8.rules.aloud.times import overlap_words
    from igny8.rules.overlap import read_overlap

    return None if overlap is None else overlap_words(read_overlap(overlap))


def _value(value: JsonValue) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

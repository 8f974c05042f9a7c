"""Values in words."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from pydantic import JsonValue

from igny8.actions.params import reference_path
from igny8.rules.resolve import references
from igny8.rules.values import listed, shortened

_LONGEST: Final = 60
_MOST: Final = 8
"""How many values of a list are told one by one."""


def value_words(value: JsonValue) -> str:
    """A value as a part of a sentence, on one line; texts stand in quotes."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case str():
            return reference_words(value) or f"'{shortened(' '.join(value.split()), _LONGEST)}'"
        case list():
            return several([value_words(item) for item in value])
    return shortened(json.dumps(value, ensure_ascii=False), _LONGEST)


def several(words: Iterable[str], joint: str = "and") -> str:
    """Words as a list in a sentence; of a long one the beginning, and how many more there are."""
    found = list(words)
    if len(found) > _MOST:
        found = [*found[: _MOST - 1], f"{len(found) - _MOST + 1} more"]
    if len(found) > 1 and joint != "and":
        return f"{', '.join(found[:-1])} {joint} {found[-1]}"
    return listed(found)


def reference_words(text: str) -> str | None:
    """What a reference points at in words; ``None`` for a text that is none."""
    path = reference_path(text)
    if path is None:
        return None
    return field_words(path)


def supplier_words(reference: str, plural: str) -> str | None:
    """The items that a reference points at; where it names several actions, from the first of them that runs."""
    names: list[str] = []
    for path in references(reference):
        root, _, rest = path.partition(".")
        if root == "event":
            return f"the {plural} that the event names as {rest}"
        names.append(rest.partition(".")[0])
    if not names:
        return None
    others = "".join(f", or from {name} where that is skipped" for name in names[1:])
    return f"the {plural} from {names[0]}{f' ({others[2:]})' if others else ''}"


def field_words(path: str) -> str:
    """What a dotted path of a run names: something of the event, an action's output, or a fact."""
    root, _, rest = path.partition(".")
    if root == "event" and rest:
        return f"the event's {rest}"
    if root == "actions" and rest:
        action, _, output = rest.partition(".")
        return f"the {output.replace('_', ' ')} of {action}" if output else f"what {action} puts out"
    return path

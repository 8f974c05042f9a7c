"""What differs between two states of a rule."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from pydantic import JsonValue

from igny8.rules.errors import Location
from igny8.rules.locate import path_text


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is not the same in both."""

    path: str
    """Where it is, for example ``actions[2].params.status``."""
    before: JsonValue
    after: JsonValue


def changes(before: Mapping[str, JsonValue], after: Mapping[str, JsonValue]) -> list[Change]:
    """Every value that differs, in the order of the later state; ``None`` stands for one that is not there."""
    return list(_changes(dict(before), dict(after), ()))


def unified_diff(before: str, after: str, names: tuple[str, str]) -> str:
    """The lines that differ between two texts, in the form that ``patch`` and people read."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), *names, lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _changes(before: JsonValue, after: JsonValue, location: Location) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in dict.fromkeys((*after, *before)):
            yield from _changes(before.get(name), after.get(name), (*location, name))
    elif isinstance(before, list) and isinstance(after, list) and _holds_objects(before) and _holds_objects(after):
        for index, (one, other) in enumerate(zip_longest(before, after)):
            yield from _changes(one, other, (*location, index))
    # Unlike ==, this tells 1 from true and from 1.0.
    elif json.dumps(before, sort_keys=True) != json.dumps(after, sort_keys=True):
        yield Change(path_text(location), before, after)


def _holds_objects(values: list[JsonValue]) -> bool:
    return all(isinstance(item, dict) for item in values)

"""Paths into a rule's document: how they are written, and where they stand in its YAML text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

import yaml

from igny8.rules.errors import Location, Problem

_PLAIN_KEY: Final = re.compile(r"^[^\s.\[\]\"'{}]+$")


def path_text(location: Location) -> str:
    """A location as people write it: ``actions[2].params.limit``; keys with odd characters stand in brackets."""
    text = ""
    for part in location:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN_KEY.match(part):
            text += f".{part}" if text else part
        else:
            text += f'["{part}"]'
    return text


def position(root: yaml.Node | None, location: Location) -> tuple[int, int]:
    """The line and column, from 1, of what stands at a location; of the nearest thing around it when it is missing."""
    node = root
    if node is None:
        return 1, 1
    mark = node.start_mark
    for part in location:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == part), None)
            if found is None:
                break
            key, node = found
            mark = key.start_mark
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    else:
        # The value itself is the better place to look at where it stands on the key's own line.
        if isinstance(node, yaml.ScalarNode) and node.start_mark.line == mark.line:
            mark = node.start_mark
    return mark.line + 1, mark.column + 1


def locate(problems: Iterable[Problem], root: yaml.Node | None) -> list[Problem]:
    """The problems with their places in the text, those that have one already unchanged, in the order of the text."""
    placed = [
        problem if problem.line is not None else problem.at(*position(root, problem.location)) for problem in problems
    ]
    return sorted(placed, key=lambda problem: (problem.line or 0, problem.column or 0))


def in_document_order(problems: Iterable[Problem], document: Mapping[str, object]) -> list[Problem]:
    """The problems in the order in which what they speak of stands in the document, missing things last."""

    def order(problem: Problem) -> list[int]:
        keys: list[int] = []
        here: object = document
        for part in problem.location:
            if isinstance(here, Mapping):
                names = list(here)
                keys.append(names.index(part) if part in here else len(names))
                here = here.get(part)
            elif isinstance(here, list) and isinstance(part, int):
                keys.append(part)
                here = here[part] if part < len(here) else None
        return keys

    return sorted(problems, key=order)

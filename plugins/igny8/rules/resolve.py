"""Putting a run's values in the place of references.

A reference is a whole value, ``{{ actions.write.content_ids }}`` or ``{{ event.content_id }}``, and what takes its
place keeps its type. In wired params (see :mod:`igny8.rules.wiring`) one may list several paths,
``{{ actions.polish.content_ids or actions.write.content_ids }}``: the first that has a value counts, so that the
skipping of one action makes the next supply the value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final, TypeVar

from pydantic import JsonValue

from igny8.conditions import MISSING, lookup
from igny8.rules.errors import Location, UnresolvedReferenceError
from igny8.rules.locate import path_text

_PATH: Final = r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*"
_REFERENCE: Final = re.compile(rf"^\s*\{{\{{\s*(?P<paths>{_PATH}(?:\s+or\s+{_PATH})*)\s*\}}\}}\s*$")

Params = TypeVar("Params", bound=JsonValue)


def resolve(params: Params, scope: Mapping[str, JsonValue]) -> Params:
    """The params with a value in the place of every reference; the params themselves are left as they are.

    Args:
        params: Params as :func:`igny8.rules.wire` gives them.
        scope: What references start from: ``{"event": {...}, "actions": {"<id>": {"<output>": [...]}}}``. The outputs
            of an action that was skipped are not in it.

    Raises:
        UnresolvedReferenceError: when the scope has no value for a reference; ``None`` is a value.
    """
    resolved: Params = _resolve(params, scope, ())  # type: ignore[assignment]
    return resolved


def references(params: JsonValue) -> list[str]:
    """The dotted paths of all references in the params, each once, in order of appearance."""
    return list(dict.fromkeys(_paths_in(params)))


def reference_to(*paths: str) -> str:
    """The text of a reference to the first of these paths that will have a value."""
    return f"{{{{ {' or '.join(paths)} }}}}"


def _paths(text: str) -> list[str]:
    match = _REFERENCE.match(text) if "{{" in text else None
    return re.split(r"\s+or\s+", match["paths"]) if match else []


def _paths_in(params: JsonValue) -> Iterator[str]:
    if isinstance(params, str):
        yield from _paths(params)
    elif isinstance(params, list):
        for item in params:
            yield from _paths_in(item)
    elif isinstance(params, dict):
        for item in params.values():
            yield from _paths_in(item)


def _resolve(params: JsonValue, scope: Mapping[str, JsonValue], location: Location) -> JsonValue:
    if isinstance(params, list):
        return [_resolve(item, scope, (*location, index)) for index, item in enumerate(params)]
    if isinstance(params, dict):
        return {name: _resolve(item, scope, (*location, name)) for name, item in params.items()}
    paths = _paths(params) if isinstance(params, str) else []
    if not paths:
        return params
    for path in paths:
        value = lookup(scope, path)
        if value is not MISSING:
            return value  # type: ignore[return-value]
    raise UnresolvedReferenceError(paths[0], path_text(location))

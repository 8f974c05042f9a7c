"""The places in a preset's rule, and putting values into them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from pydantic import JsonValue

from igny8.rules.errors import Location

PLACE: Final = re.compile(r"\{\{\s*inputs\.(?P<name>[A-Za-z0-9_.-]*)\s*\}\}")


def places(value: JsonValue, location: Location = ()) -> Iterator[tuple[Location, str]]:
    """Every place in a value: where it stands, and the name of its input."""
    match value:
        case str():
            yield from ((location, found["name"]) for found in PLACE.finditer(value))
        case list():
            for index, item in enumerate(value):
                yield from places(item, (*location, index))
        case dict():
            for name, item in value.items():
                yield from places(item, (*location, name))


def place(name: str) -> str:
    """The text of a place that takes an input's value with its type."""
    return f"{{{{ inputs.{name} }}}}"


def fill(value: JsonValue, values: Mapping[str, JsonValue]) -> JsonValue:
    """The value with every place filled in. What a null stands for is left out; unknown places stay."""
    match value:
        case str():
            return _fill_text(value, values)
        case list():
            filled = [(item, fill(item, values)) for item in value]
            return [new for old, new in filled if new is not None or old is None]
        case dict():
            pairs = [(name, item, fill(item, values)) for name, item in value.items()]
            return {name: new for name, old, new in pairs if new is not None or old is None}
    return value


def _fill_text(text: str, values: Mapping[str, JsonValue]) -> JsonValue:
    whole = PLACE.fullmatch(text.strip())
    if whole is not None:
        return values.get(whole["name"], text)
    return PLACE.sub(lambda found: str(values.get(found["name"], found[0])), text)

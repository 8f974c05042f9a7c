"""Words for values, and plain copies of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final, TypeAlias

from pydantic import JsonValue

from igny8.rules.errors import Location

JSON: TypeAlias = JsonValue


def kind(value: object) -> str:
    """What kind of value it is, for a sentence: ``a text``, ``a list``."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case int():
            return f"the number {value}"
        case float():
            return f"the number {value}"
        case str():
            return f"the text '{shortened(value)}'"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a mapping of fields"
    return f"a {type(value).__name__}"


def shortened(text: str, length: int = 80) -> str:
    """The text, or its beginning where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


def listed(words: Iterable[str]) -> str:
    """The words as a list in a sentence."""
    options = list(words)
    return options[0] if len(options) == 1 else f"{', '.join(options[:-1])} and {options[-1]}" if options else "none"


def plain(value: object) -> JsonValue:
    """The value as JSON can hold it; what it cannot hold as text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
    return str(value)


NUL_MESSAGE: Final = "The text holds the character U+0000, which cannot be stored."
_MAX_DEPTH: Final = 60


def unusable(  # noqa: C901 - one case per type
    value: object, location: Location = (), depth: int = 0
) -> Iterable[tuple[Location, str]]:
    """What a document must not hold although Python can: each place with a sentence on it."""
    if depth > _MAX_DEPTH:
        yield location, "Lists and mappings nest too deeply here."
    elif isinstance(value, str):
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
            yield location, "The text holds half a character."
        elif "\x00" in value:
            yield location, NUL_MESSAGE
    elif isinstance(value, Mapping):
        for key, item in value.items():
            if isinstance(key, str):
                yield from unusable(item, (*location, key), depth + 1)
            else:
                yield location, f"Names of fields are texts; {key!r} is not one."
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unusable(item, (*location, index), depth + 1)
    elif isinstance(value, float) and not math.isfinite(value):
        yield location, f"{value} is not a number that a rule can hold."
    elif value is not None and not isinstance(value, int | float):
        yield location, f"{kind(value)} is not a value that a rule can hold."

"""Addresses of texts."""

from __future__ import annotations

import re
import unicodedata

_LONGEST = 80


def slug(text: str, fallback: str = "text") -> str:
    """The text as a part of an address: lower case, words joined by hyphens, at most 80 characters.

    Other scripts than Latin are kept.
    """
    plain = "".join(
        character
        for character in unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        if not unicodedata.combining(character)
    )
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFC", plain.replace("'", "").replace("\u2019", "")))
    made = ""
    for word in words:
        if made and len(made) + 1 + len(word) > _LONGEST:
            break
        made = f"{made}-{word}" if made else word[:_LONGEST]
    return made or fallback


def distinct_slug(text: str, taken: set[str], fallback: str = "page") -> str:
    """A slug that is not in ``taken``, which it is then added to."""
    first = slug(text, fallback)
    found, number = first, 2
    while found in taken:
        found, number = f"{first}-{number}", number + 1
    taken.add(found)
    return found

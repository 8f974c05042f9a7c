"""Slugs as WordPress makes them from titles."""

from __future__ import annotations

import re
import unicodedata
from html import unescape
from urllib.parse import quote

LONGEST = 200
"""In bytes, percent signs and all: WordPress' column is no wider."""

_TAG = re.compile(r"<[^>]*>")
_ESCAPED = re.compile(r"%[0-9a-f]{2}")
_LATIN_FOLDED = str.maketrans({"ß": "s", "æ": "ae", "œ": "oe", "ø": "o", "đ": "d", "ł": "l"})


def slug_from(text: str) -> str:
    """A slug: lower case, accents folded, hyphens for what is no letter or digit, other scripts percent-encoded."""
    plain = _TAG.sub("", unescape(text)).lower().translate(_LATIN_FOLDED)
    # A slug that is encoded already stays what it is.
    letters = "".join(_fold(letter) for letter in unicodedata.normalize("NFC", plain))
    encoded = "".join(letter if letter.isascii() else quote(letter) for letter in letters).lower()
    words = re.sub(r"[./]", "-", encoded)
    words = re.sub(r"%(?![0-9a-f]{2})", "", words)
    words = re.sub(r"[^%a-z0-9 _-]", "", words)
    return cut(re.sub(r"-+", "-", re.sub(r"\s+", "-", words)).strip("-"), LONGEST)


def cut(slug: str, length: int) -> str:
    """The slug, no longer than so many bytes, with no letter of another script cut in two."""
    if len(slug) <= length:
        return slug
    shorter = slug[:length]
    while shorter:
        tail = re.search(r"(?:%[0-9a-f]{2})+(?:%[0-9a-f]?)?$|%[0-9a-f]?$", shorter)
        if tail is None:
            break
        whole = bytes(int(pair[1:], 16) for pair in _ESCAPED.findall(tail[0]))
        try:
            whole.decode()
        except UnicodeDecodeError as error:
            return shorter[: tail.start() + 3 * error.start].strip("-")
        return shorter[: tail.start() + 3 * len(whole)].strip("-")
    return shorter.strip("-")


def _fold(letter: str) -> str:
    base = unicodedata.normalize("NFD", letter)
    return base[0] if base[0].isascii() else letter

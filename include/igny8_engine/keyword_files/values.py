"""Reads single cells as the tools write them."""

from __future__ import annotations

import math
import re
import unicodedata

from igny8_engine.writing.model import Intent

LONGEST_PHRASE = 200
"""Characters."""
LARGEST_VOLUME = 2_000_000_000
HIGHEST_DIFFICULTY = 100

_UNKNOWN = {
    "",
    "-",
    "--",
    "\u2013",
    "\u2014",
    "n/a",
    "na",
    "n.a.",
    "n.v.",
    "k. a.",
    "k.a.",
    "null",
    "none",
    "nan",
    "unknown",
    "?",
}
_SPACES = re.compile(r"[\s\u00a0\u202f\u2009'\u2019]+")
_NUMBER = re.compile(r"(\d[\d.,]*)(k|m|mio\.?|mil|mill\.?|tsd\.?|thousand|million)?")
_FACTORS = {"k": 1_000, "tsd": 1_000, "mil": 1_000, "thousand": 1_000}
_MILLIONS = 1_000_000
_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_RANGE = re.compile(r"[-\u2010-\u2015\u2212~]|to|bis")
_NEGATIVE = re.compile(r"[-\u2010-\u2015\u2212]\d")
_INTENTS: dict[str, Intent | None] = {
    "i": "informational",
    "info": "informational",
    "informational": "informational",
    "information": "informational",
    "informativ": "informational",
    "informacional": "informational",
    "c": "commercial",
    "commercial": "commercial",
    "commercial investigation": "commercial",
    "kommerziell": "commercial",
    "comercial": "commercial",
    "t": "transactional",
    "transactional": "transactional",
    "transaction": "transactional",
    "transaktional": "transactional",
    "transaccional": "transactional",
    "n": "navigational",
    "navigational": "navigational",
    "navigation": "navigational",
    "navegacional": "navigational",
    # Ahrefs lists them among the intents; they say something else.
    "branded": None,
    "non-branded": None,
    "local": None,
    "non-local": None,
}
_INTENT_SEPARATORS = re.compile(r"[,;/|&+\n]|\band\b|\bund\b")
_TRUE = {"true", "yes", "1", "x", "wahr", "ja"}


class CellError(ValueError):
    """A cell can't be read; the message says which and why, and the row is rejected with it."""


def read_phrase(cell: str) -> str:
    """The phrase without spaces around it and runs of white space in it.

    Raises:
        CellError: it is missing, too long, or holds characters that no search has.
    """
    phrase = " ".join(unicodedata.normalize("NFC", cell).replace("\ufeff", "").split())
    if not phrase:
        raise CellError("The phrase is missing.")
    if len(phrase) > LONGEST_PHRASE:
        raise CellError(f"The phrase has {len(phrase)} characters; at most {LONGEST_PHRASE} are taken.")
    for char in phrase:
        if unicodedata.category(char) == "Cc":
            raise CellError(f"The phrase holds the control character U+{ord(char):04X}.")
    if "\ufffd" in phrase:
        raise CellError("The phrase holds characters that can't be decoded; save the file as UTF-8.")
    return phrase


def read_volume(cell: str) -> int | None:
    """Searches a month; ``None`` when the tool didn't know.

    Raises:
        CellError: it is no number, or one that can't be a volume.
    """
    compact = _compact(cell)
    if compact in _UNKNOWN:
        return None
    if _NEGATIVE.match(compact):
        raise CellError(f"The volume {_shown(cell)} is negative.")
    bounds = [part for part in _RANGE.split(compact.removeprefix("<").removeprefix(">").rstrip("+")) if part]
    numbers = [_number(part, grouped=True) for part in bounds]
    if len(numbers) not in {1, 2} or None in numbers:
        raise CellError(f"The volume {_shown(cell)} is not a number of searches a month.")
    known = [number for number in numbers if number is not None]
    if compact.startswith("<"):
        known.insert(0, 0)
    # Volumes spread over powers of ten, so the middle of a range is the geometric one.
    value = known[0] if len(known) == 1 else math.sqrt(max(known[0], 1) * max(known[-1], 1))
    if value > LARGEST_VOLUME:
        raise CellError(f"The volume {_shown(cell)} is larger than any number of searches a month.")
    return round(value)


def read_difficulty(cell: str) -> float | None:
    """0 to 100; ``None`` when the tool didn't know.

    Raises:
        CellError: it is no number, or one outside 0 to 100.
    """
    compact = _compact(cell).rstrip("%")
    if compact in _UNKNOWN:
        return None
    value = _number(compact, grouped=False)
    if value is None or value > HIGHEST_DIFFICULTY:
        raise CellError(f"The difficulty {_shown(cell)} is not a number from 0 to {HIGHEST_DIFFICULTY}.")
    return value


def read_intent(cell: str) -> Intent | None:
    """The first intent of a cell such as "Informational", "I, T" or "commercial/transactional"; ``None`` when empty.

    Raises:
        CellError: none of the four intents is named.
    """
    if cell.strip().casefold() in _UNKNOWN:
        return None
    found: list[Intent | None] = []
    for part in _INTENT_SEPARATORS.split(cell.casefold()):
        name = part.strip()
        if name and name not in _UNKNOWN:
            if name not in _INTENTS:
                raise CellError(
                    f"The intent {_shown(cell)} is none of informational, commercial, transactional, navigational."
                )
            found.append(_INTENTS[name])
    return next((intent for intent in found if intent is not None), None)


def is_true(cell: str) -> bool:
    """Whether a cell ticks a box."""
    return cell.strip().casefold() in _TRUE


def _number(text: str, *, grouped: bool) -> float | None:
    """A number with either kind of decimal and thousands mark. ``grouped``: "1.300" is thirteen hundred."""
    match = _NUMBER.fullmatch(text)
    if not match:
        return None
    digits, unit = match.groups()
    factor = _FACTORS.get(unit.rstrip("."), _MILLIONS) if unit else 1
    if _GROUPED.fullmatch(digits) and grouped and not unit and len(set(digits) & {".", ","}) == 1:
        digits = digits.replace(",", "").replace(".", "")
    else:
        decimal = max(digits.rfind("."), digits.rfind(","))
        if decimal >= 0:
            whole, part = digits[:decimal], digits[decimal + 1 :]
            digits = f"{whole.replace(',', '').replace('.', '')}.{part or '0'}"
    if not digits[:1].isascii() or len(digits) > LONGEST_PHRASE:
        return None
    return float(digits) * factor


def _compact(cell: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFKC", cell)).casefold()


def _shown(cell: str) -> str:
    return repr(cell.strip()[:60])

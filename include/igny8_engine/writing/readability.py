"""How easy a text is to read."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pyphen  # type: ignore[import-untyped]

_SENTENCE_END = re.compile(r"(?<=[.!?…。\uff01\uff1f])[\"”\u2019)\]]*\s+|\n+")
_WORD = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*")
_UNSPACED = re.compile(r"[぀-ヿ㐀-鿿]")


@cache
def _hyphenation() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")


@cache
def _dictionary() -> dict[str, int]:
    return {}


def syllables(word: str) -> int:
    """The syllables of a word, at least one."""
    known = _dictionary()
    if word not in known:
        if len(known) > 50_000:  # noqa: PLR2004
            known.clear()
        # Hyphenation leaves out breaks after a single letter, which the groups of vowels show; a final e is silent.
        groups = len(re.findall(r"[aeiouy]+", re.sub(r"(?<=[^aeiouyl])e(?:d|s)?$", "", word)))
        known[word] = max(len(_hyphenation().positions(word)) + 1, groups, 1)
    return known[word]


def words(text: str) -> list[str]:
    """The words of a text, lower case."""
    return _WORD.findall(text.casefold())


def word_count(text: str) -> int:
    """The number of words; scripts that put no spaces between words count two characters as one."""
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + len(_UNSPACED.findall(text)) // 2


def sentences(text: str) -> list[str]:
    """The sentences of a text whose blocks stand on lines of their own."""
    return [part.strip() for part in _SENTENCE_END.split(text) if part.strip()]


@dataclass(frozen=True, slots=True)
class Readability:
    """What was measured."""

    flesch: float
    """Flesch reading ease: 60 and more is plain English, below 30 is hard."""
    words_per_sentence: float


def readability(text: str) -> Readability:
    """Measure a text; an empty one is perfectly easy."""
    found = words(text)
    parts = sentences(text)
    if not found or not parts:
        return Readability(flesch=100.0, words_per_sentence=0.0)
    length = len(found) / len(parts)
    per_word = sum(map(syllables, found)) / len(found)
    return Readability(flesch=206.835 - 1.015 * length - 84.6 * per_word, words_per_sentence=length)

"""The little grammar that search phrases need to stand inside English sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from igny8_engine.writing.lexicon import known

PREPOSITIONS = known("prepositions")
DETERMINERS = known("determiners")
_SMALL_WORDS = known("small")
_ACRONYMS = known("acronyms")
_MASS = known("mass")
_MASS_ENDINGS = ("ing", "ness", "ity", "ism", "ware", "ics", "istry", "ship")
_COUNTABLE_IN_ING = known("countable_in_ing")
_SINGULAR_IN_S = known("singular_in_s")
_DOUBLING = known("doubling")
_DEFINITE = known("property")
"""Nouns that name a property, and take ``the``."""
_TRAILING = frozenset({"explained", "reviewed", "compared", "ranked", "again", "well"})
_VOWELS = "aeiou"
_UNITS = frozenset({"kwh", "kph", "mph", "lbs", "hrs", "pcs", "psst", "hmm"})


def _is_acronym(word: str) -> bool:
    return word in _ACRONYMS or (bool(re.fullmatch(r"[bcdfghjklmnpqrstvwxz]{3,4}", word)) and word not in _UNITS)


def is_plural(noun: str) -> bool:
    """Whether an English noun looks like a plural."""
    word = noun.casefold()
    if word in _SINGULAR_IN_S or len(word) <= len("gas"):
        return False
    return (word.endswith("s") and not word.endswith(("ss", "us", "is"))) or word in {"people", "children", "men"}


def is_mass(noun: str) -> bool:
    """Whether an English noun stands without an article in the singular."""
    word = noun.casefold()
    return word in _MASS or (word.endswith(_MASS_ENDINGS) and word not in _COUNTABLE_IN_ING)


def indefinite(phrase: str) -> str:
    """``a`` or ``an``, as the phrase is spoken."""
    word = phrase.split(maxsplit=1)[0].casefold() if phrase.split() else ""
    if _is_acronym(word):
        return "an" if word[0] in "aefhilmnorsx" else "a"
    if word.startswith(("uni", "use", "usa", "usu", "eu", "one", "ufo", "ute")):
        return "a"
    if word.startswith(("hour", "honest", "heir", "honour")):
        return "an"
    return "an" if word[:1] in _VOWELS or word.startswith(("8", "11", "18")) else "a"


def head_noun(words: Sequence[str]) -> str:
    """The noun that a noun phrase is about: the last word before its first preposition."""
    for index, word in enumerate(words):
        if index and (word.casefold() in PREPOSITIONS or word[0].isdigit()):
            return words[index - 1]
    named = [word for word in words if not word.endswith("ly") and word not in _TRAILING]
    return named[-1] if named else words[-1] if words else ""


@cache
def _doing() -> frozenset[str]:
    return frozenset(map(gerund, known("verb")))


def with_article(phrase: str) -> str:
    """The noun phrase with an indefinite article where a singular count noun needs one."""
    words = phrase.split()
    if not words or words[0].casefold() in DETERMINERS | PREPOSITIONS or words[0].isdigit():
        return phrase
    if len(words) > 1 and words[1].casefold() in {"and", "or"}:
        return phrase
    if len(words) > 2 and words[0].endswith("ing"):  # noqa: PLR2004
        return f"{words[0]} {with_article(' '.join(words[1:]))}" if words[0].casefold() in _doing() else phrase
    noun = head_noun(words)
    if not re.fullmatch(r"[A-Za-z'\u2019-]+", noun) or is_plural(noun) or is_mass(noun):
        return phrase
    if noun.casefold() in _DEFINITE:
        return f"the {phrase}"
    return f"{indefinite(phrase)} {phrase}"


def gerund(verb: str) -> str:
    """The -ing form of a verb."""
    word = verb.casefold()
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")) and word != "be":
        return word[:-1] + "ing"
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word)
    return word + word[-1] + "ing" if short or word in _DOUBLING else word + "ing"


def capitalised(text: str) -> str:
    """The text with a capital first letter, if it begins with a letter."""
    if text.startswith("“"):
        return f"“{capitalised(text[1:])}"
    return text[:1].upper() + text[1:] if text[:1].islower() and len(text[:1].upper()) == 1 else text


def title_case(phrase: str) -> str:
    """The phrase as a headline: capitals but for small words, acronyms in capitals, own capitals kept."""
    words = phrase.split(" ")
    return " ".join(_headline_word(word, index in {0, len(words) - 1}) for index, word in enumerate(words))


def _headline_word(word: str, at_edge: bool) -> str:
    if word != word.casefold():
        return word
    if _is_acronym(word):
        return word.upper() if word != "wifi" else "Wi-Fi"
    if (word in _SMALL_WORDS and not at_edge) or word == "vs":
        return word
    return capitalised(word)


def spoken(phrase: str) -> str:
    """The phrase inside a sentence: acronyms and the pronoun I get their capitals, nothing else changes."""
    return " ".join(
        "I" if word == "i" else word.upper() if _is_acronym(word) and word != "wifi" else word
        for word in phrase.split(" ")
    )


def listed(items: Sequence[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def clipped(text: str, longest: int) -> str:
    """The text cut at a word's end so that it has at most ``longest`` characters."""
    if len(text) <= longest:
        return text
    cut = text[: longest + 1].rsplit(" ", 1)[0] if " " in text[: longest + 1] else text[:longest]
    words = cut.rstrip(" ,;:\u2013\u2014-&/|").split(" ")
    while len(words) > 1 and words[-1].casefold() in _SMALL_WORDS | PREPOSITIONS | DETERMINERS | {"is", "are"}:
        words.pop()
    return " ".join(words).rstrip(" ,;:\u2013\u2014-&/|")

"""What a phrase is made of: its comparable form, its words, their stems."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 1_000
"""What counts of a phrase. Longer ones are texts, not searches; their beginning says what they are about."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
_PAIR = 2
_POSSESSIVE = re.compile(r"['\u2019]s?$")
_SHORT = 4
"""Letters that a stem keeps."""
_LONG = 6
_SUFFIXES = ("ings", "ing", "ers", "er", "ed", "es", "s")

# Words that carry no subject, in the languages that share an alphabet with English. Words that mean something in
# another of these languages ("pour", "die", "come") are left out on purpose.
_FUNCTION_WORDS = frozenset(
    # A table reads better than two hundred quoted strings.
    """
    a about after all am an and any are as at be before best but by can could did do does doesnt don dont each for
    from get good had has have how i if in into is isnt it its just like long many me more most much my need no not
    of off on one or our out should so some than that the their them then there these they this to too up us use
    versus vs was we were what when where which while who whose why will with without wont would you your
    der das und oder ein eine einen einem einer mit ohne ist sind wie wann warum welche welcher welches zu zum zur im
    el los las un una unos unas y con sin es como cuando cual cuales por para qué cómo cuándo cuál del al
    le les une et ou avec sans est sont comment quand pourquoi quel quelle quels quelles du des au aux
    il lo gli uno della dello di che perché quando quale quali per het een en of met zonder hoe wanneer waarom welke
    os uma com sem são quais não
    """.split()  # noqa: SIM905
)


def comparable(phrase: str) -> str:
    """The form in which two spellings of the same phrase are equal: NFKC, case and white space evened out."""
    whole = phrase[: MAX_CHARACTERS * 4].encode("utf-8", "replace").decode("utf-8")
    return " ".join(unicodedata.normalize("NFKC", whole).casefold().split())[:MAX_CHARACTERS]


def words(comparable_phrase: str) -> list[str]:
    """The words in their order: pairs of letters in scripts without spaces, symbols when there is no word."""
    found: list[str] = []
    for match in _WORD.finditer(comparable_phrase):
        word = _POSSESSIVE.sub("", match.group()).replace("'", "").replace("\u2019", "")
        if _UNSPACED.search(word) and len(word) > _PAIR:
            found.extend(word[i : i + _PAIR] for i in range(len(word) - 1))
        else:
            found.append(word)
    return found or comparable_phrase.split()


def carries_no_subject(word: str) -> bool:
    """Whether a word, in small letters, says nothing of what a phrase is about: *the*, *how*, *mit*."""
    return word in _FUNCTION_WORDS


def subject_words(comparable_phrase: str) -> list[str]:
    """The words that say what a phrase is about; all of them when it has no such words."""
    every = words(comparable_phrase)
    return [word for word in every if word not in _FUNCTION_WORDS] or every


def stem(word: str) -> str:
    """Cuts the endings of plurals and verbs, so that "grinders", "grinding" and "grinder" meet."""
    if len(word) > _SHORT and word.endswith("ies"):
        return word[:-3] + "y"
    for suffix in _SUFFIXES:
        if word.endswith(suffix) and not word.endswith("ss") and len(word) - len(suffix) >= (_SHORT - (suffix == "s")):
            word = word.removesuffix(suffix)
            break
    # "channelling" and "channeling", but not "spell" and "spel".
    keeps = "sz" if len(word) > _LONG else "slz"
    if len(word) > _SHORT and word[-1] == word[-2] and word[-1] not in keeps:
        word = word[:-1]
    return word[:-1] if len(word) >= _SHORT and word.endswith("e") else word

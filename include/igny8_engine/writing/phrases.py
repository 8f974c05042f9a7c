"""What a search phrase is, grammatically and by what its searcher wants, and how it is said in a sentence."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from igny8_engine.writing.english import (
    DETERMINERS,
    PREPOSITIONS,
    capitalised,
    gerund,
    head_noun,
    spoken,
    title_case,
    with_article,
)
from igny8_engine.writing.lexicon import aspect_words, known
from igny8_engine.writing.numbers import stable_number

Kind = Literal["question", "howto", "action", "comparison", "superlative", "noun", "quoted"]
Aspect = Literal[
    "howto", "choice", "comparison", "cost", "problem", "timing", "quantity", "materials", "audience", "kinds",
    "meaning", "reason", "care", "parts", "place", "topic",
]  # fmt: skip

_QUESTION_WORDS = known("question")
_AUXILIARIES = known("auxiliary")
_FINITE = _AUXILIARIES | known("finite")
_VERBS = known("verb")
_PARTICLES = known("particle")
_PREFERENCE: tuple[Aspect, ...] = (
    "comparison", "problem", "cost", "choice", "timing", "quantity", "meaning", "reason", "care", "howto", "place",
    "audience", "materials", "kinds", "parts",
)  # fmt: skip
"""Where a phrase has words of several aspects, the first of these counts."""
_ASPECTS = tuple((aspect, re.compile(rf"(?<![\w'])(?:{aspect_words()[aspect]})(?![\w'])")) for aspect in _PREFERENCE)
_STOPWORDS = PREPOSITIONS | DETERMINERS | _QUESTION_WORDS | _AUXILIARIES | known("empty")
_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
_PRONOUNS = known("pronoun")
_OPINION = re.compile(r"((?!is |are |should |do |does )[A-Za-z].*?) (worth it|any good)", re.IGNORECASE)
_JUDGED = re.compile(
    r"is (.+?) ((?:worth|good|bad|better|safe|necessary|needed|important|healthy|hard|easy|expensive|enough)\b.*)",
    re.IGNORECASE,
)
_SPLIT_COMPARISON = re.compile(r"\s+(?:vs\.?|versus)\s+")


def normalised(text: str) -> str:
    """The phrase on one line, without control characters."""
    kept = (" " if unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} else character for character in text)
    return " ".join("".join(kept).split())


def stem(word: str) -> str:
    """The word without its most common endings, to see what belongs together."""
    for ending in ("ing", "ers", "er", "ies", "es", "s", "ed", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= len("cup"):
            return word[: -len(ending)]
    return word


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, in order."""
    return _WORD.findall(text.casefold())


def stems_of(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning."""
    return frozenset(stem(word) for word in words_of(text) if word not in _STOPWORDS)


@dataclass(frozen=True)
class Phrase:
    """A search phrase with the forms in which it can be said."""

    text: str
    """The phrase itself, on one line."""

    @cached_property
    def words(self) -> tuple[str, ...]:
        """The words as they are written, lower case."""
        return tuple(self.text.casefold().split())

    @cached_property
    def kind(self) -> Kind:
        """What the phrase is, grammatically; ``quoted`` if it can only be cited."""
        if not self.words or not re.fullmatch(r"[A-Za-z0-9 '\u2019&%$€£.,/+?-]+", self.text):
            return "quoted"
        first, rest = self.words[0], self.words[1:]
        if first in _QUESTION_WORDS and self.words[:2] != ("how", "to"):
            return "question"
        if first in _AUXILIARIES and rest:
            return "question"
        if self.words[:2] == ("how", "to"):
            return "howto" if self._verb_phrase else "quoted"
        if len(_SPLIT_COMPARISON.split(self.text)) == 2:  # noqa: PLR2004
            return "comparison"
        if first in _VERBS and rest and not self._is_noun_after_all:
            return "action"
        if any(word in _FINITE for word in rest):
            return "quoted"
        if first in {"best", "top", "cheapest"} and rest:
            return "superlative"
        return "noun"

    @property
    def _is_noun_after_all(self) -> bool:
        # "water filter", "steam wand": words that are verbs elsewhere, here a noun before its head.
        return self.words[0] in {"water", "steam", "grind", "store", "book", "design", "start", "plant", "set", "taste"}

    @cached_property
    def aspect(self) -> Aspect:
        """What the searcher wants to know."""
        text = self.text.casefold().replace("\u2019", "'")
        if self.kind == "comparison":
            return "comparison"
        if text.startswith(("what is ", "what are ", "what does ")):
            return "meaning"
        if text.startswith("how to "):
            found = _first_aspect(text[len("how to ") :], "howto")
            return found if found in {"problem", "care", "choice", "materials"} else "howto"
        if text.startswith(("how often", "how long")):
            return "timing"
        if text.startswith(("how much does", "how much do", "how much is", "how much are")):
            return "cost"
        if self.kind == "action" and " with " in text:
            return "materials"
        found = _first_aspect(text, "topic")
        if found == "reason" and self.kind == "quoted":
            return "problem"  # a statement such as "flavour is flat"
        return "parts" if found == "care" and self._is_thing else found

    @property
    def _is_thing(self) -> bool:
        # "cleaning tablets" are bought, "cleaning" is done.
        noun = head_noun(self.words)
        return self.kind == "noun" and not noun.endswith("ing") and noun not in {"maintenance", "care", "storage"}

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of its words that carry meaning."""
        return stems_of(self.text)

    @cached_property
    def _verb_phrase(self) -> tuple[str, str, str] | None:
        """Verb, particle and object of ``how to …`` and of phrases that begin with a verb."""
        words = self.text.split()
        if self.words[:2] == ("how", "to"):
            words = words[2:]
        if not words or not words[0].isalpha() or words[0].casefold() in _STOPWORDS | {"not", "be"}:
            return None
        if words[0].casefold().endswith("ly"):
            return None
        particle = words[1] if len(words) > 1 and words[1].casefold() in _PARTICLES else ""
        rest = words[2:] if particle else words[1:]
        return words[0].casefold(), particle, " ".join(rest)

    @cached_property
    def quoted(self) -> str:
        """The phrase as a citation."""
        return f"“{self.text}”"

    @cached_property
    def topic(self) -> str:
        """The phrase as something one can read, ask or decide about; cited if nothing else is grammatical."""
        if self.kind in {"howto", "action"} and self._verb_phrase is not None:
            verb, particle, thing = self._verb_phrase
            return " ".join(part for part in (gerund(verb), particle, with_article(spoken(thing))) if part)
        if self.kind == "superlative":
            return f"the {spoken(self.text)}"
        if self.kind == "comparison":
            return spoken(self.text)
        if self.kind == "noun":
            return with_article(spoken(self.text))
        return f"the question {self.quoted}" if self.kind == "question" else self.quoted

    @cached_property
    def lead(self) -> str:
        """The phrase as something to read about that still holds it word for word."""
        return self.topic if self.text.casefold() in self.topic.casefold() else self.quoted

    @cached_property
    def instruction(self) -> str | None:
        """The phrase as something to do, such as ``descale an espresso machine``."""
        if self.kind not in {"howto", "action"} or self._verb_phrase is None:
            return None
        verb, particle, thing = self._verb_phrase
        return " ".join(part for part in (verb, particle, with_article(spoken(thing))) if part)

    @cached_property
    def sides(self) -> tuple[str, str] | None:
        """The two things that a comparison compares."""
        parts = _SPLIT_COMPARISON.split(self.text)
        parts[-1] = re.sub(r"\s+differences?$", "", parts[-1])
        return (spoken(parts[0]), spoken(parts[1])) if self.kind == "comparison" and all(parts) else None

    @cached_property
    def label(self) -> str:
        """The phrase at the head of a list item or in a table."""
        return capitalised(spoken(self.text))

    @cached_property
    def headline(self) -> str:
        """The phrase word for word, in the capitals of a title."""
        return title_case(self.text)

    @cached_property
    def is_question(self) -> bool:
        """Whether it is asked as a question."""
        return self.kind in {"question", "howto"}

    @cached_property
    def question(self) -> str:
        """The phrase as a full question."""
        return capitalised(_as_question(self))


def _first_aspect(text: str, fallback: Aspect) -> Aspect:
    return next((aspect for aspect, words in _ASPECTS if words.search(text)), fallback)


_ABOUT = (
    "what should you know about {topic}?",
    "what matters most with {topic}?",
    "what is worth knowing about {topic}?",
    "what do people ask about {topic}?",
    "where do you begin with {topic}?",
)


def _as_question(phrase: Phrase) -> str:
    text = spoken(phrase.text.rstrip("?\uff01\uff1f!. "))
    if phrase.instruction is not None:
        return f"how do you {phrase.instruction}?"
    if phrase.sides is not None:
        return f"what sets {phrase.sides[0]} and {phrase.sides[1]} apart?"
    if phrase.kind == "superlative":
        return f"which is the {text}?" if phrase.words[0] != "top" else f"which are the {text}?"
    if phrase.kind == "noun":
        return _ABOUT[stable_number(phrase.text) % len(_ABOUT)].format(topic=phrase.topic)
    if (opinion := _OPINION.fullmatch(text)) is not None:
        return f"is {with_article(opinion[1])} {opinion[2]}?"
    if phrase.kind == "quoted":
        return f"what do people mean by {phrase.quoted}?"
    return _full_question(text, phrase.words)


def _instruction(text: str) -> str:
    return Phrase(f"how to {text}").instruction or text


_ASKED_WITH_TO = {
    "how often to ": "how often should you ",
    "how long to ": "how long should you ",
    "how much to ": "how much should you ",
    "how many to ": "how many should you ",
    "when to ": "when should you ",
    "where to ": "where can you ",
    "what to ": "what should you ",
    "which to ": "which should you ",
}


def _full_question(text: str, words: tuple[str, ...]) -> str:
    if words[0] == "why" and len(words) > 1 and words[1] in _VERBS:
        return f"why should you {_instruction(text[len('why ') :])}?"
    lowered = text.casefold()
    for beginning, full in _ASKED_WITH_TO.items():
        if lowered.startswith(beginning):
            return f"{full}{_instruction(text[len(beginning) :])}?"
    if lowered.startswith("what is ") and (thing := text[len("what is ") :]):
        return f"what is the {thing}?" if thing.startswith("best ") else f"what is {with_article(thing)}?"
    judged = _JUDGED.fullmatch(text)
    if judged is not None and judged[1].split()[0].casefold() not in DETERMINERS | _PRONOUNS:
        return f"{text[:2]} {with_article(judged[1])} {judged[2]}?"
    return f"{text}?" if any(word in _AUXILIARIES for word in words) else _completed(text, words)


def _completed(text: str, words: tuple[str, ...]) -> str:
    """A question that lacks its verb."""
    stated = any(word in _FINITE for word in words)
    if words[0] == "why":
        return f"what explains {text}?" if stated else f"what is behind “{text}”?"
    if words[0] in {"what", "which"} and " for " in text and words[1] != "for":
        before, after = text.split(" for ", 1)
        return f"{before} is right for {after}?"
    return f"{text}?" if stated or words[0] not in {"what", "which"} or len(words) == 1 else f"{text} is the right one?"

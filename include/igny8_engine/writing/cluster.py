"""A cluster prepared for writing: its phrases, its subject, and the place of its texts among those of its siblings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from igny8_engine.writing.english import clipped
from igny8_engine.writing.lexicon import known
from igny8_engine.writing.model import ClusterBrief
from igny8_engine.writing.numbers import stable_number
from igny8_engine.writing.phrases import Phrase, normalised, words_of

_LONGEST_PHRASE = 90
"""Longer phrases are cut at a word: no sentence can carry more."""
_MOST_SHARED = 0.5
_FAR = 1_000_003
"""So many places for clusters whose siblings are not known, that two of them hardly meet."""
_EMPTY = known("small") | known("empty") | known("question") | known("auxiliary")


@dataclass(frozen=True)
class Subject:
    """What a text is written from."""

    brief: ClusterBrief

    @cached_property
    def phrases(self) -> tuple[Phrase, ...]:
        """The phrases by volume, largest first, none twice; the cluster's name if there are none."""
        facts = sorted(self.brief.keywords, key=lambda fact: -(fact.volume or 0))
        texts = (clipped(normalised(fact.phrase), _LONGEST_PHRASE) for fact in facts)
        found = {text.casefold(): Phrase(text) for text in reversed(list(texts)) if text}
        ordered = tuple(reversed(found.values()))
        return ordered or (Phrase(clipped(normalised(self.brief.name), _LONGEST_PHRASE) or "this subject"),)

    @cached_property
    def volumes(self) -> dict[str, int]:
        """Searches a month by phrase, where known."""
        known: dict[str, int] = {}
        for fact in self.brief.keywords:
            if fact.volume:
                text = clipped(normalised(fact.phrase), _LONGEST_PHRASE)
                known[text.casefold()] = max(fact.volume, known.get(text.casefold(), 0))
        return known

    def volume(self, phrase: Phrase) -> int | None:
        """Searches a month of one phrase."""
        return self.volumes.get(phrase.text.casefold())

    @cached_property
    def subject(self) -> Phrase:
        """What the whole cluster is about, as a noun where there is one."""
        name = Phrase(clipped(normalised(self.brief.name), _LONGEST_PHRASE))
        if name.kind not in {"question", "quoted"}:
            return Phrase(name.text if name.text.isupper() else name.text[:1].lower() + name.text[1:])
        return next((phrase for phrase in self.phrases if phrase.kind == "noun"), self.phrases[0])

    @cached_property
    def shared(self) -> frozenset[str]:
        """The words that at least half of the phrases have in common."""
        counts: dict[str, int] = {}
        for phrase in self.phrases:
            for word in set(words_of(phrase.text)):
                counts[word] = counts.get(word, 0) + 1
        return frozenset(word for word, count in counts.items() if count / len(self.phrases) >= _MOST_SHARED)

    def distinguishing(self, phrase: Phrase) -> str:
        """What sets a phrase apart: its words in their order without those that the cluster shares at either end."""
        words = phrase.text.split()
        while len(words) > 1 and words[0].casefold() in self.shared | _EMPTY:
            words = words[1:]
        while len(words) > 1 and words[-1].casefold() in self.shared | _EMPTY:
            words = words[:-1]
        return " ".join(words)

    @cached_property
    def rank(self) -> int:
        """The place of the cluster's name among those of the site, which keeps siblings apart."""
        if not self.brief.neighbours:
            return stable_number(self.brief.site_name, self.brief.name) % _FAR
        return sorted({self.brief.name, *self.brief.neighbours}).index(self.brief.name)

    @cached_property
    def siblings(self) -> int:
        """How many clusters the site has, this one counted."""
        return len({self.brief.name, *self.brief.neighbours}) if self.brief.neighbours else _FAR

    @cached_property
    def neighbours(self) -> tuple[str, ...]:
        """The names of the other clusters, those that share most words first."""
        own = frozenset(words_of(self.brief.name))
        others = {normalised(name) for name in self.brief.neighbours} - {"", normalised(self.brief.name)}
        return tuple(sorted(others, key=lambda name: (-len(own & frozenset(words_of(name))), name)))

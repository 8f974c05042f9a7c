"""The sections of an article: which phrases go together, in which order, under which heading."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from igny8_engine.writing.cluster import Subject
from igny8_engine.writing.english import capitalised, clipped
from igny8_engine.writing.phrases import Aspect, Phrase, normalised, stem, stems_of, words_of
from igny8_engine.writing.stock import Voice, pools, wordings

Lens = Literal["first", "order", "mistakes", "decide", "words"]
Angle = Literal["guide", "howto", "compare", "checklist", "questions", "decide"]

MOST_SECTIONS = 7
_WANTED_SECTIONS = 5
_MOST_GROUPS = 5
_MOST_IN_GROUP = 7
_LONGEST_HEADING = 100
ORDER: tuple[Aspect, ...] = (
    "meaning", "reason", "topic", "kinds", "choice", "comparison", "audience", "cost", "place", "parts", "materials",
    "quantity", "howto", "timing", "care", "problem",
)  # fmt: skip
_LENSES: dict[Angle, tuple[tuple[Lens, ...], tuple[Lens, ...]]] = {
    "guide": (("first",), ("mistakes", "decide", "order", "words")),
    "howto": (("first",), ("order", "mistakes", "decide", "words")),
    "compare": (("words",), ("decide", "mistakes", "first", "order")),
    "checklist": (("order",), ("mistakes", "first", "decide", "words")),
    "questions": (("words",), ("first", "mistakes", "order", "decide")),
    "decide": (("first",), ("decide", "words", "mistakes", "order")),
}
"""For each angle the lenses that open the article, and those that fill it up, in order of preference."""


@dataclass(frozen=True)
class Section:
    """A section to be written."""

    heading: str
    aspect: Aspect | None
    """What its phrases ask for; ``None`` for a section that looks at the subject as a whole."""
    lens: Lens | None
    phrases: tuple[Phrase, ...] = ()


def angle_of(phrase: Phrase) -> Angle:
    """The kind of article that fits a main keyword."""
    by_aspect: dict[Aspect, Angle] = {
        "howto": "howto", "care": "howto", "comparison": "compare", "choice": "decide", "cost": "decide",
        "problem": "checklist", "parts": "checklist",
    }  # fmt: skip
    return by_aspect.get(phrase.aspect, "guide")


def plan(subject: Subject, main: Phrase, angle: Angle, asked: Sequence[str], voice: Voice) -> list[Section]:
    """The sections for a cluster, four to seven, those in ``asked`` being questions that are answered elsewhere."""
    elsewhere = {text.casefold() for text in asked}
    phrases = [phrase for phrase in subject.phrases if phrase == main or phrase.question.casefold() not in elsewhere]
    groups = _groups(phrases, main, subject)
    openers, fillers = _LENSES[angle]
    wanted = max(_WANTED_SECTIONS - len(groups), 1)
    lenses = [*openers, *fillers][:wanted]
    sections = [_lens_section(lens, voice) for lens in lenses if lens in openers]
    sections += [Section(_heading(group[0], voice), group[0].aspect, None, tuple(group)) for group in groups]
    sections += [_lens_section(lens, voice) for lens in lenses if lens not in openers]
    return _distinct(sections)


def follow(subject: Subject, main: Phrase, outline: Sequence[str], asked: Sequence[str], voice: Voice) -> list[Section]:
    """The sections under given headings: each heading gets the phrases that it is closest to."""
    elsewhere = {text.casefold() for text in asked}
    left = [phrase for phrase in subject.phrases if phrase == main or phrase.question.casefold() not in elsewhere]
    drafts: list[Section] = []
    for text in outline[:MOST_SECTIONS]:
        title = normalised(text)
        lens = _lens_headings().get(title.casefold())
        if lens is not None:
            drafts.append(Section(title, None, lens))
            continue
        named = max((phrase for phrase in left if _names(title, phrase)), key=lambda one: len(one.text), default=None)
        if named is not None:
            left.remove(named)
        aspect = named.aspect if named is not None else Phrase(title).aspect
        drafts.append(Section(title, aspect, None, (named,) if named is not None else ()))
    sections = [_with_phrases(section, left) for section in drafts]
    spare = [
        lens for lens in ("order", "mistakes", "decide", "first", "words") if lens not in {s.lens for s in sections}
    ]
    fillers: list[Lens] = [lens for lens in _LENSES["guide"][0] + _LENSES["guide"][1] if lens in spare]
    while len(sections) < 4 and fillers:  # noqa: PLR2004
        sections.append(_lens_section(fillers.pop(), voice))
    return _distinct(sections)


def _with_phrases(section: Section, left: list[Phrase]) -> Section:
    if section.lens is not None or len(section.phrases) >= _MOST_IN_GROUP:
        return section
    near = stems_of(section.heading)
    taken = [
        phrase
        for phrase in left
        if phrase.aspect == section.aspect or (section.aspect == "topic" and len(phrase.stems & near) > 1)
    ][: _MOST_IN_GROUP - len(section.phrases)]
    for phrase in taken:
        left.remove(phrase)
    return replace(section, phrases=section.phrases + tuple(taken))


def _names(heading: str, phrase: Phrase) -> bool:
    lowered = heading.casefold()
    return any(
        form.casefold().rstrip("?") in lowered for form in (phrase.text, phrase.topic.strip("“”"), phrase.question)
    )


def _groups(phrases: Sequence[Phrase], main: Phrase, subject: Subject) -> list[list[Phrase]]:
    by_aspect: dict[Aspect, list[Phrase]] = {}
    for phrase in phrases:
        by_aspect.setdefault(phrase.aspect, []).append(phrase)
    groups = [group for aspect in ORDER if (group := by_aspect.get(aspect))]
    while len(groups) < _MOST_GROUPS and (large := max(groups, key=len)) and len(large) > _MOST_IN_GROUP:
        parts = _split(large, subject)
        if len(parts) == 1:
            break
        at = groups.index(large)
        groups[at : at + 1] = parts
    weights = {id(group): sum(subject.volume(phrase) or 1 for phrase in group) for group in groups}
    kept = sorted(groups, key=lambda group: (main not in group, -weights[id(group)]))[:_MOST_GROUPS]
    groups = [group for group in groups if any(group is one for one in kept)]
    groups.sort(key=lambda group: main not in group)
    if main in groups[0]:
        groups[0].sort(key=lambda phrase: phrase != main)
    return groups


def _split(group: list[Phrase], subject: Subject) -> list[list[Phrase]]:
    shared = {stem(word) for word in subject.shared}
    counts = Counter(word for phrase in group for word in phrase.stems - shared)
    common = [word for word, count in counts.items() if 2 <= count < len(group)]  # noqa: PLR2004
    if not common:
        return [group]
    word = max(common, key=lambda one: (min(counts[one], len(group) - counts[one]), one))
    return [
        [phrase for phrase in group if word not in phrase.stems],
        [phrase for phrase in group if word in phrase.stems],
    ]


def _heading(phrase: Phrase, voice: Voice) -> str:
    if phrase.kind == "question":
        return clipped(phrase.question, _LONGEST_HEADING)
    topic = phrase.topic
    label = capitalised(topic) if phrase.kind in {"howto", "action"} else phrase.label
    for _ in range(3):
        found = voice.say(f"heading.{phrase.aspect}", topic=topic, Topic=label)
        if len(found) <= _LONGEST_HEADING:
            return found
    return clipped(capitalised(topic), _LONGEST_HEADING)


def _lens_section(lens: Lens, voice: Voice) -> Section:
    return Section(voice.say(f"lens.{lens}_heading"), None, lens)


@cache
def _lens_headings() -> dict[str, Lens]:
    lenses: tuple[Lens, ...] = ("first", "order", "mistakes", "decide", "words")
    return {
        wording.casefold(): lens
        for lens in lenses
        for pattern in pools()[f"lens.{lens}_heading"]
        for wording in wordings(pattern)
    }


def _distinct(sections: list[Section]) -> list[Section]:
    seen: set[str] = set()
    kept = []
    for section in sections:
        key = " ".join(words_of(section.heading)) or section.heading
        if key not in seen:
            seen.add(key)
            kept.append(section)
    return kept

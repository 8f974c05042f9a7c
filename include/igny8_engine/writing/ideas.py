"""Ideas for articles: angles on a cluster, with titles and outlines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from igny8_engine.writing.cluster import Subject
from igny8_engine.writing.english import clipped, listed
from igny8_engine.writing.model import IdeaDraft
from igny8_engine.writing.outline import Angle, angle_of, plan
from igny8_engine.writing.phrases import Phrase
from igny8_engine.writing.stock import Voice, fill

LONGEST_TITLE = 60
_MOST_QUESTIONS = 5
_FEWEST_QUESTIONS = 3
_TITLES_PER_ANGLE = 3
_PREFERRED: dict[Angle, tuple[str, ...]] = {
    "guide": (),
    "howto": ("howto", "care", "materials"),
    "compare": ("comparison", "choice", "kinds"),
    "checklist": ("problem", "care", "parts", "howto"),
    "questions": ("meaning", "reason", "timing", "audience"),
    "decide": ("choice", "cost", "kinds"),
}
"""The aspects whose phrases an angle takes as its main keyword."""
_SUMMARIES: dict[Angle, str] = {
    "guide": "Introduces {topic} to readers who want the whole picture before the details",
    "howto": "Takes readers who want to act through {topic} in a workable order",
    "compare": "Helps readers compare the options around {topic} by the same points",
    "checklist": "Gives readers the checks and common mistakes around {topic}",
    "questions": "Answers the first questions that newcomers have about {topic}",
    "decide": "Helps readers turn their needs into a decision about {topic}",
}


@dataclass(frozen=True)
class Candidate:
    """An angle with the title and main keyword that it would have."""

    title: str
    keyword: Phrase
    angle: Angle


def title_for(keyword: Phrase, angle: Angle, voice: Voice, *, shorten: bool = False) -> str:
    """A title of at most 60 characters that begins with the keyword.

    A keyword that leaves no room for more stands alone, or is shortened to make room if ``shorten`` says so.
    """
    headline = keyword.headline
    for _ in range(6):
        title = fill(voice.wording(f"title.{angle}"), {"Kw": headline})
        if len(title) <= LONGEST_TITLE:
            return title
    if not shorten:
        return clipped(headline, LONGEST_TITLE)
    ending = fill(voice.wording(f"title.{angle}"), {"Kw": ""})
    return f"{clipped(headline, LONGEST_TITLE - len(ending))}{ending}"


def candidates(subject: Subject) -> Iterator[Candidate]:
    """All ideas for a cluster, the most natural one first."""
    main = subject.phrases[0]
    voice = Voice(subject.brief.site_name, subject.rank)
    first = angle_of(main)
    angles: list[Angle] = ["guide", "compare", "checklist", "questions", "decide", "howto"]
    angles.remove(first)
    used: set[Phrase] = set()
    for round_number in range(_TITLES_PER_ANGLE):
        for angle in [first, *angles]:
            keyword = main if angle == first and not round_number else _keyword(subject, angle, used)
            yield Candidate(title_for(keyword, angle, voice, shorten=keyword in used), keyword, angle)
            used.add(keyword)


def _keyword(subject: Subject, angle: Angle, used: set[Phrase]) -> Phrase:
    fitting = [phrase for phrase in subject.phrases if phrase.aspect in _PREFERRED[angle] and phrase not in used]
    return fitting[0] if fitting else subject.phrases[0]


def ideas(subject: Subject, count: int, taken: Sequence[str]) -> list[IdeaDraft]:
    """Up to ``count`` ideas with distinct titles, none of them in ``taken`` (whatever the case)."""
    seen = {" ".join(title.casefold().split()) for title in taken}
    found: list[IdeaDraft] = []
    for number, candidate in enumerate(candidates(subject)):
        if len(found) >= count:
            break
        if candidate.title.casefold() not in seen:
            seen.add(candidate.title.casefold())
            found.append(_idea(subject, candidate, number))
    return found


def _idea(subject: Subject, candidate: Candidate, number: int) -> IdeaDraft:
    voice = Voice(subject.brief.site_name, subject.rank + number * subject.siblings)
    asked = questions(subject, candidate.keyword, number)
    sections = plan(subject, candidate.keyword, candidate.angle, asked, voice)
    summary = _SUMMARIES[candidate.angle].format_map({"topic": candidate.keyword.topic})
    others = [phrase.quoted for phrase in subject.phrases if phrase != candidate.keyword][:3]
    tail = f", and takes in {listed(others)}." if others else "."
    return IdeaDraft(
        title=candidate.title,
        keyword=candidate.keyword.text,
        outline=tuple(section.heading for section in sections),
        questions=asked,
        summary=f"{summary}{tail}",
    )


def _turned(phrases: list[Phrase], by: int) -> list[Phrase]:
    start = by % len(phrases) if phrases else 0
    return phrases[start:] + phrases[:start]


def questions(subject: Subject, main: Phrase, number: int = 0) -> tuple[str, ...]:
    """Three to five questions: the cluster's own first, then phrases turned into questions.

    ``number`` is the place of the idea among those of its cluster; later ideas begin with other questions.
    """
    own = [phrase for phrase in subject.phrases if phrase.is_question and phrase != main]
    turned = [
        phrase
        for phrase in subject.phrases
        if phrase not in own and phrase != main and phrase.kind in {"action", "comparison", "superlative", "noun"}
    ]
    own, turned = (_turned(phrases, number * _MOST_QUESTIONS) for phrases in (own, turned))
    chosen = own[:_MOST_QUESTIONS] + turned[: max(_FEWEST_QUESTIONS - len(own), 0)]
    asked = list(dict.fromkeys(phrase.question for phrase in chosen))
    generic = (
        f"What should come first with {subject.subject.topic}?",
        f"How can you tell that you have settled {main.topic}?",
        f"Which mistakes are common with {main.topic}?",
    )
    return tuple(asked + [text for text in generic if text not in asked][: max(_FEWEST_QUESTIONS - len(asked), 0)])

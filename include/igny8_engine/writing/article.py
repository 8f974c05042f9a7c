"""Articles composed from a cluster: introduction, sections, demand, questions and answers, next steps."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from igny8_engine.writing import markup
from igny8_engine.writing.cluster import Subject
from igny8_engine.writing.description import meta_description, meta_title
from igny8_engine.writing.english import capitalised, clipped, listed, spoken, title_case
from igny8_engine.writing.ideas import LONGEST_TITLE, candidates, questions
from igny8_engine.writing.model import ArticleBrief, TextDraft
from igny8_engine.writing.numbers import stable_number
from igny8_engine.writing.outline import ORDER, Section, angle_of, follow, plan
from igny8_engine.writing.phrases import Aspect, Phrase, normalised, stem, stems_of
from igny8_engine.writing.slug import slug
from igny8_engine.writing.stock import Voice

_MOST_QUESTIONS = 6
_MOST_ITEMS = 6
_MOST_ROWS = 6
_INNER_QUOTES = str.maketrans({"“": "\u2018", "”": "\u2019"})
_FEWEST_ROWS = 3
_NOTABLE_VOLUME = 10
_MOST_TAGS = 5
_MOST_LISTED = 4
_UNKNOWN = 20
_MOST_STEPS = 5
_LONGEST_TAG = 40
_ANSWERS: tuple[tuple[str, str], ...] = (
    ("how often", "timing"), ("how long", "timing"), ("when ", "timing"), ("how much does", "cost"),
    ("how much is", "cost"), ("how much are", "cost"), ("how much do", "cost"), ("how much", "amount"),
    ("how many", "amount"), ("what size", "amount"), ("what temp", "amount"), ("what ratio", "amount"),
    ("what pressure", "amount"), ("how do", "how"), ("how can you tell", "general"), ("how ", "how"),
    ("why", "why"), ("what causes", "why"), ("what explains", "why"), ("what is behind", "why"), ("where", "where"),
    ("which mistakes", "general"), ("which", "which"), ("what is the best", "which"), ("what sets", "which"),
    ("what should", "general"), ("what matters", "general"), ("what is worth", "general"),
    ("what do people ask", "general"),
    ("where do you begin", "general"), ("what do people mean", "what"),
    ("what is ", "what"), ("what are ", "what"), ("what does ", "what"), ("what ", "general"),
)  # fmt: skip
_HARM = re.compile(r"\b(?:safe|unsafe|healthy|unhealthy|pregnan\w*|toxic|poison\w*|dangerous|harmful|mould|mold)\b")
_YES_NO = re.compile(r"(?:is|are|can|does|do|did|should|could|would|will|must|has|have|may|am)\b")


def article(brief: ArticleBrief) -> TextDraft:
    """Write the article for an idea."""
    subject = Subject(brief.cluster)
    main = Phrase(clipped(normalised(brief.idea.keyword), 90)) if brief.idea.keyword.strip() else subject.phrases[0]
    number = _number(subject, brief.idea.title)
    voice = Voice(brief.cluster.site_name, subject.rank + number * subject.siblings)
    asked = tuple(filter(None, map(normalised, brief.idea.questions)))[:_MOST_QUESTIONS] or questions(subject, main)
    if brief.idea.outline:
        sections = follow(subject, main, brief.idea.outline, asked, voice)
    else:
        sections = plan(subject, main, angle_of(main), asked, voice)
    introduction = _introduction(main, sections, voice)
    blocks = [*introduction]
    leads = _leads(sections)
    for section in sections:
        blocks += _section(subject, main, section, leads, voice)
    if not 0 < number < _UNKNOWN:  # the figures are told once, in the cluster's first article
        blocks += _demand(subject, voice)
    blocks += _answers(subject, asked, sections, voice)
    blocks += _closing(subject, main, sections, voice)
    title = clipped(normalised(brief.idea.title) or main.headline, LONGEST_TITLE)
    return TextDraft(
        title=title,
        slug=slug(title),
        excerpt=_excerpt(brief, main),
        meta_title=meta_title(title, brief.cluster.site_name),
        meta_description=meta_description(main, voice),
        focus_keyword=main.text,
        html="\n".join(block for block in blocks if block),
        category=title_case(clipped(normalised(brief.cluster.name), 60)) or main.headline,
        tags=tuple(phrase.text for phrase in subject.phrases if len(phrase.text) <= _LONGEST_TAG)[:_MOST_TAGS],
    )


def _number(subject: Subject, title: str) -> int:
    """The place of the idea among those of its cluster; ideas of others come after all of its own."""
    for number, candidate in enumerate(candidates(subject)):
        if candidate.title.casefold() == normalised(title).casefold():
            return number
    return _UNKNOWN + stable_number(title) % 50


def _excerpt(brief: ArticleBrief, main: Phrase) -> str:
    summary = normalised(brief.idea.summary)
    return summary or f"What to know about {main.topic}, in a useful order."


def _introduction(main: Phrase, sections: Sequence[Section], voice: Voice) -> Iterator[str]:
    names = [_short_name(section, main) for section in sections]
    names = list(dict.fromkeys(name for name in names if name)) or [main.topic]
    values = {"list": listed(names), "first": names[0], "last": names[-1]}
    pool = "intro.map_list" if len(names) <= _MOST_LISTED else "intro.map_ends"
    yield markup.paragraph(voice.say("intro.open", lead=main.lead, q=main.quoted), voice.say("intro.reason"))
    yield markup.paragraph(voice.say("intro.reason"), voice.say(pool, **values) if len(names) > 1 else "")


_LENS_NAMES = {
    "first": "the groundwork",
    "order": "an order of steps",
    "mistakes": "a look at common mistakes",
    "decide": "the way to a decision",
    "words": "the wording of the questions",
}


def _short_name(section: Section, main: Phrase) -> str:
    if section.lens is not None:
        return _LENS_NAMES[section.lens]
    return (section.phrases[0] if section.phrases else main).topic


def _section(subject: Subject, main: Phrase, section: Section, leads: Sequence[Phrase], voice: Voice) -> Iterator[str]:
    yield markup.heading(2, section.heading)
    if section.lens is not None:
        yield from _lens(subject, section, leads, voice)
        return
    aspect: Aspect = section.aspect or "topic"
    lead = section.phrases[0] if section.phrases else main
    others = [phrase for phrase in section.phrases if phrase != lead]
    opening = [voice.say(f"section.{aspect}_open", topic=lead.topic)]
    volume = subject.volume(lead) or 0
    if others and volume >= _NOTABLE_VOLUME and volume >= max(subject.volume(other) or 0 for other in others):
        opening.append(voice.say("bridge.volume", topic=lead.quoted, n=f"{volume:,}"))
    yield markup.paragraph(*opening, *voice.lines(f"section.{aspect}_advice", 2))
    if len(others) > 2:  # noqa: PLR2004
        yield markup.paragraph(voice.say("bridge.items"))
        yield markup.labelled(_items(subject, others[:_MOST_ITEMS], voice))
        yield markup.paragraph(*voice.lines(f"section.{aspect}_advice", 1))
    elif others:
        pool = "bridge.related" if len(others) > 1 else "bridge.related_one"
        related = voice.say(pool, list=listed([other.quoted for other in others]))
        yield markup.paragraph(related, *voice.lines(f"section.{aspect}_advice", 2))
    else:
        yield markup.paragraph(*voice.lines(f"section.{aspect}_advice", 2))


def _items(subject: Subject, phrases: Sequence[Phrase], voice: Voice) -> Iterator[tuple[str, str]]:
    for number, phrase in enumerate(phrases):
        extra = subject.distinguishing(phrase)
        if number % 2 and extra.casefold() != phrase.text.casefold():
            said = voice.say("item.extra", extra=spoken(extra))
        else:
            said = voice.say(f"item.{phrase.aspect}")
        yield phrase.label, said


def _leads(sections: Sequence[Section]) -> list[Phrase]:
    """The phrases that lists of steps and mistakes are made from, one of each aspect first, in a natural order."""
    phrases = [phrase for section in sections for phrase in section.phrases]
    firsts = list({phrase.aspect: phrase for phrase in reversed(phrases)}.values())
    rest = [phrase for phrase in phrases if phrase not in firsts]
    chosen = (firsts + rest)[:_MOST_STEPS]
    return sorted(chosen, key=lambda phrase: ORDER.index(phrase.aspect))


def _lens(subject: Subject, section: Section, leads: Sequence[Phrase], voice: Voice) -> Iterator[str]:
    lens = section.lens
    topic = subject.subject.topic
    opening = voice.say(f"lens.{lens}_open", topic=topic)
    if lens in {"order", "mistakes"}:
        yield markup.paragraph(opening, *voice.lines("section.topic_advice", 1))
        pool = "stage" if lens == "order" else "slip"
        items = [voice.say(f"{pool}.{phrase.aspect}", topic=phrase.topic) for phrase in leads]
        items += voice.lines(f"lens.{lens}_item", max(_MOST_STEPS - len(items), 1))
        yield markup.bullets(items, ordered=lens == "order")
        yield markup.paragraph(*voice.lines("section.topic_advice", 1))
        return
    yield markup.paragraph(opening, *voice.lines(f"lens.{lens}_advice", 2))
    yield markup.paragraph(*voice.lines(f"lens.{lens}_advice", 2))


def _demand(subject: Subject, voice: Voice) -> Iterator[str]:
    rows = [
        (phrase.label, f"{volume:,}")
        for phrase in subject.phrases
        if (volume := subject.volume(phrase) or 0) >= _NOTABLE_VOLUME
    ]
    if len(rows) < _FEWEST_ROWS:
        return
    yield markup.heading(2, voice.say("table.heading"))
    yield markup.paragraph(voice.say("table.open", subject=subject.subject.topic))
    yield markup.table(("Search phrase", "Searches a month"), rows[:_MOST_ROWS])
    yield markup.paragraph(voice.say("table.close"))


def _answers(subject: Subject, asked: Sequence[str], sections: Sequence[Section], voice: Voice) -> Iterator[str]:
    if not asked:
        return
    yield markup.heading(2, voice.say("question_heading.faq"))
    pointed: set[str] = set()
    common = frozenset(map(stem, subject.shared))
    for question in dict.fromkeys(asked):
        yield markup.heading(3, question)
        sentences = [voice.say(f"answer.{_answer_kind(question)}")]
        left = [section for section in sections if section.heading not in pointed]
        near = _nearest(question, left, common)
        if near is not None:
            pointed.add(near.heading)
            sentences.append(voice.say("answer.tail", section=near.heading.rstrip("?").translate(_INNER_QUOTES)))
        else:
            sentences += voice.lines("answer.general", 1)
        yield markup.paragraph(*sentences)


def _answer_kind(question: str) -> str:
    lowered = question.casefold()
    if _HARM.search(lowered):
        return "safety"
    if _YES_NO.match(lowered):
        return "yesno"
    if lowered.startswith(("what", "which")) and re.search(r"\bis (?:right|the right one)\b", lowered):
        return "which"
    fitting = [(len(beginning), kind) for beginning, kind in _ANSWERS if lowered.startswith(beginning)]
    return max(fitting, default=(0, "general"))[1]


def _nearest(question: str, sections: Sequence[Section], common: frozenset[str]) -> Section | None:
    aspect = Phrase(question.rstrip("?")).aspect
    words = stems_of(question) - common

    def closeness(section: Section) -> tuple[bool, int]:
        own = stems_of(section.heading).union(*(phrase.stems for phrase in section.phrases))
        return section.aspect == aspect, len(words & own)

    best = max(sections, key=closeness, default=None)
    return best if best is not None and closeness(best) >= (False, 2) else None


def _closing(subject: Subject, main: Phrase, sections: Sequence[Section], voice: Voice) -> Iterator[str]:
    yield markup.heading(2, voice.say("closing.heading"))
    yield markup.paragraph(voice.say("closing.open", subject=subject.subject.topic), voice.say("closing.end"))
    topics = [section.phrases[0].topic for section in sections if section.phrases] or [main.topic]
    topics = list(dict.fromkeys([*topics, main.topic]))
    yield markup.bullets(
        (voice.say("closing.step", topic=topics[number % len(topics)]) for number in range(3)), ordered=True
    )
    if subject.neighbours:
        other = subject.neighbours[stable_number(main.text) % min(len(subject.neighbours), 3)]
        shown = Phrase(clipped(other, 60))
        yield markup.paragraph(voice.say("closing.neighbour", other=_as_subject(shown)))


def _as_subject(phrase: Phrase) -> str:
    text = phrase.text
    lowered = Phrase(text if text.isupper() else text[:1].lower() + text[1:])
    return lowered.topic if lowered.kind != "quoted" else capitalised(phrase.quoted)

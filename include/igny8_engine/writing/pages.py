"""The texts of planned pages."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from igny8_engine.writing import markup
from igny8_engine.writing.cluster import Subject
from igny8_engine.writing.description import LONGEST_DESCRIPTION, SHORTEST_DESCRIPTION, meta_description, meta_title
from igny8_engine.writing.english import capitalised, clipped, listed, spoken, title_case
from igny8_engine.writing.ideas import LONGEST_TITLE, questions
from igny8_engine.writing.model import ClusterBrief, PageBrief, TextDraft
from igny8_engine.writing.numbers import stable_number
from igny8_engine.writing.outline import angle_of, plan
from igny8_engine.writing.phrases import Phrase, normalised
from igny8_engine.writing.slug import slug
from igny8_engine.writing.stock import Voice, fill, pools
from igny8_engine.writing.structure import MORE_TOPICS

_LENSES = frozenset({"order", "mistakes"})
_MOST_TOPICS = 5
_MOST_CHILDREN = 30


def page(brief: PageBrief) -> TextDraft:
    """Write a page: about its cluster, or from the site's name and the pages below it, and nothing made up."""
    return _about_cluster(brief, brief.cluster) if brief.cluster is not None else _about_site(brief)


def _about_cluster(brief: PageBrief, cluster: ClusterBrief) -> TextDraft:
    subject = Subject(cluster)
    main = subject.phrases[0]
    voice = Voice(brief.site_name, subject.rank + (7 + stable_number(brief.title) % 5) * subject.siblings)
    asked = questions(subject, main)[:3]
    blocks = [markup.paragraph(voice.say("pillar.open", lead=main.lead), *voice.lines("intro.reason", 1))]
    for section in plan(subject, main, angle_of(main), asked, voice):
        aspect = section.aspect or "topic"
        lead = section.phrases[0] if section.phrases else subject.subject
        blocks.append(markup.heading(2, section.heading))
        pool = f"lens.{section.lens}" if section.lens else f"section.{aspect}"
        advice = "section.topic" if section.lens in _LENSES else pool
        others = [phrase.quoted for phrase in section.phrases if phrase != lead][:_MOST_TOPICS]
        related = (
            [voice.say("bridge.related" if len(others) > 1 else "bridge.related_one", list=listed(others))]
            if others
            else []
        )
        opening = voice.say(f"{pool}_open", topic=lead.topic)
        blocks.append(markup.paragraph(opening, *related, *voice.lines(f"{advice}_advice", 2)))
    blocks += _children(brief, voice)
    blocks.append(markup.heading(2, voice.say("closing.heading")))
    blocks.append(markup.paragraph(voice.say("closing.open", subject=subject.subject.topic), voice.say("closing.end")))
    return _draft(brief, main, blocks, voice, tuple(phrase.text for phrase in subject.phrases[:5]))


def _children(brief: PageBrief, voice: Voice) -> Iterator[str]:
    titles = [title for child in brief.children[:_MOST_CHILDREN] if (title := normalised(child))]
    if titles:
        yield markup.heading(2, voice.say("pillar.about_parts"))
        yield markup.bullets(titles)


def _about_site(brief: PageBrief) -> TextDraft:
    site = normalised(brief.site_name) or "this site"
    title = normalised(brief.title) or site
    voice = Voice(site, stable_number(title) % 97)
    topics = [topic for child in brief.children if (topic := _topic(child)) is not None]
    kind = _kind(title, site)
    about = listed(list(dict.fromkeys(topics))[:_MOST_TOPICS])
    about = about or ("what you read here" if kind == "contact" else "its subjects")
    values = {"site": site, "list": about, "title": title}
    if kind == "home":
        sentences = [voice.say("company.home_open", **values), *_filled("company.home_body", values)]
    else:
        sentences = _filled(f"company.{kind}_body", values, without=() if topics or kind != "other" else ("{list}",))
    purpose = normalised(brief.purpose)
    half = (len(sentences) + 1) // 2
    blocks = [
        markup.paragraph(*sentences[:half]),
        markup.heading(
            2, {"contact": "Writing to us", "about": "How the pages work"}.get(kind, "How to use this page")
        ),
        markup.paragraph(*sentences[half:]),
    ]
    if kind in {"home", "other"}:
        blocks += _children(brief, voice)
    focus = Phrase(title if kind in {"home", "other"} else f"{title} {site}")
    return _draft(brief, focus, blocks, voice, (), excerpt=purpose, description=_description([purpose, *sentences]))


def _filled(pool: str, values: dict[str, str], *, without: tuple[str, ...] = ()) -> list[str]:
    # These texts are read in the order in which they were written.
    return [fill(pattern, values) for pattern in pools()[pool] if not any(name in pattern for name in without)]


def _description(sentences: list[str]) -> str:
    """The first of the sentences and as many of the others as fit a description; nothing if none do."""
    first, *others = [sentence for sentence in sentences if sentence] or [""]
    for count in (1, 2, 3):
        for chosen in combinations(others, count):
            text = " ".join((first, *chosen))
            if SHORTEST_DESCRIPTION <= len(text) <= LONGEST_DESCRIPTION:
                return text
    return first if SHORTEST_DESCRIPTION <= len(first) <= LONGEST_DESCRIPTION else ""


def _kind(title: str, site: str) -> str:
    lowered = title.casefold()
    if lowered in {"home", "homepage", "start", site.casefold()}:
        return "home"
    if lowered.startswith("about"):
        return "about"
    return "contact" if lowered.startswith("contact") else "other"


def _topic(title: str) -> str | None:
    text = normalised(title)
    if not text or text.casefold() in {"home", "about", "about us", "contact", "contact us", MORE_TOPICS.casefold()}:
        return None
    lowered = Phrase(text if text.isupper() else text.casefold())
    if lowered.kind in {"howto", "action", "superlative"}:
        return lowered.topic
    return spoken(lowered.text) if lowered.kind in {"noun", "comparison"} else f"“{text}”"


def _draft(
    brief: PageBrief,
    focus: Phrase,
    blocks: list[str],
    voice: Voice,
    tags: tuple[str, ...],
    *,
    excerpt: str = "",
    description: str = "",
) -> TextDraft:
    title = clipped(normalised(brief.title) or focus.headline, LONGEST_TITLE)
    category = title_case(normalised(brief.cluster.name)) if brief.cluster is not None else ""
    return TextDraft(
        title=title,
        slug=slug(title),
        excerpt=excerpt or normalised(brief.purpose) or f"What to know about {focus.topic}.",
        meta_title=meta_title(title, brief.site_name),
        meta_description=description or meta_description(focus, voice),
        focus_keyword=focus.text,
        html="\n".join(block for block in blocks if block),
        category=clipped(category, LONGEST_TITLE) or capitalised(normalised(brief.site_name)),
        tags=tags,
    )

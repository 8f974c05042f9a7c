"""Repairing texts: what a check finds wrong and a rule can put right."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from lxml import html as lxml_html
from lxml.html import HtmlElement

from igny8_engine.writing.description import LONGEST_DESCRIPTION, SHORTEST_DESCRIPTION, meta_description
from igny8_engine.writing.document import Document, level, storable, text_of
from igny8_engine.writing.english import clipped
from igny8_engine.writing.links import add_links
from igny8_engine.writing.model import OptimizeBrief, Optimized, TextDraft
from igny8_engine.writing.numbers import stable_number
from igny8_engine.writing.phrases import Phrase, normalised
from igny8_engine.writing.seo import (
    LONGEST_TITLE,
    SHORTEST_TITLE,
    Examined,
    examine,
    hierarchy,
    mentions,
    score,
)
from igny8_engine.writing.slug import slug
from igny8_engine.writing.stock import Voice

_LONGEST_KEYWORD = 90
_LONGEST_HEADING = 100
_LONGEST_ALT = 125
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(slots=True)
class _Draft:
    """A text while it is repaired."""

    text: TextDraft
    document: Document
    keyword: Phrase
    image_alt: str | None
    changes: list[str]
    body_changed: bool = False


def optimize(brief: OptimizeBrief) -> Optimized:
    """Score a text, repair what can be repaired, and score it again by the same checks."""
    keyword = _keyword(brief)
    document = Document(brief.text.html)
    before = examine(Examined(brief.text, document, keyword, brief.image_alt, brief.links))
    draft = _Draft(brief.text, document, Phrase(keyword), brief.image_alt, [])
    if keyword and keyword != normalised(brief.text.focus_keyword):
        draft.text = replace(draft.text, focus_keyword=keyword)
        draft.changes.append(f"Chose “{keyword}” as the main keyword, because there was none.")
    for repair in _REPAIRS:
        repair(draft)
    linked = add_links(draft.document, brief.links, slug_of_text=draft.text.slug)
    if linked:
        draft.body_changed = True
        draft.changes += [f"Linked “{words}” to “{link.title}”." for words, link in linked]
    if draft.body_changed:
        draft.text = replace(draft.text, html=draft.document.html())
    after = examine(Examined(draft.text, Document(draft.text.html), keyword, draft.image_alt, brief.links))
    return Optimized(draft.text, draft.image_alt, tuple(draft.changes), score(before), score(after), after)


def _keyword(brief: OptimizeBrief) -> str:
    own = normalised(brief.text.focus_keyword)
    if own:
        return own
    best = max(brief.keywords, key=lambda fact: fact.volume or 0, default=None)
    return normalised(best.phrase) if best is not None else ""


def _voice(draft: _Draft) -> Voice:
    return Voice("", stable_number(draft.text.slug, draft.keyword.text) % 97)


def _repair_titles(draft: _Draft) -> None:
    title = _best_title(draft.text.title, draft)
    if title != draft.text.title:
        draft.changes.append(f"Changed the title from “{draft.text.title}” to “{title}”.")
        draft.text = replace(draft.text, title=title)
    searched = draft.text.meta_title
    best = title if not searched.strip() else _best_title(searched, draft)
    if best != searched:
        draft.changes.append(f"Changed the search title from “{searched}” to “{best}”.")
        draft.text = replace(draft.text, meta_title=best)


def _best_title(title: str, draft: _Draft) -> str:
    keyword = clipped(draft.keyword.headline, LONGEST_TITLE)
    plain = normalised(title)
    options = [title, plain, clipped(plain.rsplit(" | ", 1)[0], LONGEST_TITLE), clipped(plain, LONGEST_TITLE)]
    if draft.keyword.text:
        options += [f"{keyword}: {plain}", clipped(f"{keyword}: {plain}", LONGEST_TITLE)]
        options += [f"{keyword}{tail}" for tail in (": What to Know", ": A Clear Guide", ": Guide", "")]

    def merit(option: str) -> int:
        fits = SHORTEST_TITLE <= len(option) <= LONGEST_TITLE
        named = not draft.keyword.text or mentions(option, draft.keyword.text)
        return 2 * fits + 2 * named + (0 < len(option) <= LONGEST_TITLE)

    return max(options, key=merit)


def _repair_description(draft: _Draft) -> None:
    old = draft.text.meta_description
    keyword = draft.keyword.text

    def good(text: str) -> bool:
        return SHORTEST_DESCRIPTION <= len(text) <= LONGEST_DESCRIPTION and (not keyword or mentions(text, keyword))

    if good(old):
        return
    voice = _voice(draft)
    plain = normalised(old)
    whole = _SENTENCE_END.split(plain)
    options = [" ".join(whole[:count]) for count in range(len(whole), 0, -1)]
    if plain:
        ended = plain if plain.endswith((".", "!", "?", "…")) else f"{plain}."
        endings = [*voice.lines("meta.short", 7), *voice.lines("meta.middle", 8)]
        options += [f"{ended} {ending}" for ending in endings]
        options += [f"{ended} {one} {two}" for one in endings for two in endings if one != two]
    made = meta_description(draft.keyword, _voice(draft)) if keyword else clipped(plain, LONGEST_DESCRIPTION)
    new = next((option for option in options if good(option)), made)
    # A keyword that is too long for a description must not make it change again and again.
    if new != old and (good(new) or not SHORTEST_DESCRIPTION <= len(old) <= LONGEST_DESCRIPTION):
        draft.changes.append(f"Rewrote the description, which had {len(old)} characters; it now has {len(new)}.")
        draft.text = replace(draft.text, meta_description=new)


def _repair_slug(draft: _Draft) -> None:
    old = draft.text.slug
    new = slug(old or draft.text.title, slug(draft.keyword.text))
    if new != old:
        draft.changes.append(f"Changed the address from “{old}” to “{new}”.")
        draft.text = replace(draft.text, slug=new)


def _repair_headings(draft: _Draft) -> None:
    for heading in reversed(draft.document.headings()):  # an inner one first: without it the outer may be empty
        if not text_of(heading) and not len(heading):
            heading.drop_tree()
            draft.body_changed = True
            draft.changes.append("Removed an empty heading.")
    headings = draft.document.headings()
    levels = [level(heading) for heading in headings]
    for heading, old, new in zip(headings, levels, hierarchy(levels), strict=True):
        if old != new:
            heading.tag = f"h{new}"
            draft.body_changed = True
            draft.changes.append(
                f"Moved the heading “{clipped(text_of(heading), 60)}” from level {old} to level {new}."
            )


def _repair_heading_keyword(draft: _Draft) -> None:
    headings = draft.document.headings()
    keyword = draft.keyword
    if not keyword.text or not headings or any(mentions(text_of(heading), keyword.text) for heading in headings):
        return
    first = next((one for one in headings if level(one) == 2 and not len(one)), None)  # noqa: PLR2004
    if first is None or len(keyword.text) + len(text_of(first)) > _LONGEST_HEADING:
        return
    old = text_of(first)
    first.text = storable(f"{keyword.label}: {old}")
    draft.body_changed = True
    draft.changes.append(f"Put the keyword into the heading “{old}”.")


def _repair_introduction(draft: _Draft) -> None:
    keyword = draft.keyword
    if not keyword.text or len(keyword.text) > _LONGEST_KEYWORD:
        return
    if mentions(draft.document.text(until_heading=True), keyword.text) or not draft.document.text():
        return
    sentence = storable(_voice(draft).say("repair.introduction", lead=keyword.lead))
    first = next(
        (one for one in draft.document.elements() if one.tag in {"p", "h1", "h2", "h3", "h4", "h5", "h6"}), None
    )
    if first is not None and first.tag == "p":
        first.text = f"{sentence} {first.text or ''}".strip() if not len(first) else f"{sentence} {first.text or ''}"
    else:
        _put_first(draft.document, sentence)
    draft.body_changed = True
    draft.changes.append(f"Added a sentence with the keyword “{keyword.text}” to the introduction.")


def _put_first(document: Document, sentence: str) -> None:
    paragraph: HtmlElement = lxml_html.Element("p")
    paragraph.text = sentence
    body = document.root
    paragraph.tail, body.text = body.text, None
    body.insert(0, paragraph)


def _repair_images(draft: _Draft) -> None:
    alt = storable(clipped(normalised(draft.text.title) or draft.keyword.text, _LONGEST_ALT))
    if not alt:
        return
    for image in draft.document.named("img"):
        if not (image.get("alt") or "").strip():
            image.set("alt", alt)
            draft.body_changed = True
            draft.changes.append("Described an image in the text.")
    if draft.image_alt is not None and not draft.image_alt.strip():
        draft.image_alt = f"Title image: {alt}"
        draft.changes.append("Described the featured image.")


_REPAIRS: tuple[Callable[[_Draft], None], ...] = (
    _repair_titles,
    _repair_description,
    _repair_slug,
    _repair_headings,
    _repair_heading_keyword,
    _repair_introduction,
    _repair_images,
)

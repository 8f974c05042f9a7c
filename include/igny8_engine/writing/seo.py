"""What makes a text easy to find and to read: the checks, their points and their messages."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from igny8_engine.writing.description import LONGEST_DESCRIPTION, SHORTEST_DESCRIPTION
from igny8_engine.writing.document import Document, level, text_of
from igny8_engine.writing.model import Check, Link, TextDraft
from igny8_engine.writing.phrases import normalised, stem, words_of
from igny8_engine.writing.readability import readability, sentences, word_count
from igny8_engine.writing.slug import slug

SHORTEST_TITLE, LONGEST_TITLE = 15, 60
LEAST_WORDS = 400
LEAST_USES = 2
_LARGEST_SHARE = 0.03
"""How often the keyword may stand in a text, for each of its words."""
_LONGEST_SENTENCES = 22
_LEAST_EASE = 50
_QUESTION_MARKS = ("?", "\uff1f", "\u061f")
_LATIN = re.compile(r"[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Examined:
    """What is checked."""

    text: TextDraft
    document: Document
    keyword: str
    image_alt: str | None
    links: Sequence[Link]


def mentions(text: str, keyword: str) -> bool:
    """Whether the text has the keyword, or all its words (singular or plural) within one sentence."""
    wanted = normalised(keyword).casefold()
    if not wanted:
        return False
    if wanted in normalised(text).casefold():
        return True
    stems = {stem(word) for word in words_of(wanted)}
    return bool(stems) and any(stems <= {stem(word) for word in words_of(part)} for part in sentences(text))


def uses(text: str, keyword: str) -> int:
    """How often the text has the keyword word for word."""
    wanted = normalised(keyword).casefold()
    return normalised(text).casefold().count(wanted) if wanted else 0


def hierarchy(levels: Sequence[int]) -> list[int]:
    """The levels as they should be: from 2 on, none left out, what was deeper stays deeper."""
    open_levels: list[tuple[int, int]] = []
    found = []
    for old in levels:
        while open_levels and open_levels[-1][0] >= old:
            open_levels.pop()
        new = min(open_levels[-1][1] + 1, 6) if open_levels else 2
        open_levels.append((old, new))
        found.append(new)
    return found


def score(checks: Sequence[Check]) -> int:
    """0 to 100."""
    return sum(check.points for check in checks if check.passed)


def examine(seen: Examined) -> tuple[Check, ...]:
    """All checks; their points add up to 100."""
    return (*_front(seen), *_body(seen), *_reading(seen), *_extras(seen))


def _front(seen: Examined) -> list[Check]:
    text, keyword = seen.text, seen.keyword
    titles = (text.title, text.meta_title)
    lengths = [len(title) for title in titles]
    described = len(text.meta_description)
    good_slug = bool(text.slug) and text.slug == slug(text.slug)
    named = bool({stem(word) for word in words_of(keyword)} & {stem(word) for word in words_of(text.slug)})
    return [
        Check(
            "title_length",
            all(SHORTEST_TITLE <= length <= LONGEST_TITLE for length in lengths),
            8,
            f"The title has {lengths[0]} characters and the search title {lengths[1]}; "
            f"{SHORTEST_TITLE} to {LONGEST_TITLE} are shown whole.",
        ),
        Check(
            "title_keyword",
            all(mentions(title, keyword) for title in titles),
            10,
            _held("Title and search title", keyword, all(mentions(title, keyword) for title in titles)),
        ),
        Check(
            "description_length",
            SHORTEST_DESCRIPTION <= described <= LONGEST_DESCRIPTION,
            8,
            f"The description has {described} characters; {SHORTEST_DESCRIPTION} to {LONGEST_DESCRIPTION} are best.",
        ),
        Check(
            "description_keyword",
            mentions(text.meta_description, keyword),
            8,
            _held("The description", keyword, mentions(text.meta_description, keyword)),
        ),
        Check("slug", good_slug and named, 6, f"The address ends in “{text.slug}”."),
    ]


def _held(what: str, keyword: str, passed: bool) -> str:
    if not keyword:
        return "The text has no main keyword."
    return f"{what} {'has' if passed else 'lacks'} the keyword “{keyword}”."


def _body(seen: Examined) -> list[Check]:
    document, keyword = seen.document, seen.keyword
    body = document.text()
    words = word_count(body)
    found = uses(body, keyword)
    share = found / max(words, 1)
    headings = document.headings()
    titles = [text_of(heading) for heading in headings]
    levels = [level(heading) for heading in headings]
    introduced = mentions(document.text(until_heading=True), keyword)
    in_heading = any(mentions(title, keyword) for title in titles)
    return [
        Check("introduction_keyword", introduced, 10, _held("The introduction", keyword, introduced)),
        Check("heading_keyword", in_heading, 8, _held("One of the headings at least" if in_heading else
              "Every heading", keyword, in_heading)),
        Check(
            "keyword_use",
            found >= LEAST_USES and share <= _LARGEST_SHARE,
            6,
            f"The keyword stands {found} times in {words} words.",
        ),
        Check(
            "headings",
            bool(headings) and all(titles) and levels == hierarchy(levels),
            8,
            "The headings go down level by level." if headings and levels == hierarchy(levels) and all(titles)
            else "There are no headings." if not headings
            else "A heading is empty or on a level that does not follow from the one above.",
        ),
        Check("length", words >= LEAST_WORDS, 8, f"The text has {words} words; {LEAST_WORDS} or more are wanted."),
        Check(
            "questions",
            any(title.endswith(_QUESTION_MARKS) for title in titles),
            4,
            "A heading asks a question that is then answered."
            if any(title.endswith(_QUESTION_MARKS) for title in titles)
            else "No heading asks a question.",
        ),
    ]  # fmt: skip


def _reading(seen: Examined) -> list[Check]:
    body = seen.document.text()
    measured = readability(body)
    english = len(_LATIN.findall(body)) * 2 >= len(_LETTER.findall(body)) > 0
    easy = bool(body) and (not english or measured.flesch >= _LEAST_EASE)
    ease = f"Reading ease (Flesch) is {measured.flesch:.0f}; {_LEAST_EASE} or more is plain."
    return [
        Check(
            "sentence_length",
            bool(body) and measured.words_per_sentence <= _LONGEST_SENTENCES,
            4,
            f"Sentences have {measured.words_per_sentence:.0f} words on average; {_LONGEST_SENTENCES} at most is good.",
        ),
        Check("reading_ease", easy, 4, ease if english else "Reading ease is not measured in this script."),
    ]


def internal_links(document: Document, links: Sequence[Link]) -> set[str]:
    """The addresses among ``links`` that the text links to already."""
    wanted = {link.url for link in links}
    return {href for anchor in document.named("a") if (href := str(anchor.get("href") or "")) in wanted}


def _extras(seen: Examined) -> list[Check]:
    linked = len(internal_links(seen.document, seen.links))
    images = seen.document.named("img")
    without = sum(not (image.get("alt") or "").strip() for image in images)
    described = not without and seen.image_alt != "" and (seen.image_alt is None or bool(seen.image_alt.strip()))
    return [
        Check(
            "internal_links",
            linked > 0 or not seen.links,
            4,
            f"The text links to {linked} of the site's other pages."
            if seen.links
            else "The site has no other pages to link to yet.",
        ),
        Check(
            "image_alt",
            described,
            4,
            "Every image is described." if described else "An image has no alternative text.",
        ),
    ]

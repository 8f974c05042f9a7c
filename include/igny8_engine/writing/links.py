"""Internal links: put on words that are there already."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import urlsplit

from lxml import html as lxml_html
from lxml.html import HtmlElement

from igny8_engine.writing.document import Document, storable
from igny8_engine.writing.model import Link
from igny8_engine.writing.phrases import Phrase, normalised
from igny8_engine.writing.seo import internal_links

MOST_LINKS = 3
_UNTOUCHED = frozenset(
    (
        "a",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "code",
        "pre",
        "script",
        "style",
        "button",
        "th",
        "figcaption",
        "textarea",
    )
)
_SHORTEST_WORDS = 4


def add_links(document: Document, links: Sequence[Link], *, slug_of_text: str) -> list[tuple[str, Link]]:
    """Link to up to three of the pages in all, each on its keyword or title where the text has it.

    Returns:
        The linked words with their pages. Nothing inside headings, links and code is touched, no page is linked twice,
        and a text never links to itself.
    """
    present = internal_links(document, links)
    added: list[tuple[str, Link]] = []
    for link in links:
        if len(present) >= MOST_LINKS:
            break
        if link.url in present or not _is_page(link.url, slug_of_text):
            continue
        words = _link_first(document, link)
        if words is not None:
            present.add(link.url)
            added.append((words, link))
    return added


def _is_page(url: str, own_slug: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if parts.scheme not in {"", "http", "https"} or url.startswith("//") or not url:
        return False
    if storable(url) != url:
        return False
    return not own_slug or parts.path.rstrip("/").rsplit("/", 1)[-1] != own_slug


def _link_first(document: Document, link: Link) -> str | None:
    keyword = Phrase(normalised(link.keyword))
    forms = (keyword.text, keyword.topic.strip("“”"), keyword.instruction or "", normalised(link.title))
    for wording in dict.fromkeys(forms):
        if len(wording) < _SHORTEST_WORDS:
            continue
        pattern = re.compile(rf"(?<!\w){re.escape(wording)}(?:s|es)?(?!\w)".replace(r"\ ", r"\s+"), re.IGNORECASE)
        for element, is_tail in _texts(document.root):
            text = (element.tail if is_tail else element.text) or ""
            match = pattern.search(text)
            if match is not None:
                _wrap(element, is_tail, text, match, link.url)
                return match[0]
    return None


def _texts(element: HtmlElement) -> Iterator[tuple[HtmlElement, bool]]:
    """The places of text outside of what must not be touched: an element's own text, or what follows it."""
    waiting: list[tuple[HtmlElement, bool]] = [(element, False)]
    while waiting:
        here, is_tail = waiting.pop()
        if is_tail:
            yield here, True
            continue
        if not isinstance(here.tag, str) or here.tag in _UNTOUCHED:
            continue
        yield here, False
        for child in reversed(here):
            waiting += [(child, True), (child, False)]


def _wrap(element: HtmlElement, is_tail: bool, text: str, match: re.Match[str], url: str) -> None:
    anchor: HtmlElement = lxml_html.Element("a")
    anchor.set("href", url)
    anchor.text = match[0]
    before, after = text[: match.start()], text[match.end() :]
    if is_tail:
        parent = element.getparent()
        if parent is None:
            return
        element.tail = before
        parent.insert(parent.index(element) + 1, anchor)
    else:
        element.text = before
        element.insert(0, anchor)
    anchor.tail = after

"""The HTML of a text as a tree that can be looked at and repaired."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import escape

from lxml import etree
from lxml import html as lxml_html
from lxml.html import HtmlElement

_NOT_ALLOWED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = frozenset(
    ("p", "li", "td", "th", "div", "blockquote", "figcaption", "dt", "dd", "pre", "tr", "ul", "ol", "table", "section")
) | frozenset(_HEADINGS)


def storable(text: str) -> str:
    """The text without characters that HTML cannot hold."""
    return _NOT_ALLOWED.sub("", text)


class Document:
    """A parsed text. Broken HTML is read as browsers read it."""

    def __init__(self, source: str) -> None:
        parser = lxml_html.HTMLParser(huge_tree=True, remove_pis=True)
        clean = storable(source)
        self.root: HtmlElement = lxml_html.fragment_fromstring(clean, create_parent="div", parser=parser)

    def html(self) -> str:
        """The text as HTML again."""
        inner = self.root
        parts = [escape(inner.text or "", quote=False)]
        parts += [str(etree.tostring(child, encoding="unicode", method="html")) for child in inner]
        return "".join(parts)

    def elements(self) -> Iterator[HtmlElement]:
        """All elements in reading order."""
        return (element for element in self.root.iter() if isinstance(element.tag, str))

    def headings(self) -> list[HtmlElement]:
        """The headings in reading order."""
        return [element for element in self.elements() if element.tag in _HEADINGS]

    def named(self, tag: str) -> list[HtmlElement]:
        """The elements of one name in reading order."""
        return [element for element in self.elements() if element.tag == tag]

    def text(self, *, until_heading: bool = False) -> str:
        """The plain text, each block on a line of its own; or only what stands before the first heading."""
        parts: list[str] = []
        for event, element in etree.iterwalk(self.root, events=("start", "end")):
            if not isinstance(element.tag, str):
                if event == "end":
                    parts.append(element.tail or "")
                continue
            if event == "start":
                if until_heading and element.tag in _HEADINGS:
                    break
                parts.append("\n" if element.tag in _BLOCKS or element.tag == "br" else "")
                parts.append(element.text or "")
            else:
                parts.append("\n" if element.tag in _BLOCKS else "")
                parts.append(element.tail or "")
        lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
        return "\n".join(line for line in lines if line)


def level(heading: HtmlElement) -> int:
    """1 to 6."""
    return int(str(heading.tag)[1])


def text_of(element: HtmlElement) -> str:
    """The plain text of an element, on one line."""
    return " ".join(str(element.text_content()).split())

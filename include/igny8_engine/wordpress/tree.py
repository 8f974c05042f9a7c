"""HTML as a tree, for HTML that :func:`igny8_engine.html.sanitize` has made well-formed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset({"br", "hr", "img", "col", "wbr"})


@dataclass(slots=True)
class Element:
    """An element with what is in it: elements and texts."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def html(self) -> str:
        """The element as HTML."""
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in self.attributes.items())
        if self.tag in _VOID:
            return f"<{self.tag}{attributes}/>"
        return f"<{self.tag}{attributes}>{self.inner()}</{self.tag}>"

    def inner(self) -> str:
        """What is in the element, as HTML."""
        return html_of(self.children)

    def classed(self, name: str) -> Element:
        """The same element with a class."""
        return Element(self.tag, {"class": name, **self.attributes}, self.children)

    def find(self, tag: str) -> Element | None:
        """The first element of that name directly inside."""
        return next((child for child in self.children if isinstance(child, Element) and child.tag == tag), None)


def html_of(nodes: Iterable[Element | str]) -> str:
    """The nodes as HTML."""
    return "".join(escape(node, quote=False) if isinstance(node, str) else node.html() for node in nodes)


def parse(html: str) -> list[Element | str]:
    """The top-level elements and texts of well-formed HTML."""
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.root.children


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self._open[-1].children.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if len(self._open) > 1 and self._open[-1].tag == tag:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)

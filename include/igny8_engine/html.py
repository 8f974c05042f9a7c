"""The HTML that the engine stores and publishes: which elements it may have, and how many words are in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from html import unescape
from typing import Final

import nh3

TAGS: Final = frozenset(
    """
    h2 h3 h4 p ul ol li dl dt dd a strong em b i u s blockquote cite code pre br hr figure figcaption img
    table thead tbody tr th td caption sub sup abbr small mark section details summary
    """.split()  # noqa: SIM905 - forty names read best like this
)
"""The elements that a text may have; of others only the words stay. ``h1`` is the title's, outside the text."""

_ATTRIBUTES: Final = {
    "*": {"id", "lang", "dir"},
    "a": {"href", "title", "hreflang"},
    "img": {"src", "alt", "title", "width", "height"},
    "abbr": {"title"},
    "th": {"scope", "colspan", "rowspan"},
    "td": {"colspan", "rowspan"},
    "ol": {"start"},
}
_TAG = re.compile(r"<[^>]*>")
_IMAGE = re.compile(
    r"(?P<tag><img [^>]*>)(?:\s*</a>)?(?:\s*<figcaption[^>]*>(?P<caption>.*?)</figcaption>)?", re.DOTALL
)
_LINK = re.compile(r'<a\b[^>]*?\shref="(?P<address>[^"]*)"[^>]*>(?P<words>.*?)</a>', re.DOTALL)
_ATTRIBUTE = re.compile(r'(\w+)="([^"]*)"')
_WORD = re.compile(r"\w+(?:[\u2019'.-]\w+)*")


def sanitize(html: str) -> str:
    """The same text with nothing but harmless, well-formed elements, attributes and addresses."""
    return _clean(html)


def _clean(html: str, attribute_filter: Callable[[str, str, str], str | None] | None = None) -> str:
    return nh3.clean(
        html.replace("\x00", ""),
        tags=set(TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
        strip_comments=True,
        attribute_filter=attribute_filter,
    )


def with_links(html: str, addresses: Mapping[str, str]) -> str:
    """The same text with links that lead elsewhere: from each address in the mapping to the one it is mapped to."""

    def follow(tag: str, attribute: str, value: str) -> str:
        return addresses.get(value, value) if (tag, attribute) == ("a", "href") else value

    return _clean(html, follow)


def without_links(html: str, addresses: Collection[str]) -> str:
    """The same text without its links to these addresses, whatever their fragments; the words of the links stay."""
    closed = {_place(address) for address in addresses}

    def keep(link: re.Match[str]) -> str:
        return link["words"] if _place(unescape(link["address"])) in closed else link[0]

    return _LINK.sub(keep, html)


def _place(address: str) -> str:
    return address.partition("#")[0].rstrip("/")


@dataclass(frozen=True, slots=True)
class ShownImage:
    """What a text says of an image in it."""

    alt: str
    title: str
    caption: str
    """The words below it, without elements."""


def images_in(html: str) -> dict[str, ShownImage]:
    """The text's images by their web addresses, each as it is shown first."""
    found: dict[str, ShownImage] = {}
    for image in _IMAGE.finditer(sanitize(html)):
        attributes = {name: unescape(value) for name, value in _ATTRIBUTE.findall(image["tag"])}
        if attributes.get("src", "").startswith(("http://", "https://")):
            shown = ShownImage(
                attributes.get("alt", ""), attributes.get("title", ""), plain_text(image["caption"] or "")
            )
            found.setdefault(attributes["src"], shown)
    return found


def with_images(html: str, addresses: Mapping[str, str]) -> str:
    """The same text with images from elsewhere: from each address in the mapping to the one it is mapped to."""

    def follow(tag: str, attribute: str, value: str) -> str:
        return addresses.get(value, value) if (tag, attribute) == ("img", "src") else value

    return _clean(html, follow)


def plain_text(html: str) -> str:
    """The words without the elements, elements apart from each other."""
    return " ".join(unescape(_TAG.sub(" ", html)).split())


def word_count(html: str) -> int:
    """How many words the text has."""
    return len(_WORD.findall(plain_text(html)))

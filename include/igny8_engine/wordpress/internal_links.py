"""Links from a text to other posts of the same site, at words that are in it already."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from igny8_engine.clustering.words import carries_no_subject
from igny8_engine.html import sanitize
from igny8_engine.wordpress.tree import Element, html_of, parse

_WORD: Final = re.compile(r"\w+(?:['\u2019-]\w+)*")
_BLOCKS: Final = frozenset({"p", "li", "dd", "td"})
"""What a link may be put into, one in each."""
_CLOSED: Final = frozenset(
    {"a", "h1", "h2", "h3", "h4", "h5", "h6", "code", "pre", "figure", "figcaption", "summary", "cite", "mark", "th"}
)
"""What no link is put into, however deep."""
_LONGEST = 6
"""How many words the text of a link has at most."""
_ONE_WORD = 5
"""How many letters a keyword of a single word must have."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A post that may be linked to."""

    ref: str
    """What it is known by for ever: ``content:12``, or ``post:99`` of one that was imported."""
    url: str
    title: str
    keyword: str = ""
    is_near: bool = False
    """Whether it is about the same cluster as the text."""


@dataclass(frozen=True, slots=True)
class Option:
    """A target, and the words in the text that can lead to it."""

    target: Target
    phrase: Words
    by_keyword: bool
    """Whether the words are the target's keyword; else they are from its title."""


def find_options(html: str, titles: Sequence[str], targets: Sequence[Target]) -> list[Option]:
    """Which targets the text can lead to, and by which words, each target once, in the order of the targets.

    The words are the target's keyword as it stands in the text, else the longest part of its title that is in no other
    one. What the text itself is about, the words of its own ``titles``, leads nowhere else, and what it links to
    already is left out.
    """
    nodes = parse(sanitize(html))
    linked = {_address(url) for url in _linked(nodes)}
    there = {gram for words in _stretches(nodes) for gram in _grams([word for word, _, _ in words], 1)}
    own = {gram for title in titles for gram in _grams(_plain_words(title), 1)}
    parts = {target.ref: _parts(target.title) for target in targets}
    shared = Counter(gram for grams in parts.values() for gram in grams)
    options: list[Option] = []
    for target in targets:
        if _address(target.url) in linked:
            continue
        keyword = tuple(_plain_words(target.keyword))
        is_word = len(keyword) > 1 or (bool(keyword) and len(keyword[0]) >= _ONE_WORD)
        if is_word and len(keyword) <= _LONGEST and keyword in there and keyword not in own:
            options.append(Option(target, keyword, by_keyword=True))
            continue
        found = [gram for gram in parts[target.ref] if gram in there and gram not in own and shared[gram] == 1]
        if found:
            options.append(Option(target, max(found, key=lambda gram: (len(gram), gram)), by_keyword=False))
    return options


def with_internal_links(html: str, links: Sequence[tuple[Words, str]]) -> tuple[str, list[int]]:
    """The text with links at words of it, and which of them could be put in, by their places in the list.

    Each is put at the first place where its words are, in a paragraph or the like that has no link yet; never into
    headings, links, code and captions, and none to where the text leads already.
    """
    nodes = parse(sanitize(html))
    linked = {_address(url) for url in _linked(nodes)}
    placed: list[int] = []
    for number, (phrase, url) in enumerate(links):
        if _address(url) not in linked and any(_place(block, phrase, url) for block in _blocks(nodes)):
            linked.add(_address(url))
            placed.append(number)
    return (html_of(nodes) if placed else html), placed


def _place(block: Element, phrase: Words, url: str) -> bool:
    """Put a link into the block, if it has none and the words."""
    if any(True for _ in _linked(block.children)):
        return False
    for parent, index in list(_texts(block)):
        text = parent.children[index]
        for words in _words(str(text)):
            for start in range(len(words) - len(phrase) + 1):
                run = words[start : start + len(phrase)]
                if tuple(word for word, _, _ in run) == phrase:
                    first, last = run[0][1], run[-1][2]
                    link = Element("a", {"href": url}, [str(text)[first:last]])
                    around: list[Element | str] = [str(text)[:first], link, str(text)[last:]]
                    parent.children[index : index + 1] = [part for part in around if part != ""]
                    return True
    return False


def _blocks(nodes: Iterable[Element | str]) -> Iterator[Element]:
    """The innermost elements that a link may be put into."""
    for node in nodes:
        if isinstance(node, str) or node.tag in _CLOSED:
            continue
        inner = list(_blocks(node.children))
        if node.tag in _BLOCKS and not inner:
            yield node
        else:
            yield from inner


def _texts(parent: Element) -> Iterator[tuple[Element, int]]:
    for index, child in enumerate(parent.children):
        if isinstance(child, str):
            yield parent, index
        elif child.tag not in _CLOSED:
            yield from _texts(child)


def _linked(nodes: Iterable[Element | str]) -> Iterator[str]:
    """Where the links lead."""
    for node in nodes:
        if isinstance(node, Element):
            if node.tag == "a":
                yield node.attributes.get("href", "")
            yield from _linked(node.children)


def _stretches(nodes: Iterable[Element | str]) -> Iterator[list[tuple[str, int, int]]]:
    """The words that links can be put at, in stretches with nothing but white space between them."""
    for block in _blocks(nodes):
        for parent, index in _texts(block):
            yield from _words(str(parent.children[index]))


def _words(text: str) -> list[list[tuple[str, int, int]]]:
    stretches: list[list[tuple[str, int, int]]] = []
    end = None
    for match in _WORD.finditer(text):
        if end is None or text[end : match.start()].strip():
            stretches.append([])
        stretches[-1].append((match.group().casefold(), match.start(), match.end()))
        end = match.end()
    return stretches


def _plain_words(text: str) -> list[str]:
    return [word for stretch in _words(text) for word, _, _ in stretch]


def _grams(words: Sequence[str], least: int) -> Iterator[Words]:
    for start in range(len(words)):
        for end in range(start + least, min(start + _LONGEST, len(words)) + 1):
            yield tuple(words[start:end])


def _parts(title: str) -> set[Words]:
    """The parts of a title that say what it is about: two words and more, with nothing empty at either end."""
    return {
        gram
        for stretch in _words(title)
        for gram in _grams([word for word, _, _ in stretch], 2)
        if not carries_no_subject(gram[0]) and not carries_no_subject(gram[-1])
    }


def _address(url: str) -> str:
    return url.partition("#")[0].rstrip("/")


def ranked(options: Sequence[Option], closeness: Mapping[str, float], least: float) -> list[Option]:
    """The options that are worth a link, best first: same cluster, then how close the titles are.

    Words of a title lead to posts that are close enough only; a keyword is what its post is about, wherever it stands.
    """
    worth = [
        option
        for option in options
        if option.target.is_near or option.by_keyword or closeness[option.target.ref] >= least
    ]
    return sorted(
        worth, key=lambda option: (not option.target.is_near, -closeness[option.target.ref], option.target.ref)
    )

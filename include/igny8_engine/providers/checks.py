"""What is wrong with an answer, in sentences that a model can act on. An empty list means nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from igny8_engine.providers.outputs import IdeasAnswer, ImprovementAnswer, PageAnswer, StructureAnswer, TextAnswer
from igny8_engine.writing.model import ClusterBrief

ARTICLE_WORDS = 400
PAGE_WORDS = 150
_INTRODUCTION_WORDS = range(20, 221)
_DEEPEST = 3
_LONGEST_CHECKED_KEYWORD = 55
"""A keyword that alone fills a title cannot be asked for in it."""

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)?")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PLACEHOLDER = re.compile(
    r"lorem ipsum|\{\{|\bTODO\b|\bTBD\b|\[(?:insert|add|your|todo|link|image|name|company|brand)\b[^\]]*\]"
    r"|\bas an ai\b|\bas a language model\b",
    re.IGNORECASE,
)


def word_count(text: str) -> int:
    """The number of words; scripts that put no spaces between words count two characters as one."""
    return len(_WORD.findall(_UNSPACED.sub(" ", text))) + len(_UNSPACED.findall(text)) // 2


def mentions(text: str, phrase: str) -> bool:
    """Whether every word of the phrase is in the text, in any order; singular and plural are the same."""
    words = [_stem(word) for word in _WORD.findall(text.casefold())]
    return all(
        any(word.startswith(_stem(wanted)) for word in words)
        or (_UNSPACED.search(wanted) and wanted in text.casefold())
        for wanted in _WORD.findall(phrase.casefold())
    )


def _stem(word: str) -> str:
    return word.removesuffix("s") if len(word) > len("gas") else word


def idea_problems(answer: IdeasAnswer, cluster: ClusterBrief, count: int, taken: Iterable[str]) -> list[str]:
    """What is wrong with ideas for this cluster."""
    phrases = {fact.phrase.casefold() for fact in cluster.keywords}
    seen = {title.casefold() for title in taken}
    problems = []
    if len(answer.ideas) > count:
        problems.append(f"There are {len(answer.ideas)} ideas; give {count}.")
    for idea in answer.ideas:
        if idea.keyword.casefold() not in phrases:
            problems.append(f"The keyword {idea.keyword!r} is not one of the cluster's phrases; copy one exactly.")
        problems += _title_problems("The title", idea.title, idea.keyword)
        if idea.title.casefold() in seen:
            problems.append(f"The title {idea.title!r} is taken; find another one.")
        seen.add(idea.title.casefold())
        if len({heading.casefold() for heading in idea.outline}) < len(idea.outline):
            problems.append(f"The outline of {idea.title!r} repeats a heading.")
    return problems


def text_problems(answer: TextAnswer, keyword: str | None, least_words: int) -> list[str]:
    """What is wrong with an article or page on this keyword."""
    problems = _title_problems("The title", answer.title, keyword) if keyword else []
    if keyword and not mentions(f"{answer.introduction} {answer.meta_description}", keyword):
        problems.append(f"Neither introduction nor meta description holds the main keyword {keyword!r}.")
    parts = [answer.introduction, *(section.body for section in answer.sections), *(item.answer for item in answer.faq)]
    if (words := word_count(" ".join(parts))) < least_words:
        problems.append(f"The text has {words} words; it needs at least {least_words}. Say more in each section.")
    headings = [section.heading.casefold() for section in answer.sections]
    if len(set(headings)) < len(headings):
        problems.append("Two sections have the same heading.")
    return problems + _leftovers((answer.title, answer.meta_title, answer.meta_description, answer.excerpt, *parts))


def improvement_problems(answer: ImprovementAnswer, keyword: str) -> list[str]:
    """What is wrong with a new beginning of a text on this keyword."""
    problems = _title_problems("The title", answer.title, keyword)
    for name, text in (("meta description", answer.meta_description), ("introduction", answer.introduction)):
        if not mentions(text, keyword):
            problems.append(f"The {name} does not hold the focus keyword {keyword!r}.")
    if (words := word_count(answer.introduction)) not in _INTRODUCTION_WORDS:
        problems.append(f"The introduction has {words} words; it needs 40 to 150.")
    return problems + _leftovers((answer.title, answer.meta_description, answer.introduction))


def structure_problems(answer: StructureAnswer, clusters: Sequence[ClusterBrief]) -> list[str]:
    """What keeps the pages from being one tree with a page for each cluster."""
    pages = answer.pages
    by_key = {page.key: page for page in pages}
    problems = [
        *_repeated("key", pages, lambda page: page.key),
        *_repeated("slug", pages, lambda page: page.slug),
        *_repeated("cluster", pages, lambda page: page.cluster),
    ]
    roots = [page.key for page in pages if page.parent is None]
    if len(roots) != 1:
        problems.append(f"Exactly one page, the home page, has no parent; here {len(roots)} have none: {roots}.")
    for page in pages:
        if page.parent is not None and page.parent not in by_key:
            problems.append(f"The parent {page.parent!r} of {page.key!r} is not the key of a page.")
        elif (depth := _depth(page, by_key)) is None:
            problems.append(f"The page {page.key!r} is below itself.")
        elif depth > _DEEPEST:
            problems.append(f"The page {page.key!r} is {depth} levels below the home page; at most {_DEEPEST}.")
    names = {cluster.name for cluster in clusters}
    used = {page.cluster for page in pages if page.cluster is not None}
    problems += [f"There is no cluster {name!r}." for name in sorted(used - names)]
    problems += [f"The cluster {name!r} has no page." for name in sorted(names - used)]
    return problems


def _depth(page: PageAnswer, by_key: dict[str, PageAnswer]) -> int | None:
    depth, here = 0, page
    while here.parent is not None and here.parent in by_key:
        depth, here = depth + 1, by_key[here.parent]
        if depth > len(by_key):
            return None
    return depth


def _repeated(what: str, pages: Sequence[PageAnswer], value: Callable[[PageAnswer], str | None]) -> list[str]:
    values = [found for page in pages if (found := value(page)) is not None]
    return [f"More than one page has the {what} {found!r}." for found in sorted(set(values)) if values.count(found) > 1]


def _title_problems(what: str, title: str, keyword: str) -> list[str]:
    if len(keyword) > _LONGEST_CHECKED_KEYWORD or mentions(title, keyword):
        return []
    return [f"{what} {title!r} does not hold all words of the keyword {keyword!r}."]


def _leftovers(texts: Iterable[str]) -> list[str]:
    found = (_PLACEHOLDER.search(text) for text in texts)
    return [
        f"{match.group(0)!r} looks like a placeholder or a note; write the text itself." for match in found if match
    ]

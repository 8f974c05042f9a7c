"""How close two titles are, as far as a reader of both would say that they promise the same article.

Measured on the pairs of tests/data/twin_titles.csv, half of them near misses of the same subject.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np

from igny8_engine.clustering.sentence_vectors import SentenceVectors, sentence_vectors
from igny8_engine.clustering.words import comparable

KEPT = 20_000
"""How many titles' vectors are kept at most, 1.5 kB each: a title is read once, however often it is compared."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"^(?:19|20)\d\d$")

_vectors: OrderedDict[str, SentenceVectors] = OrderedDict()
_lock = Lock()


def closeness(title: str, others: Sequence[str]) -> list[float]:
    """How close a title is to each of the others: 1 for the same, about 0 for unrelated ones; two decimals.

    Titles with different numbers in them, years aside, are not close at all: what costs less than 500 is not what costs
    less than 1000, and no vector tells.
    """
    if not others:
        return []
    own, *rest = _read([title, *others])
    alike = np.clip(np.stack(rest) @ own, 0, 1)
    return [
        0.0 if _differ(title, other) else round(float(value), 2) for other, value in zip(others, alike, strict=True)
    ]


def remember(titles: Sequence[str]) -> None:
    """Read titles beforehand, so that comparing them takes no time where that matters."""
    _read(titles)


def _read(titles: Sequence[str]) -> list[SentenceVectors]:
    wanted = [comparable(title) for title in titles]
    with _lock:
        known = {title: _vectors[title] for title in wanted if title in _vectors}
    new = [title for title in dict.fromkeys(wanted) if title not in known]
    known.update(zip(new, sentence_vectors(new, together=False), strict=True))
    with _lock:
        for title in wanted:
            _vectors[title] = known[title]
            _vectors.move_to_end(title)
        while len(_vectors) > KEPT:
            _vectors.popitem(last=False)
    return [known[title] for title in wanted]


def _differ(one: str, other: str) -> bool:
    first, second = _numbers(one), _numbers(other)
    return bool(first) and bool(second) and first != second


def _numbers(title: str) -> set[str]:
    return {number for number in _NUMBER.findall(title) if not _YEAR.match(number)}

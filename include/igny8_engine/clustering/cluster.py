"""The two ways to cluster phrases: from the phrases alone, or with vectors of an embedding model."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from igny8_engine.clustering.errors import VectorsError
from igny8_engine.clustering.partition import FEWEST_FOR_SILHOUETTE, partition
from igny8_engine.clustering.sentence_vectors import sentence_vectors
from igny8_engine.clustering.similarity import shared_words, similarities, vector_similarities
from igny8_engine.clustering.static_vectors import Labels, Matrix
from igny8_engine.clustering.words import comparable

MOST_AT_ONCE = 3_000
"""Phrases that are compared each with each."""
REFERENCE = 2_000
"""Phrases that a later one is compared with."""
BATCH = 1_000
"""Later phrases that are placed at once."""

_Likeness = Callable[[list[str], list[int], Labels | None], Matrix]
"""The likeness of comparable phrases, given where each stands in the input and a first grouping."""


def cluster_phrases(phrases: Sequence[str]) -> list[int]:
    """A label from 0 on for each phrase; phrases with the same label are after the same thing.

    The number of clusters is found. Labels are numbered by first appearance. The same phrases always give the same
    clusters, in whatever order they come; phrases that differ only in case, width or white space share a label.
    Fewer than eight phrases are compared by the words they share alone, as there is nothing to learn from.
    Works offline. Of more than 3,000 phrases the first 3,000 by their hash are clustered and the others join the
    clusters of their nearest phrases, so that memory stays below 1 GiB.
    """
    every = sorted({comparable(phrase) for phrase in phrases})
    row = {key: index for index, key in enumerate(every)}
    # Read once, as this takes most of the time, and later phrases are compared with the same ones again and again.
    sentences = None if _few(every) else sentence_vectors(every)

    def likeness(unique: list[str], _: list[int], groups: Labels | None) -> Matrix:
        if sentences is None:
            return shared_words(unique)
        return similarities(unique, sentences[[row[key] for key in unique]], groups)

    return _cluster(phrases, likeness)


def cluster_vectors(phrases: Sequence[str], vectors: Sequence[Sequence[float]]) -> list[int]:
    """The same, by the meaning that an embedding model gives each phrase: one vector per phrase, all of one length.

    Raises:
        VectorsError: the vectors don't fit the phrases.
    """
    if len(vectors) != len(phrases):
        raise VectorsError(f"there are {len(vectors)} vectors for {len(phrases)} phrases")
    lengths = sorted({len(vector) for vector in vectors})
    if len(lengths) > 1 or lengths == [0]:
        raise VectorsError(f"their lengths are {', '.join(str(length) for length in lengths)}, not one length above 0")
    matrix = np.array(vectors, dtype=np.float64).reshape(len(phrases), lengths[0] if lengths else 0)
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if len(bad):
        raise VectorsError(f"vector {int(bad[0])} (of {phrases[int(bad[0])][:80]!r}) holds values that aren't numbers")

    def likeness(unique: list[str], first: list[int], groups: Labels | None) -> Matrix:
        return shared_words(unique) if _few(unique) else vector_similarities(unique, matrix[first], groups)

    return _cluster(phrases, likeness)


def _core(unique: list[str]) -> tuple[list[str], list[str]]:
    """The phrases to be clustered together, and the ones that join them."""
    if len(unique) <= MOST_AT_ONCE:
        return unique, []
    # By hash: a selection that no order of the alphabet slants, and the same one in every process.
    mixed = sorted(unique, key=lambda key: hashlib.sha256(key.encode()).digest())
    return mixed[:MOST_AT_ONCE], sorted(mixed[MOST_AT_ONCE:])


def _few(unique: Sequence[str]) -> bool:
    return len(unique) < FEWEST_FOR_SILHOUETTE


def _cluster(phrases: Sequence[str], likeness: _Likeness) -> list[int]:
    first: dict[str, int] = {}
    keys = [comparable(phrase) for phrase in phrases]
    for index, key in enumerate(keys):
        first.setdefault(key, index)
    # Sorted, so that neither the order of the input nor its duplicates move a border.
    unique = sorted(first)
    core, others = _core(unique)
    places = [first[key] for key in core]
    rough = partition(likeness(core, places, None))
    labels = partition(likeness(core, places, rough))
    found = dict(zip(core, labels.tolist(), strict=True))
    for start in range(0, len(others), BATCH):
        batch = others[start : start + BATCH]
        both = core[:REFERENCE] + batch
        near = likeness(both, [first[key] for key in both], None)[REFERENCE:, :REFERENCE]
        for key, row in zip(batch, near, strict=True):
            found[key] = found[core[int(np.argmax(row))]]
    numbers: dict[int, int] = {}
    return [numbers.setdefault(found[key], len(numbers)) for key in keys]

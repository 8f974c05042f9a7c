"""How alike phrases are.

Four views, each blind where another sees:

- *sentence*: the phrase as a small language model reads it, less what the whole set has in common;
- *meaning*: the phrase as the sum of its word vectors, less the same;
- *words*: the stems that two phrases share;
- *alignment*: how well each word of one phrase is answered by the nearest word of the other.

In the last three a word that many phrases of the set share (the head word of the export) counts little, and a word that
several phrases share counts more than one that occurs once. Inverse document frequency would reward the single ones,
and measured worse than no weighting at all: a group of searches is told by the words that recur in it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from igny8_engine.clustering.sentence_vectors import SentenceVectors
from igny8_engine.clustering.static_vectors import Labels, Matrix, word_vectors
from igny8_engine.clustering.words import stem, subject_words, words

RECURRENCE = 0.1
"""The power of a word's number of phrases in its weight."""
HEAD_SHARE = 1 / 12
"""A word in this share of all phrases weighs half of what it would."""
WORDS_SHARE = 0.3
"""What the shared stems count beside the meaning."""
ALIGNMENT_SHARE = 0.5
"""What the alignment counts beside meaning and stems."""
SENTENCE_SHARE = 0.6
"""What the sentence counts beside all the others; from 0.5 to 0.7 the quality is the same."""
CONCENTRATION = 0.5
"""The power of a word's concentration in its weight, once there are groups."""
AVERAGE_COUNTS = 2
"""Phrases for which the average concentration counts in that of a word, so that rare words aren't believed blindly."""
_TINY = 1e-9


def similarities(phrases: Sequence[str], sentences: SentenceVectors, groups: Labels | None = None) -> Matrix:
    """The likeness of every two phrases, shape (n, n), symmetric, 1 on the diagonal, about 0 for unrelated ones.

    ``phrases`` are in their comparable form and all different; ``sentences`` has a row for each. ``groups`` is a first
    grouping of them, if there is one: then words that keep to few groups ("tamper") count more than those that occur in
    all of them ("best", "cost").
    """
    if not phrases:
        return np.zeros((0, 0))
    read = centred(sentences.astype(np.float64))
    every, every_words = _incidence(phrases, words)
    subject, subject_vocabulary = _incidence(phrases, subject_words)
    vectors = word_vectors(subject_vocabulary)
    plain = centred(every @ word_vectors(every_words))
    weights = _weights(subject, groups)
    weighted = centred(_scaled(subject, weights) @ vectors)
    meaning = (plain @ plain.T + weighted @ weighted.T) / 2
    mixed = (1 - WORDS_SHARE) * meaning + WORDS_SHARE * shared_words(phrases, groups)
    aligned = _doubly_centred(_alignment(subject, subject_vocabulary, vectors, weights))
    by_words = (1 - ALIGNMENT_SHARE) * mixed + ALIGNMENT_SHARE * aligned
    return _tidy((1 - SENTENCE_SHARE) * by_words + SENTENCE_SHARE * (read @ read.T))


def vector_similarities(phrases: Sequence[str], vectors: Matrix, groups: Labels | None = None) -> Matrix:
    """The same for phrases whose meaning is given by vectors of an embedding model, shape (n, dimensions)."""
    meaning = centred(vectors)
    return _tidy((1 - WORDS_SHARE) * (meaning @ meaning.T) + WORDS_SHARE * shared_words(phrases, groups))


def shared_words(phrases: Sequence[str], groups: Labels | None = None) -> Matrix:
    """The cosine of the phrases' weighted stems, shape (n, n)."""
    stems, _ = _incidence(phrases, lambda phrase: [stem(word) for word in subject_words(phrase)])
    rows = _scaled(stems, _weights(stems, groups))
    lengths = np.sqrt(np.asarray(rows.power(2).sum(axis=1), dtype=np.float64).ravel())
    unit = sparse.diags(1 / np.maximum(lengths, _TINY)) @ rows
    return np.asarray((unit @ unit.T).toarray(), dtype=np.float64)


def centred(vectors: Matrix) -> Matrix:
    """Unit rows without the mean of the set: what all phrases of one subject share would hide what tells them apart."""
    unit = _unit(vectors)
    return _unit(unit - unit.mean(axis=0))


def _unit(rows: Matrix) -> Matrix:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), _TINY), dtype=np.float64)


def _scaled(incidence: sparse.csr_matrix, weights: NDArray[np.float64]) -> sparse.csr_matrix:
    return sparse.csr_matrix(incidence @ sparse.diags(weights))


def _incidence(phrases: Sequence[str], split: Callable[[str], list[str]]) -> tuple[sparse.csr_matrix, list[str]]:
    """Which word is in which phrase, shape (phrases, words), and the words in order."""
    contents = [sorted(set(split(phrase))) for phrase in phrases]
    vocabulary = sorted({word for content in contents for word in content})
    column = {word: index for index, word in enumerate(vocabulary)}
    rows = np.repeat(np.arange(len(phrases)), [len(content) for content in contents])
    columns = np.array([column[word] for content in contents for word in content], dtype=np.int64)
    ones = np.ones(len(columns))
    return sparse.csr_matrix((ones, (rows, columns)), shape=(len(phrases), len(vocabulary))), vocabulary


def _weights(incidence: sparse.csr_matrix, groups: Labels | None) -> NDArray[np.float64]:
    count = np.asarray(incidence.sum(axis=0), dtype=np.float64).ravel()
    share = count / max(incidence.shape[0], 1)
    weights = np.asarray(np.power(np.maximum(count, 1), RECURRENCE) / (1 + (share / HEAD_SHARE) ** 2))
    return weights if groups is None else weights * _concentration(incidence, groups, count)


def _concentration(incidence: sparse.csr_matrix, groups: Labels, count: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each word, the chance that two of its phrases are in the same group, beside the average of all words."""
    members: sparse.csr_matrix[np.float64] = sparse.csr_matrix((np.ones(len(groups)), (groups, np.arange(len(groups)))))
    spread = sparse.csr_matrix(members @ incidence)
    together = np.asarray(spread.multiply(spread).sum(axis=0), dtype=np.float64).ravel() - count
    recurs = count > 1
    if not recurs.any():
        return np.ones_like(count)
    chance = together[recurs] / (count[recurs] * (count[recurs] - 1))
    average = max(float(chance.mean()), _TINY)
    ratio = np.ones_like(count)
    ratio[recurs] = (chance * count[recurs] + average * AVERAGE_COUNTS) / (count[recurs] + AVERAGE_COUNTS) / average
    return np.asarray(ratio**CONCENTRATION)


def _alignment(
    subject: sparse.csr_matrix, vocabulary: Sequence[str], vectors: Matrix, weights: NDArray[np.float64]
) -> Matrix:
    """For each phrase, how well the nearest of its words answers each word of the other, weighted by that word."""
    unit = _unit(vectors)
    unit = _unit(unit - unit.mean(axis=0))
    near = np.maximum((unit @ unit.T).astype(np.float32), 0)
    of_stem: dict[str, list[int]] = {}
    for index, word in enumerate(vocabulary):
        of_stem.setdefault(stem(word), []).append(index)
    for same in of_stem.values():
        near[np.ix_(same, same)] = 1
    answers = np.zeros(subject.shape, dtype=np.float32)
    for row in range(subject.shape[0]):
        own = subject.indices[subject.indptr[row] : subject.indptr[row + 1]]
        if len(own):
            answers[row] = near[own].max(axis=0)
    weighted = _scaled(subject, weights * np.sqrt(np.linalg.norm(vectors, axis=1)))
    total = np.maximum(np.asarray(weighted.sum(axis=1), dtype=np.float64).ravel(), _TINY)
    one_way = np.asarray((sparse.diags(1 / total) @ weighted) @ answers.T, dtype=np.float64)
    return np.asarray((one_way + one_way.T) / 2)


def _doubly_centred(likeness: Matrix) -> Matrix:
    """Likeness less what is usual for either phrase, scaled back to 1 on the diagonal."""
    mean = likeness.mean(axis=0)
    centre = likeness - mean[None, :] - mean[:, None] + likeness.mean()
    scale = np.sqrt(np.maximum(np.diag(centre), _TINY))
    return np.asarray(centre / np.outer(scale, scale), dtype=np.float64)


def _tidy(likeness: Matrix) -> Matrix:
    # Rounding makes the result independent of how the sums were split among processor cores.
    even = np.asarray(np.round(np.clip((likeness + likeness.T) / 2, -1, 1), 6), dtype=np.float64)
    np.fill_diagonal(even, 1)
    return even

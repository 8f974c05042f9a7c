"""From likenesses to groups: how many there are is found here."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from igny8_engine.clustering.static_vectors import Labels, Matrix

NEIGHBOURS = 12
HOPS = 4
STEP = 0.5
"""Each hop moves a phrase half-way towards its neighbours."""
FINENESS = 0.05
"""How much of the best silhouette is given up for smaller groups: one group per article beats one per subject."""
FEWEST_FOR_SILHOUETTE = 8
ALIKE = 0.35
"""Fewer phrases than that have no structure to learn from; they belong together from this likeness on."""
LEAST_SILHOUETTE = 0.04
"""Below that no cut is better than none: all phrases are one group."""
SMALLEST_MEAN_SIZE = 3
STEPS = 36
"""Cuts that are tried, evenly spread over the orders of magnitude, beside every one into few groups."""
EVERY_SIZE = 40
NEAR = 0.7
"""The spread likeness from which on a single phrase joins a group."""


def partition(likeness: Matrix) -> Labels:
    """A label for each row of a likeness matrix of shape (n, n). Deterministic."""
    count = len(likeness)
    if count < FEWEST_FOR_SILHOUETTE:
        return _by_threshold(likeness)
    spread = _spread(likeness)
    tree = linkage(_condensed(np.sqrt(np.maximum(2 - 2 * spread, 0))), "ward")
    most = max(2, count // SMALLEST_MEAN_SIZE)
    coarse = {round(2 * (most / 2) ** (step / STEPS)) for step in range(STEPS + 1)}
    sizes = sorted(coarse.union(range(2, min(most, EVERY_SIZE) + 1)), reverse=True)
    cuts = [np.asarray(fcluster(tree, size, "maxclust"), dtype=np.int64) - 1 for size in sizes]
    scores = _silhouettes(likeness, cuts)
    best = max(scores)
    if best < LEAST_SILHOUETTE:
        return np.zeros(count, dtype=np.int64)
    finest = next(cut for cut, score in zip(cuts, scores, strict=True) if score >= best * (1 - FINENESS))
    return _without_singles(finest, spread)


def _by_threshold(likeness: Matrix) -> Labels:
    if len(likeness) < 2:  # noqa: PLR2004 - a tree needs two leaves
        return np.zeros(len(likeness), dtype=np.int64)
    # Two phrases of the same words can be alike by a hair more than 1, and no distance is negative.
    tree = linkage(_condensed(np.maximum(1 - likeness, 0)), "average")
    return np.asarray(fcluster(tree, 1 - ALIKE, "distance"), dtype=np.int64) - 1


def _spread(likeness: Matrix) -> Matrix:
    """Likeness after each phrase has taken on some of its neighbours, shape (n, n), 1 on the diagonal.

    Two phrases that share no word and no meaning still meet when a third is near both.
    """
    count = len(likeness)
    near = likeness.copy()
    np.fill_diagonal(near, -2)
    neighbours = np.argsort(-near, axis=1, kind="stable")[:, : min(NEIGHBOURS, count - 1)]
    rows = np.repeat(np.arange(count), neighbours.shape[1])
    columns = neighbours.ravel()
    edges: sparse.csr_matrix[np.float64] = sparse.csr_matrix(
        (np.maximum(near[rows, columns], 0), (rows, columns)), shape=(count, count)
    )
    graph = edges.maximum(edges.T).tocsr()
    degree = np.asarray(graph.sum(axis=1), dtype=np.float64).ravel()
    scale = sparse.diags(1 / np.sqrt(np.where(degree > 0, degree, 1)))
    hop = ((1 - STEP) * sparse.identity(count) + STEP * (scale @ graph @ scale)).tocsr()
    # Single precision halves the time of the longest step, and is far finer than what the rounding keeps.
    step = hop.astype(np.float32)
    moved: NDArray[np.floating] = likeness.astype(np.float32)
    for _ in range(HOPS):
        moved = step @ moved
    for _ in range(HOPS):
        moved = (step @ moved.T).T
    length = np.sqrt(np.maximum(np.diag(moved), 1e-12))
    return np.asarray(np.round(np.clip(moved / np.outer(length, length), -1, 1), 5), dtype=np.float64)


def _silhouettes(likeness: Matrix, cuts: Sequence[Labels]) -> list[float]:
    """For each of the nested cuts, the finest first, how much nearer phrases are to their own group than to the next.

    The mean over all phrases, -1 to 1. By the likeness as it is, not as it was spread: the spread one praises every cut
    that it caused.
    """
    finer = np.arange(len(likeness))
    sums = likeness
    scores = []
    for cut in cuts:
        # What the phrases of a group are alike in all, from the groups of the finer cut that it consists of.
        parent = np.zeros(int(np.max(finer)) + 1, dtype=np.int64)
        parent[finer] = cut
        sums = np.asarray(sparse.csr_matrix((np.ones(len(parent)), (parent, np.arange(len(parent))))) @ sums)
        finer = cut
        scores.append(_silhouette(sums, cut))
    return scores


def _silhouette(sums: Matrix, labels: Labels) -> float:
    """The silhouette of one cut, from each group's summed likeness to each phrase, shape (groups, n)."""
    size = np.bincount(labels).astype(np.float64)
    if len(size) < 2:  # noqa: PLR2004 - one group has no next one
        return 0.0
    column = np.arange(len(labels))
    own_size = size[labels]
    inside = (own_size - sums[labels, column]) / np.maximum(own_size - 1, 1)
    distance = 1 - sums / size[:, None]
    distance[labels, column] = np.inf
    outside = distance.min(axis=0)
    value = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
    return float(np.where(own_size > 1, value, 0).mean())


def _without_singles(labels: Labels, spread: Matrix) -> Labels:
    """Single phrases join the group that they are nearest to, unless they are far from all."""
    size = np.bincount(labels)
    groups = np.flatnonzero(size > 1)
    singles = np.flatnonzero(size[labels] == 1)
    if not len(groups) or not len(singles):
        return labels
    members: sparse.csr_matrix[np.float64] = sparse.csr_matrix(
        (np.ones(len(labels)), (labels, np.arange(len(labels))))
    )[groups]
    nearness = np.asarray(members @ spread[:, singles]) / size[groups][:, None]
    joined = labels.copy()
    near = nearness.max(axis=0) >= NEAR
    joined[singles[near]] = groups[nearness.argmax(axis=0)[near]]
    return joined


def _condensed(distance: Matrix) -> Matrix:
    even = (distance + distance.T) / 2
    np.fill_diagonal(even, 0)
    return np.asarray(squareform(even, checks=False))

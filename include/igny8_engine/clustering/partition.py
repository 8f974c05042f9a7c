"""From likenesses to groups: how many there are is found here."""

from __future__ import annotations

import numpy as np
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


def partition(likeness: Matrix) -> Labels:
    """A label for each row of a likeness matrix of shape (n, n). Deterministic."""
    count = len(likeness)
    if count < FEWEST_FOR_SILHOUETTE:
        return _by_threshold(likeness)
    tree = linkage(_condensed(np.sqrt(np.maximum(2 - 2 * _spread(likeness), 0))), "ward")
    most = max(2, count // SMALLEST_MEAN_SIZE)
    sizes = sorted({min(most, max(2, round(2 * (most / 2) ** (step / 48)))) for step in range(49)})
    cuts = [np.asarray(fcluster(tree, size, "maxclust"), dtype=np.int64) - 1 for size in sizes]
    scores = np.array([_silhouette(likeness, cut) for cut in cuts])
    best = float(scores.max())
    if best < LEAST_SILHOUETTE:
        return np.zeros(count, dtype=np.int64)
    good_enough = np.flatnonzero(scores >= best * (1 - FINENESS))
    return cuts[int(good_enough[-1])]


def _by_threshold(likeness: Matrix) -> Labels:
    if len(likeness) < 2:  # noqa: PLR2004 - a tree needs two leaves
        return np.zeros(len(likeness), dtype=np.int64)
    tree = linkage(_condensed(1 - likeness), "average")
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
    edges = sparse.csr_matrix((np.maximum(near[rows, columns], 0), (rows, columns)), shape=(count, count))
    graph = edges.maximum(edges.T).tocsr()
    degree = np.asarray(graph.sum(axis=1), dtype=np.float64).ravel()
    scale = sparse.diags(1 / np.sqrt(np.where(degree > 0, degree, 1)))
    hop = ((1 - STEP) * sparse.identity(count) + STEP * (scale @ graph @ scale)).tocsr()
    moved = likeness
    for _ in range(HOPS):
        moved = hop @ moved
    for _ in range(HOPS):
        moved = (hop @ moved.T).T
    length = np.sqrt(np.maximum(np.diag(moved), 1e-12))
    return np.asarray(np.round(np.clip(moved / np.outer(length, length), -1, 1), 6))


def _silhouette(likeness: Matrix, labels: Labels) -> float:
    """How much nearer the phrases are to their own group than to the next one, the mean over all, -1 to 1.

    By the likeness as it is, not as it was spread: the spread one praises every cut that it caused.
    """
    groups = int(labels.max()) + 1
    if groups < 2:  # noqa: PLR2004 - one group has no next one
        return 0.0
    members = sparse.csr_matrix((np.ones(len(labels)), (labels, np.arange(len(labels)))), shape=(groups, len(labels)))
    size = np.bincount(labels).astype(np.float64)
    distance = np.asarray(size[None, :] - (members @ likeness).T)
    row = np.arange(len(labels))
    own_size = size[labels]
    inside = distance[row, labels] / np.maximum(own_size - 1, 1)
    distance /= size[None, :]
    distance[row, labels] = np.inf
    outside = distance.min(axis=1)
    value = (outside - inside) / np.maximum(np.maximum(inside, outside), 1e-9)
    return float(np.where(own_size > 1, value, 0).mean())


def _condensed(distance: Matrix) -> Matrix:
    even = (distance + distance.T) / 2
    np.fill_diagonal(even, 0)
    return np.asarray(squareform(even, checks=False))

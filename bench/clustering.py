"""How good the offline clustering is, on every labelled set, beside char n-gram TF-IDF.

    python bench/clustering.py            # the table
    python bench/clustering.py --held-out # with the sets that nothing was tuned on

Columns: V-measure, homogeneity and completeness of ours with the number of clusters it found; the baseline's V-measure
(char_wb 3- to 5-grams, average linkage, cosine) with the true number of groups, and with the number found by
silhouette; then time and peak memory for 2,000 phrases.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import resource
import sys
import time
from pathlib import Path

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import completeness_score, homogeneity_score, silhouette_score, v_measure_score

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "include"), str(ROOT / "plugins")]

from igny8_engine.clustering import cluster_phrases  # noqa: E402

SETS = ROOT / "tests" / "data" / "clusters"
HELD_OUT = ("dog-care", "cycling", "home-renovation", "japan-travel", "email-marketing")


def read(path: Path) -> tuple[list[str], list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["phrase"] for row in rows], [row["group"] for row in rows]


def baseline(phrases: list[str], groups: list[str]) -> tuple[float, float, int]:
    """The V-measure with the true number of groups, the one with the number by silhouette, and that number."""
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(phrases)
    distance = np.clip(1 - (grams @ grams.T).toarray(), 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    true = v_measure_score(groups, fcluster(tree, len(set(groups)), "maxclust"))
    scored = {}
    for size in range(2, len(phrases) // 3):
        cut = fcluster(tree, size, "maxclust")
        if len(set(cut)) > 1:
            scored[size] = silhouette_score(distance, cut, metric="precomputed")
    size = max(scored, key=lambda found: scored[found])
    return true, v_measure_score(groups, fcluster(tree, size, "maxclust")), size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--held-out", action="store_true", help="also the sets that nothing was tuned on")
    wanted = parser.parse_args()
    print(
        f"{'set':22}{'phrases':>8}{'groups':>7} |{'V':>6}{'hom':>6}{'com':>6}{'k':>4}{'single':>7}{'max':>4} | baseline"
    )
    everything: list[str] = []
    for path in sorted(SETS.glob("*.csv"), key=lambda found: (found.stem in HELD_OUT, found.stem)):
        phrases, groups = read(path)
        everything += phrases
        if path.stem in HELD_OUT and not wanted.held_out:
            continue
        labels = cluster_phrases(phrases)
        sizes = np.bincount(labels)
        true, auto, auto_size = baseline(phrases, groups)
        name = path.stem + (" (held out)" if path.stem in HELD_OUT else "")
        print(
            f"{name:22}{len(phrases):8}{len(set(groups)):7} |{v_measure_score(groups, labels):6.3f}"
            f"{homogeneity_score(groups, labels):6.3f}{completeness_score(groups, labels):6.3f}{len(sizes):4}"
            f"{int((sizes == 1).sum()):7}{int(sizes.max()):4} | {true:.3f}, {auto:.3f} ({auto_size})"
        )
    more = (f"{phrase} {extra}" for extra in ("near me", "for a friend") for phrase in everything)
    many = list(itertools.islice(itertools.chain(everything, more), 2_000))
    start = time.perf_counter()
    found = len(set(cluster_phrases(many)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(many)} phrases: {time.perf_counter() - start:.1f} s, {found} clusters, peak {peak:.0f} MiB")


if __name__ == "__main__":
    main()

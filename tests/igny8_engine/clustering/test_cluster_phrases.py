"""Clusters of search phrases: how good, how stable, and what odd input does to them."""

# ruff: noqa: RUF001 - letters of other widths are the point

from __future__ import annotations

import csv
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import silhouette_score, v_measure_score

from igny8_engine.clustering import cluster_phrases, cluster_vectors
from igny8_engine.clustering.errors import VectorsError
from igny8_engine.clustering.static_vectors import word_vectors
from igny8_engine.clustering.words import comparable, stem, subject_words, words

ROOT = Path(__file__).parents[3]
SETS = ROOT / "tests" / "data" / "clusters"
ODD = [
    "", "  ", "☕️", "☕️👨‍👩‍👧", "🇩🇪", "ماكينة قهوة اسبريسو", "مطحنة قهوة", "מכונת אספרסו", "エスプレッソ 作り方",
    "意式咖啡机清洁", "กาแฟ", "кофемашина", "\ud800", "\x00\x07", "x" * 10_000, "grind " * 2_000, "don't", "'", "a",
]  # fmt: skip


def labelled(name: str) -> tuple[list[str], list[str]]:
    with (SETS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row["phrase"] for row in rows], [row["group"] for row in rows]


def together(labels: list[int], phrases: list[str]) -> set[frozenset[str]]:
    return {frozenset(phrases[i] for i, own in enumerate(labels) if own == label) for label in set(labels)}


def char_ngram_baseline(phrases: list[str], groups: list[str]) -> tuple[float, float]:
    """V-measure of char n-gram TF-IDF with average linkage: with the true number of groups, and by silhouette."""
    grams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True).fit_transform(phrases)
    distance = np.clip(1 - (grams @ grams.T).toarray(), 0, None)
    np.fill_diagonal(distance, 0)
    tree = linkage(squareform(distance, checks=False), "average")
    cuts = [fcluster(tree, size, "maxclust") for size in range(5, len(phrases) // 3, 3)]
    best = max(cuts, key=lambda cut: silhouette_score(distance, cut, metric="precomputed"))
    true = fcluster(tree, len(set(groups)), "maxclust")
    return v_measure_score(groups, true), v_measure_score(groups, best)


def test_the_espresso_keywords_fall_into_their_groups() -> None:
    phrases, groups = labelled("home-espresso")
    assert len(phrases) >= 300
    assert len(set(groups)) >= 15
    quality = v_measure_score(groups, cluster_phrases(phrases))
    assert quality >= 0.78
    assert quality >= max(char_ngram_baseline(phrases, groups)) + 0.04


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("personal-finance", 0.78),
        ("gardening", 0.81),
        ("running", 0.79),
        ("skincare", 0.78),
        # Nothing was tuned on the last two. Many phrases of home-renovation name neither their group nor anything near.
        ("cycling", 0.76),
        ("home-renovation", 0.67),
    ],
)
def test_other_subjects_come_out_as_well(name: str, least: float) -> None:
    phrases, groups = labelled(name)
    labels = cluster_phrases(phrases)
    quality = v_measure_score(groups, labels)
    assert quality >= least
    assert quality >= max(char_ngram_baseline(phrases, groups)) + 0.04
    sizes = np.bincount(labels)
    assert sizes.max() <= len(phrases) / 5, "a leftover cluster"
    assert (sizes == 1).sum() <= len(phrases) / 10, "too many single keywords"


def test_the_number_of_clusters_is_found() -> None:
    subjects = ["french press", "mountain bike", "tax return", "guinea pig", "tomato plant", "yoga mat", "wedding cake"]
    frames = [
        "best {}",
        "{} for beginners",
        "how much does a {} cost",
        "{} problems",
        "cheap {} near me",
        "what is a {}",
    ]
    phrases = [frame.format(subject) for subject in subjects for frame in frames]
    labels = cluster_phrases(phrases)
    assert labels == [number for number in range(len(subjects)) for _ in frames]


def test_labels_are_numbered_by_first_appearance() -> None:
    labels = cluster_phrases(labelled("running")[0])
    assert list(dict.fromkeys(labels)) == list(range(max(labels) + 1))


def test_the_order_of_the_phrases_does_not_matter() -> None:
    phrases, _ = labelled("running")
    shuffled = phrases.copy()
    random.Random(7).shuffle(shuffled)
    assert together(cluster_phrases(phrases), phrases) == together(cluster_phrases(shuffled), shuffled)


def test_another_process_finds_the_same() -> None:
    code = (
        "import json, sys; from igny8_engine.clustering import cluster_phrases;"
        "print(json.dumps(cluster_phrases(json.load(sys.stdin))))"
    )
    path = os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins")))
    phrases, _ = labelled("running")
    expected = cluster_phrases(phrases)
    environment = os.environ | {"PYTHONHASHSEED": "4711", "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(phrases),
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert json.loads(done.stdout) == expected


@pytest.mark.parametrize(
    ("phrases", "labels"),
    [
        ([], []),
        (["espresso"], [0]),
        ([""], [0]),
        (["espresso", "Espresso ", "ＥＳＰＲＥＳＳＯ"], [0, 0, 0]),
        (["descale espresso machine", "descaling an espresso machine"], [0, 0]),
        (["descale espresso machine", "dog food"], [0, 1]),
        (["espresso machine", "best espresso machine", "milk frother"], [0, 0, 1]),
        (["", "", "latte"], [0, 0, 1]),
        (["flat white"] * 50, [0] * 50),
    ],
)
def test_few_phrases(phrases: list[str], labels: list[int]) -> None:
    assert cluster_phrases(phrases) == labels


def test_odd_phrases_are_clustered_like_any() -> None:
    phrases = ODD + ODD + labelled("running")[0]
    labels = cluster_phrases(phrases)
    assert len(labels) == len(phrases)
    assert labels[: len(ODD)] == labels[len(ODD) : 2 * len(ODD)]
    assert labels[0] == labels[1]
    assert len(cluster_phrases(ODD)) == len(ODD)


def test_odd_phrases_alone_and_many_of_them() -> None:
    phrases = [f"{'☕️' * (1 + number % 5)} {number}" for number in range(60)] + ["" for _ in range(20)]
    assert len(cluster_phrases(phrases)) == len(phrases)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.text(max_size=30), max_size=30))
def test_any_phrases_get_consecutive_labels(phrases: list[str]) -> None:
    labels = cluster_phrases(phrases)
    assert len(labels) == len(phrases)
    assert sorted(set(labels)) == list(range(len(set(labels))))
    for phrase, label in zip(phrases, labels, strict=True):
        assert all(
            own == label for other, own in zip(phrases, labels, strict=True) if comparable(other) == comparable(phrase)
        )


def many(count: int) -> list[str]:
    every = [phrase for path in sorted(SETS.glob("*.csv")) for phrase in labelled(path.stem)[0]]
    return [f"{phrase} {extra}".strip() for extra in ("", "near me", "explained", "at night") for phrase in every][
        :count
    ]


def test_two_thousand_phrases_take_seconds() -> None:
    code = (
        "import json, re, sys, time; from igny8_engine.clustering import cluster_phrases;"
        "phrases = json.load(sys.stdin); start = time.process_time(); labels = cluster_phrases(phrases);"
        "seconds = time.process_time() - start;"
        # Not getrusage: what it tells of a process begins with the size of the one that has started it.
        "print(len(labels), seconds, re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1])"
    )
    path = os.pathsep.join((str(ROOT / "include"), str(ROOT / "plugins")))
    done = subprocess.run(
        [sys.executable, "-c", code],
        input=json.dumps(many(2_000)),
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    count, seconds, peak = done.stdout.split()
    assert int(count) == 2_000
    # Processor time of both cores together, because the tests share the machine: 10 s of it are 6.5 s on the clock.
    assert float(seconds) < 14
    assert int(peak) < 1024 * 1024


def test_more_than_are_compared_at_once_join_the_clusters(monkeypatch: pytest.MonkeyPatch) -> None:
    from igny8_engine.clustering import cluster

    phrases, groups = labelled("home-espresso")
    whole = cluster_phrases(phrases)
    monkeypatch.setattr(cluster, "MOST_AT_ONCE", 250)
    monkeypatch.setattr(cluster, "REFERENCE", 200)
    monkeypatch.setattr(cluster, "BATCH", 50)
    parts = cluster_phrases(phrases)
    assert len(parts) == len(phrases)
    assert v_measure_score(groups, parts) > 0.7
    assert v_measure_score(whole, parts) > 0.8
    assert together(cluster_phrases(phrases[::-1]), phrases[::-1]) == together(parts, phrases)


def vectors(phrases: list[str]) -> list[list[float]]:
    return [word_vectors(words(comparable(phrase))).sum(axis=0).tolist() for phrase in phrases]


def test_vectors_of_a_model_are_clustered_by_the_same_rules() -> None:
    phrases, groups = labelled("home-espresso")
    labels = cluster_vectors(phrases, vectors(phrases))
    # The vectors stand in for a model's; they are the plain ones, without the weighting that phrases alone get.
    assert v_measure_score(groups, labels) >= max(char_ngram_baseline(phrases, groups)) + 0.03
    assert 15 < len(set(labels)) < 100
    assert cluster_vectors([], []) == []
    assert cluster_vectors(["a", "A"], [[1.0, 0.0], [1.0, 0.0]]) == [0, 0]


def test_vectors_decide_when_words_say_nothing() -> None:
    phrases = [f"{chr(97 + number)}{chr(110 + number % 10)}zq" for number in range(20)]
    axes = np.eye(8)
    noise = np.random.default_rng(3).normal(scale=0.05, size=(20, 8))
    labels = cluster_vectors(phrases, (axes[[number % 4 for number in range(20)]] + noise).tolist())
    assert v_measure_score([number % 4 for number in range(20)], labels) == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ([[1.0]], "1 vectors for 2 phrases"),
        ([[1.0], [1.0, 2.0]], "1, 2"),
        ([[], []], "lengths are 0"),
        ([[1.0], [float("nan")]], "vector 1 \\(of 'b'\\)"),
        ([[float("inf")], [1.0]], "vector 0 \\(of 'a'\\)"),
    ],
)
def test_vectors_that_do_not_fit(values: list[list[float]], problem: str) -> None:
    with pytest.raises(VectorsError, match=problem) as refused:
        cluster_vectors(["a", "b"], values)
    assert refused.value.hint


def test_words_and_stems() -> None:
    assert words("what's the barista's wdt-tool 0.3mm") == ["what", "the", "barista", "wdt", "tool", "0", "3mm"]
    assert words("意式咖啡") == ["意式", "式咖", "咖啡"]
    assert words("☕ 🍵") == ["☕", "🍵"]
    assert subject_words("how to descale the espresso machine") == ["descale", "espresso", "machine"]
    assert subject_words("how to") == ["how", "to"]
    assert {stem(word) for word in ("grinder", "grinders", "grinding", "grind", "grinds")} == {"grind"}
    assert {stem(word) for word in ("tamper", "tamping", "tamped")} == {"tamp"}
    assert stem("berries") == stem("berry") == "berry"
    assert stem("channelling") == stem("channeling") == stem("channel")
    assert stem("spelling") == stem("spell") == "spell"
    assert stem("glass") == "glass"


def test_a_first_use_does_not_need_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("opened a connection")

    from igny8_engine.clustering import sentence_vectors, static_vectors

    monkeypatch.setattr(socket.socket, "connect", refuse)
    static_vectors._model.cache_clear()
    sentence_vectors._model.cache_clear()
    assert word_vectors(["espresso"]).shape == (1, 256)
    assert sentence_vectors.sentence_vectors(["espresso"]).shape == (1, 384)


def test_time_of_the_everyday_size() -> None:
    phrases = many(500)
    cluster_phrases(phrases[:50])
    start = time.process_time()
    cluster_phrases(phrases)
    assert time.process_time() - start < 4

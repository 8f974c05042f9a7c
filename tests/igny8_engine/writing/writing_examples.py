"""Clusters that the writing tests share."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from igny8_engine.clustering import cluster_phrases, name_cluster
from igny8_engine.writing.document import Document
from igny8_engine.writing.model import ClusterBrief, KeywordFact, TextDraft
from igny8_engine.writing.readability import sentences

SITE = "Home Espresso"
SAMPLE = Path(__file__).parents[3] / "include" / "sample" / "keywords.csv"
_INTENTS = {"informational", "commercial", "transactional", "navigational"}


def fact(phrase: str, volume: int | None = None) -> KeywordFact:
    return KeywordFact(phrase, volume)


def brief(name: str, *phrases: str | tuple[str, int], neighbours: tuple[str, ...] = ()) -> ClusterBrief:
    facts = tuple(fact(one) if isinstance(one, str) else fact(*one) for one in phrases)
    return ClusterBrief(name, facts, SITE, neighbours)


def sample_clusters() -> list[ClusterBrief]:
    """The clusters of the sample, as the engine makes them."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        facts = [
            KeywordFact(
                row["Keyword"],
                int(row["Volume"]) if row["Volume"] else None,
                float(row["Difficulty"]) if row["Difficulty"] else None,
                row["Intent"] if row["Intent"] in _INTENTS else None,  # type: ignore[arg-type]
            )
            for row in csv.DictReader(file)
        ]
    groups: dict[int, list[KeywordFact]] = {}
    for label, one in zip(cluster_phrases([one.phrase for one in facts]), facts, strict=True):
        groups.setdefault(label, []).append(one)
    names = {label: name_cluster(group) for label, group in groups.items()}
    return [
        ClusterBrief(
            names[label],
            tuple(sorted(group, key=lambda one: -(one.volume or 0))),
            SITE,
            tuple(other for key, other in names.items() if key != label),
        )
        for label, group in groups.items()
    ]


def plain(text: TextDraft) -> str:
    return Document(text.html).text()


def sentence_set(text: TextDraft) -> set[str]:
    return {" ".join(re.findall(r"\w+", one.casefold())) for one in sentences(plain(text))} - {""}

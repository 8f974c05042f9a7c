"""What a cluster is called."""

from __future__ import annotations

from collections.abc import Sequence

from igny8_engine.clustering.errors import EmptyClusterError
from igny8_engine.clustering.words import comparable, stem, subject_words
from igny8_engine.writing.model import KeywordFact


def name_cluster(keywords: Sequence[KeywordFact]) -> str:
    """The cluster's main keyword: the most searched one.

    Among equals (or when no volume is known) the one that shares most words with the others, then the shorter one, then
    by the alphabet; so the same keywords in another order give the same name.

    Raises:
        EmptyClusterError: there are no keywords.
    """
    if not keywords:
        raise EmptyClusterError
    stems = {keyword.phrase: {stem(word) for word in subject_words(comparable(keyword.phrase))} for keyword in keywords}

    def rank(keyword: KeywordFact) -> tuple[int, float, int, str]:
        own = stems[keyword.phrase]
        shared = sum(len(own & other) / max(len(own | other), 1) for other in stems.values())
        volume = -1 if keyword.volume is None else keyword.volume
        return (-volume, -round(shared, 9), len(keyword.phrase), keyword.phrase)

    return min(keywords, key=rank).phrase

"""What a cluster is called."""

from __future__ import annotations

import itertools

import pytest

from igny8_engine.clustering import name_cluster
from igny8_engine.clustering.errors import EmptyClusterError
from igny8_engine.writing.model import KeywordFact


def test_the_most_searched_keyword_names_the_cluster() -> None:
    assert (
        name_cluster([KeywordFact("tamper", 10), KeywordFact("how to tamp", 90), KeywordFact("mat")]) == "how to tamp"
    )


def test_without_volumes_the_one_that_shares_most_words() -> None:
    keywords = [KeywordFact(phrase) for phrase in ("backflush daily", "how to backflush", "backflushing a machine")]
    keywords.append(KeywordFact("blind basket"))
    assert name_cluster(keywords) == "how to backflush"


def test_among_equals_the_shorter_then_the_alphabet() -> None:
    assert name_cluster([KeywordFact("the moka pot", 5), KeywordFact("moka pot", 5)]) == "moka pot"
    assert name_cluster([KeywordFact("bb", 5), KeywordFact("aa", 5)]) == "aa"


def test_a_known_volume_of_nothing_beats_an_unknown_one() -> None:
    assert name_cluster([KeywordFact("a"), KeywordFact("some longer phrase", 0)]) == "some longer phrase"


def test_the_order_does_not_matter() -> None:
    keywords = [KeywordFact(phrase, 5) for phrase in ("wdt", "wdt tool", "tool", "Wdt Tool")]
    assert len({name_cluster(order) for order in itertools.permutations(keywords)}) == 1


def test_no_keywords() -> None:
    with pytest.raises(EmptyClusterError, match="without keywords"):
        name_cluster([])

"""How close titles are, measured on pairs that a person has labelled."""

from __future__ import annotations

import csv
from pathlib import Path

from igny8.actions.topic_memory import TopicMemory
from igny8_engine.clustering.closeness import closeness
from igny8_local.paths import REPOSITORY

PAIRS = Path(REPOSITORY / "tests" / "data" / "twin_titles.csv")


def test_the_usual_threshold_finds_most_twins_and_takes_nothing_else_for_one() -> None:
    with PAIRS.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    alike = {(row["one"], row["other"]): closeness(row["one"], [row["other"]])[0] for row in rows}
    twins = [alike[row["one"], row["other"]] for row in rows if row["twin"] == "1"]
    others = [alike[row["one"], row["other"]] for row in rows if row["twin"] == "0"]
    usual = TopicMemory().similarity
    assert (len(twins), len(others)) == (34, 42)
    assert sum(value >= usual for value in twins) >= 24
    assert sum(value >= usual for value in others) <= 1
    assert sum(value >= 0.8 for value in twins) >= 31
    assert sum(value >= 0.8 for value in others) <= 11


def test_a_title_is_as_close_to_another_whatever_it_is_compared_with_besides() -> None:
    titles = ["How to Descale a Kettle", "Growing Tomatoes in Pots", "descaling  a kettle", "x" * 5000, "☕", ""]
    together = closeness("How to descale a kettle", titles)
    assert together[0] == 1
    assert together == [closeness("How to descale a kettle", [title])[0] for title in titles]
    assert closeness("anything", []) == []


def test_different_numbers_are_different_things_and_years_are_not() -> None:
    assert closeness("Best Espresso Machines Under 500", ["Best Espresso Machines Under 1000"]) == [0]
    assert closeness("Best Espresso Machines of 2025", ["Best Espresso Machines of 2026"])[0] > 0.9

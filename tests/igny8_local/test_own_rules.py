"""The demonstration's rule on other sites."""

from pathlib import Path

import pytest
import yaml

from igny8_local.own_rules import RULE, UsedSites, copy_rules, slug, write_rule
from igny8_local.paths import REPOSITORY


def test_a_used_site_is_not_used_again(tmp_path: Path) -> None:
    file = tmp_path / "sites.json"
    assert UsedSites(file).next("tea") == "tea"
    UsedSites(file).add("tea")
    UsedSites(file).add("tea-2")
    assert UsedSites(file).next("tea") == "tea-3"
    assert UsedSites(file).next("coffee") == "coffee"


def test_the_copy_differs_in_what_it_has_to_only(tmp_path: Path) -> None:
    copy_rules(REPOSITORY / "rules", tmp_path)
    rule_id = write_rule(tmp_path, "tea", 7)
    original = yaml.safe_load((REPOSITORY / "rules" / f"{RULE}.yaml").read_text())
    copy = yaml.safe_load((tmp_path / f"{rule_id}.yaml").read_text())
    assert (copy["id"], copy["site"], copy["trigger"]) == ("keywords-to-articles-tea", "tea", "manual")
    assert "schedule" not in copy
    assert copy["actions"][-1]["params"].pop("integration_id") == 7
    original["actions"][-1]["params"].pop("integration_id")
    assert copy["actions"] == original["actions"]
    assert copy["conditions"] == original["conditions"]


def test_copying_again_keeps_own_rules_and_takes_changes(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    (source / "one.yaml").write_text("a: 1")
    copy_rules(source, target)
    (target / "own.yaml").write_text("b: 2")
    (source / "one.yaml").write_text("a: 3")
    copy_rules(source, target)
    assert (target / "one.yaml").read_text() == "a: 3"
    assert (target / "own.yaml").exists()


@pytest.mark.parametrize(
    ("filename", "site"),
    [
        ("Green Tea (2025).csv", "green-tea-2025"),
        ("keyword_stats 2025-01.CSV", "keyword-stats-2025-01"),
        ("чай.csv", "my-keywords"),
        ("a" * 100 + ".csv", "a" * 60),
    ],
)
def test_a_site_is_named_after_the_file(filename: str, site: str) -> None:
    assert slug(filename) == site

"""The bundle of rules: which files it writes, touches and removes, and what Dags they make."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest
from airflow.dag_processing.bundles import base
from airflow.sdk import DAG

from igny8.dagfactory import bundle as bundle_module
from igny8.dagfactory.bundle import RuleBundle
from igny8.dagfactory.load import load_dags
from igny8.dagfactory.shards import BUNDLE_CLASS, SHARDS, made_in, shard_of

RULE = """\
id: {id}
name: {name}
account: demo
site: shop
status: {status}
trigger: manual
actions:
  - type: generate_site_structure
"""
LONG_AGO = 1_000_000_000


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    monkeypatch.setenv("IGNY8_RULES_PATH", str(folder))
    return folder


@pytest.fixture
def bundle(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RuleBundle:
    monkeypatch.setattr(base, "get_bundle_storage_root_path", lambda: tmp_path / "bundles")
    return RuleBundle(name="rules")


def write(folder: Path, rule_id: str, name: str = "A rule", status: str = "active") -> Path:
    path = folder / f"{rule_id}.yaml"
    path.write_text(RULE.format(id=rule_id, name=name, status=status), encoding="utf-8")
    return path


def shards(bundle: RuleBundle) -> list[str]:
    return sorted(path.name for path in bundle.path.glob("*.py"))


def dags(bundle: RuleBundle) -> dict[str, DAG]:
    """What Airflow finds in all files of the bundle."""
    found: dict[str, DAG] = {}
    for name in shards(bundle):
        for value in runpy.run_path(str(bundle.path / name)).values():
            if isinstance(value, DAG):
                assert shard_of(value.dag_id) == name
                assert value.dag_id not in found
                found[value.dag_id] = value
    return found


def test_every_rule_has_its_dag_in_one_of_the_files(bundle: RuleBundle, rules: Path) -> None:
    for number in range(100):
        write(rules, f"rule-{number}", status="inactive" if number == 7 else "active")
    bundle.initialize()
    assert dags(bundle).keys() == {f"rule__demo__rule-{number}" for number in range(100) if number != 7}
    assert SHARDS / 2 < len(shards(bundle)) <= SHARDS


def test_only_the_files_of_rules_that_changed_are_new(
    bundle: RuleBundle, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(50):
        write(rules, f"rule-{number}")
    bundle.initialize()
    for name in shards(bundle):
        os.utime(bundle.path / name, (LONG_AGO, LONG_AGO))
    dags(bundle)
    write(rules, "rule-3", name="Another name")
    write(rules, "rule-50")
    (rules / "rule-4.yaml").unlink()
    bundle.refresh()
    changed = {name for name in shards(bundle) if (bundle.path / name).stat().st_mtime != LONG_AGO}
    gone = shard_of("rule__demo__rule-4")
    assert changed == {shard_of("rule__demo__rule-3"), shard_of("rule__demo__rule-50"), gone} & set(shards(bundle))
    found = dags(bundle)
    assert found["rule__demo__rule-3"].dag_display_name == "Another name"
    assert "rule__demo__rule-50" in found
    assert "rule__demo__rule-4" not in found


def is_made_new(bundle: RuleBundle) -> bool:
    """Whether the bundle's one file is made new by a refresh, though it says what it said."""
    [name] = shards(bundle)
    file = bundle.path / name
    text, _ = file.read_text(), os.utime(file, (LONG_AGO, LONG_AGO))
    bundle.refresh()
    assert file.read_text() == text
    return file.stat().st_mtime != LONG_AGO


def test_a_changed_file_is_made_new_until_it_was_read_as_it_is(
    bundle: RuleBundle, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(rules, "one")
    bundle.initialize()
    assert is_made_new(bundle)
    dags(bundle)
    assert not is_made_new(bundle)
    write(rules, "one", name="Another name")
    bundle.refresh()
    assert is_made_new(bundle), "what was read is not what it says now"
    monkeypatch.setattr(bundle_module, "_GIVEN_UP", 0.0)
    assert not is_made_new(bundle)


def test_a_file_that_has_lost_a_dag_is_read_once_more_when_airflow_lets_it_go(
    bundle: RuleBundle, rules: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("igny8.dagfactory.load.shard_of", lambda _: "shard_00.py")
    for rule_id in ("one", "two"):
        write(rules, rule_id)
    bundle.initialize()
    bundle.refresh()
    (rules / "two.yaml").unlink()
    bundle.refresh()
    runpy.run_path(str(bundle.path / "shard_00.py"))
    assert not is_made_new(bundle), "it is too early"
    monkeypatch.setattr(bundle_module, "_GONE", 0.0)
    assert is_made_new(bundle)
    assert not is_made_new(bundle)


def test_a_file_without_rules_goes_and_others_in_the_folder_stay(bundle: RuleBundle, rules: Path) -> None:
    rule = write(rules, "one")
    bundle.initialize()
    assert len(shards(bundle)) == 1
    (bundle.path / "of_somebody.py").touch()
    rule.unlink()
    bundle.refresh()
    assert shards(bundle) == ["of_somebody.py"]


def test_a_broken_rule_is_in_quarantine_beside_the_files(bundle: RuleBundle, rules: Path) -> None:
    write(rules, "good")
    (rules / "bad.yaml").write_text("id: [", encoding="utf-8")
    bundle.initialize()
    assert [path.name.partition(".")[0] for path in (bundle.path / "broken_rules").glob("*.py")] == ["bad"]
    assert list(dags(bundle)) == ["rule__demo__good"]
    write(rules, "bad")
    bundle.refresh()
    assert list((bundle.path / "broken_rules").glob("*.py")) == []
    assert len(dags(bundle)) == 2


def test_what_a_version_said_can_be_had_again(bundle: RuleBundle, rules: Path) -> None:
    write(rules, "one", name="As it was")
    write(rules, "two")
    bundle.initialize()
    then = bundle.get_current_version().version
    bundle.refresh()
    assert bundle.get_current_version().version == then, "nothing has changed"
    write(rules, "one", name="As it is")
    (rules / "two.yaml").unlink()
    bundle.refresh()
    now = bundle.get_current_version().version
    assert now != then

    def names(version: str | None) -> dict[str, str]:
        asked = RuleBundle(name="rules", version=version)
        asked.initialize()
        return {name: str(dag.dag_display_name) for name, dag in dags(asked).items()}

    assert names(then) == {"rule__demo__one": "As it was", "rule__demo__two": "A rule"}
    assert names(now) == names(None) == {"rule__demo__one": "As it is"}
    assert names("gone") == names(now), "one that is not kept any more runs as the rules are now"
    write(rules, "one", name="As it was")
    write(rules, "two")
    bundle.refresh()
    assert bundle.get_current_version().version == then, "a version is what the files say"


def test_a_rule_that_breaks_is_a_new_version(bundle: RuleBundle, rules: Path) -> None:
    write(rules, "good")
    bundle.initialize()
    before = bundle.get_current_version()
    (rules / "bad.yaml").write_text("id: [", encoding="utf-8")
    bundle.refresh()
    assert bundle.get_current_version() != before, "else Airflow would not look for its file"


def test_few_versions_are_kept(bundle: RuleBundle, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_module, "_KEPT", 3)
    write(rules, "one")
    bundle.initialize()
    for number in range(5):
        write(rules, "one", name=f"Number {number}")
        bundle.refresh()
        assert (bundle.versions_dir / bundle.get_current_version().version).is_dir()
    assert len(list(bundle.versions_dir.iterdir())) == 3


def test_one_place_at_a_time_makes_the_dags(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(rules, "one")
    assert made_in("rule__demo__one") == ("dags-folder", "rules.py")
    assert list(load_dags(tmp_path)) == ["rule__demo__one"]
    configured = f'[{{"name": "ours", "classpath": "{BUNDLE_CLASS}", "kwargs": {{}}}}]'
    monkeypatch.setenv("AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST", configured)
    assert made_in("rule__demo__one") == ("ours", shard_of("rule__demo__one"))
    assert load_dags(tmp_path) == {}

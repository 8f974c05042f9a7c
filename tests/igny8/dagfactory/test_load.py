"""All Dags of a store, and the quarantine of broken rules."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from igny8.dagfactory.errors import BrokenRuleError
from igny8.dagfactory.load import load_dags

GOOD = """\
id: {id}
name: A rule
account: demo
site: shop
status: {status}
trigger: manual
actions:
  - type: generate_site_structure
"""


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "rules"
    folder.mkdir()
    (tmp_path / "dags").mkdir()
    monkeypatch.setenv("IGNY8_RULES_PATH", str(folder))
    return folder


def write(folder: Path, name: str, status: str = "active") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(GOOD.format(id=name, status=status), encoding="utf-8")
    return path


def quarantined(dags: Path) -> dict[str, Path]:
    return {path.name.rpartition(".yaml")[0]: path for path in sorted((dags / "broken_rules").glob("*.py"))}


def test_one_dag_for_each_rule_that_is_not_inactive(rules: Path, tmp_path: Path) -> None:
    write(rules, "one")
    write(rules, "two", "paused")
    write(rules, "three", "inactive")
    assert sorted(load_dags(tmp_path / "dags")) == ["rule__demo__one", "rule__demo__two"]
    assert not (tmp_path / "dags" / "broken_rules").exists()


def test_a_broken_rule_is_quarantined_under_its_own_name_and_the_others_live(rules: Path, tmp_path: Path) -> None:
    write(rules, "good")
    bad = write(rules, "bad")
    bad.write_text(bad.read_text().replace("generate_site_structure", "generate_site_structur"))
    assert list(load_dags(tmp_path / "dags")) == ["rule__demo__good"]
    file = quarantined(tmp_path / "dags")["bad"]
    with pytest.raises(BrokenRuleError) as caught:
        runpy.run_path(str(file))
    assert "bad.yaml" in str(caught.value)
    assert "Did you mean 'generate_site_structure'?" in str(caught.value)
    assert "actions[0].type" in str(caught.value)


def test_a_mended_rule_leaves_the_quarantine(rules: Path, tmp_path: Path) -> None:
    bad = rules / "bad.yaml"
    bad.write_text("id: [", encoding="utf-8")
    load_dags(tmp_path / "dags")
    assert list(quarantined(tmp_path / "dags")) == ["bad"]
    write(rules, "bad")
    assert list(load_dags(tmp_path / "dags")) == ["rule__demo__bad"]
    assert quarantined(tmp_path / "dags") == {}


def test_a_file_that_is_right_already_is_not_touched(rules: Path, tmp_path: Path) -> None:
    (rules / "bad.yaml").write_text("id: [", encoding="utf-8")
    load_dags(tmp_path / "dags")
    before = quarantined(tmp_path / "dags")["bad"].stat()
    load_dags(tmp_path / "dags")
    after = quarantined(tmp_path / "dags")["bad"].stat()
    assert (before.st_mtime_ns, before.st_ino) == (after.st_mtime_ns, after.st_ino)


def test_text_of_a_rule_cannot_become_code(rules: Path, tmp_path: Path) -> None:
    evil = '"""\nimport os\nos.mkdir("pwned")\n"""'
    (rules / "evil'.yaml").write_text(f"id: 'x{evil}'\nname: {evil!r}\n", encoding="utf-8")
    load_dags(tmp_path / "dags")
    for file in quarantined(tmp_path / "dags").values():
        with pytest.raises(BrokenRuleError):
            runpy.run_path(str(file))
    assert not Path("pwned").exists()


def test_a_dags_folder_that_cannot_be_written_keeps_the_good_rules(
    rules: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    write(rules, "good")
    (rules / "bad.yaml").write_text("id: [", encoding="utf-8")
    (tmp_path / "dags" / "broken_rules").write_text("a file where the folder should be")
    assert list(load_dags(tmp_path / "dags")) == ["rule__demo__good"]
    assert "bad.yaml" in caplog.text


def test_a_store_can_be_a_url(rules: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(rules, "one")
    monkeypatch.setenv("IGNY8_RULES_PATH", rules.as_uri())
    assert list(load_dags(tmp_path / "dags")) == ["rule__demo__one"]

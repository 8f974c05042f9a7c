"""Rules as files: checked, tested and begun without any system."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from igny8.rules import read_rule

Igny8 = Callable[..., Result]

RULE = """\
id: weekly
name: Weekly
account: demo
site: shop
trigger: manual
conditions:
  - {field: keywords.new, operator: greater_than, value: 20}
  - any:
      - {field: event.urgent, operator: equals, value: true}
      - {field: credits.balance, operator: greater_than, value: 500}
actions:
  - {type: cluster_keywords, params: {keyword_ids: [1]}}
tests:
  - {name: enough, facts: {keywords.new: 21}, event: {urgent: true}, expect: match}
  - {name: poor, facts: {keywords.new: 21, credits.balance: 20}, expect: no_match}
"""
BROKEN = RULE.replace("cluster_keywords", "cluster_keyword").replace("keywords.new, operator", "keyword.new, operator")


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    folder = tmp_path / "rules"
    (folder / "presets").mkdir(parents=True)
    (folder / "weekly.yaml").write_text(RULE)
    (folder / "presets" / "weekly.yaml").write_text(RULE)
    return folder


def test_rules_without_problems(igny8: Igny8, rules: Path) -> None:
    result = igny8("rules", "validate")
    assert (result.exit_code, result.stdout) == (0, "1 rule, no problems.\n")


def test_every_problem_has_its_place(igny8: Igny8, rules: Path) -> None:
    (rules / "other.yaml").write_text(BROKEN.replace("id: weekly", "id: other"))
    (rules / "weekly-2.yml").write_text(RULE)
    (rules / "list.yaml").write_text("- a")
    taken = "that of rules/weekly.yaml already."
    result = igny8("rules", "validate", "rules/")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "rules/list.yaml:1:1: A rule is a mapping of fields such as 'id: my-rule', and this is a list.",
        "rules/other.yaml:7:13: conditions[0].field: There is no fact 'keyword.new'. Did you mean 'keywords.new'?",
        "rules/other.yaml:12:12: actions[0].type: 'cluster_keyword' is not an action. Did you mean 'cluster_keywords'?",
        f"rules/weekly-2.yml:1:5: id: The id 'weekly' is {taken} Give rules/weekly-2.yml another id.",
        "3 of 4 rules have 4 problems.",
    ]


def test_files_one_by_one_and_stdin(igny8: Igny8, rules: Path, tmp_path: Path) -> None:
    (tmp_path / "copy.yaml").write_text(RULE)
    assert igny8("rules", "validate", "rules", "rules/weekly.yaml", "./rules/weekly.yaml").exit_code == 0
    both = igny8("rules", "validate", "rules/weekly.yaml", "copy.yaml")
    assert both.exit_code == 1
    assert "copy.yaml:1:5: id: The id 'weekly' is that of rules/weekly.yaml already." in both.stdout
    assert igny8("rules", "validate", "-", given=RULE).exit_code == 0
    assert igny8("rules", "validate", "-", given=BROKEN).stdout.startswith("-:7:13: conditions[0].field: ")
    assert igny8("rules", "validate", "-", given=b"\xff").stdout.startswith("-:1:1: The file is not a text in UTF-8")


def test_problems_for_programs(igny8: Igny8, rules: Path) -> None:
    (rules / "weekly.yaml").write_text(BROKEN)
    result = igny8("rules", "validate", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.stdout)
    assert (answer["files"], answer["valid"], answer["broken"]) == (1, 0, 1)
    assert answer["problems"][0] == {
        "file": "rules/weekly.yaml",
        "line": 7,
        "column": 13,
        "path": "conditions[0].field",
        "message": "There is no fact 'keyword.new'.",
        "code": "unknown_fact",
        "value": "keyword.new",
        "suggestion": "keywords.new",
    }


def test_what_is_not_there_is_a_usage_error(igny8: Igny8, tmp_path: Path) -> None:
    result = igny8("rules", "validate", "nowhere.yaml")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == "There is no file or folder 'nowhere.yaml'.\n"
    assert igny8("rules", "validate", "--no-such-option").exit_code == 2
    (tmp_path / "rules").mkdir()
    empty = igny8("rules", "validate", "rules")
    assert (empty.exit_code, empty.stdout) == (0, "")
    assert "igny8 rules new" in empty.stderr


def test_a_file_that_cannot_be_read(igny8: Igny8, rules: Path) -> None:
    os.mkfifo(rules / "pipe.yaml")
    result = igny8("rules", "validate")
    assert result.exit_code == 1
    assert result.stdout.startswith("rules/pipe.yaml:1:1: The file cannot be read: it is not a regular file")


def test_tests_that_go_as_expected(igny8: Igny8, rules: Path) -> None:
    result = igny8("rules", "test")
    assert (result.exit_code, result.stdout) == (0, "2 tests of 1 rule: 0 failed.\n")


def test_a_test_that_fails_is_shown_condition_by_condition(igny8: Igny8, rules: Path) -> None:
    (rules / "weekly.yaml").write_text(RULE.replace("expect: no_match", "expect: match"))
    result = igny8("rules", "test", "rules/weekly.yaml")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "rules/weekly.yaml:15:5: test 'poor' failed: it expects a match, and the conditions do not hold.",
        "    ✓ conditions[0]: keywords.new is 21, and the rule asks it to be greater than 20",
        "    ✗ conditions[1].any[0]: event.urgent is missing, and the rule asks it to equal True",
        "    ✗ conditions[1].any[1]: credits.balance is 20, and the rule asks it to be greater than 500",
        "2 tests of 1 rule: 1 failed.",
    ]
    answer = json.loads(igny8("rules", "test", "--json").stdout)
    assert (answer["tests"], answer["passed"], answer["failed"], answer["problems"]) == (2, 1, 1, [])
    failed = answer["results"][1]
    assert (failed["rule"], failed["name"], failed["line"], failed["passed"]) == ("weekly", "poor", 15, False)
    assert failed["findings"][2] == {
        "path": "1.any.1",
        "field": "credits.balance",
        "operator": "greater_than",
        "value": 500,
        "actual": 20,
        "present": True,
        "holds": False,
    }


def test_rules_without_tests_and_broken_ones(igny8: Igny8, rules: Path) -> None:
    (rules / "weekly.yaml").write_text(RULE.partition("tests:")[0])
    none = igny8("rules", "test")
    assert (none.exit_code, none.stdout) == (0, "")
    assert "tests:" in none.stderr
    (rules / "weekly.yaml").write_text(BROKEN)
    broken = igny8("rules", "test")
    assert broken.exit_code == 1
    assert "rules/weekly.yaml:7:13:" in broken.stdout


@pytest.mark.parametrize(
    "options",
    [
        (),
        ("--schedule", "30 7 * * MON-FRI", "--timezone", "Europe/Berlin"),
        ("--trigger", "event"),
        ("--event", "content.approved", "--action", "generate_images", "--action", "publish_to_wordpress"),
        ("--name", "It's: a # name", "--action", "generate_site_structure", "--action", "generate_page_content"),
    ],
)
def test_a_new_rule_is_valid_and_its_tests_pass(igny8: Igny8, tmp_path: Path, options: tuple[str, ...]) -> None:
    result = igny8("rules", "new", "my-rule", "--account=demo", "--site=shop", "--folder=rules", *options)
    assert result.exit_code == 0, result.stderr
    rule = read_rule((tmp_path / "rules" / "my-rule.yaml").read_text())
    assert (rule.id, rule.account, rule.site) == ("my-rule", "demo", "shop")
    given = dict(zip(options[::2], options[1::2], strict=True))
    assert rule.name == given.get("--name", "My rule")
    assert rule.schedule == given.get("--schedule")
    if "--action" in options:
        assert rule.actions[-1].type == options[-1]
    assert igny8("rules", "test", "rules").stdout == "2 tests of 1 rule: 0 failed.\n"


def test_a_new_rule_never_overwrites(igny8: Igny8, rules: Path) -> None:
    new = ("rules", "new", "--account=demo", "--site=shop")
    same_id = igny8(*new, "weekly")
    assert same_id.exit_code == 3
    assert same_id.stderr == "rules/weekly.yaml has the id 'weekly' already; nothing was written.\n"
    (rules / "other.yaml").write_text(RULE)
    (rules / "weekly.yaml").unlink()
    assert igny8(*new, "weekly").stderr.startswith("rules/other.yaml has the id 'weekly' already")
    (rules / "third.yaml").write_text("anything")
    third = igny8(*new, "third")
    assert (third.exit_code, third.stderr) == (3, "rules/third.yaml is there already and is not overwritten.\n")
    assert (rules / "third.yaml").read_text() == "anything"


def test_a_new_rule_of_what_no_rule_can_be_made_of(igny8: Igny8, tmp_path: Path) -> None:
    bad = igny8("rules", "new", "my-rule", "--account=demo", "--site=shop", "--schedule=often", "--action=write")
    assert bad.exit_code == 1
    assert "schedule: " in bad.stderr
    assert "'write' is not an action" in bad.stderr
    assert not list(tmp_path.rglob("*.yaml"))
    unasked = igny8("rules", "new", "my-rule")
    assert (unasked.exit_code, unasked.stdout) == (2, "")
    assert "--account" in unasked.stderr
    escaping = igny8("rules", "new", "../my-rule", "--account=demo", "--site=shop")
    assert escaping.exit_code == 1
    assert not list(tmp_path.parent.glob("*.yaml"))


def test_two_hundred_rules_in_a_process_of_their_own(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"rule-{number}.yaml").write_text(RULE.replace("id: weekly", f"id: rule-{number}"))
    program = [sys.executable, "-X", "importtime", "-m", "igny8.cli", "rules", "validate", str(tmp_path)]
    start = time.monotonic()
    done = subprocess.run(program, capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "200 rules, no problems.\n")
    assert time.monotonic() - start < 20  # a second on a machine with nothing else to do
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "igny8" in imported
    assert imported.isdisjoint({"airflow", "httpx", "sqlalchemy", "fastapi", "igny8_engine", "igny8_local"})


def test_colours_are_for_terminals_that_want_them(igny8: Igny8, rules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "\x1b" not in igny8("rules", "validate").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[32m" in igny8("rules", "validate").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[32m" not in igny8("rules", "validate").stdout


def test_the_help_names_the_exit_codes(igny8: Igny8) -> None:
    from igny8.cli.exits import MEANINGS

    shown = igny8("--help").stdout
    for code, meaning in MEANINGS.items():
        assert f"{code.value}  {meaning}" in shown

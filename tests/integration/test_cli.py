"""The command ``igny8`` on the running system: what it shows, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from driving import Account, connect
from typer.testing import CliRunner, Result

from igny8.cli.app import app
from igny8_local.paths import REPOSITORY
from igny8_local.ports import HOST, Ports
from igny8_local.stack import Stack
from watching import wait_until

pytestmark = pytest.mark.timeout(600)

RULE = """\
# Kept as it is.
id: {id}
name: Rule {id}
account: {account}
site: shop
trigger: {trigger}
conditions:
  - {{field: keywords.total, operator: greater_than, value: {least}}}
actions:
  - type: cluster_keywords # the only one
    params: {{keyword_ids: {{where: []}}}}
"""
PHRASES = ["green tea", "green tea benefits", "espresso machine", "best espresso machine"]

Igny8 = Callable[..., Result]


@pytest.fixture
def environment(stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the command needs to find the system: a home folder with its access.json, and nothing else."""
    for name in ("URL", "TOKEN", "USERNAME", "PASSWORD", "ENGINE_URL", "ENGINE_KEY", "ENGINE_DATABASE", "RULES_PATH"):
        monkeypatch.delenv(f"IGNY8_{name}", raising=False)
    stack.access.write(tmp_path / "access.json")
    monkeypatch.setenv("IGNY8_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return {**os.environ, "PYTHONPATH": os.pathsep.join(str(REPOSITORY / name) for name in ("plugins", "include"))}


@pytest.fixture
def igny8(environment: dict[str, str]) -> Igny8:
    def call(*arguments: str, given: str | None = None, code: int = 0) -> Result:
        result = CliRunner().invoke(app, list(arguments), input=given)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == code, result.output
        return result

    return call


def answer(result: Result) -> Any:
    return json.loads(result.stdout)


def rule(rule_id: str, account: str, trigger: str = "manual", least: int = 0) -> str:
    return RULE.format(id=rule_id, account=account, trigger=trigger, least=least)


def test_a_rule_is_imported_run_followed_and_looked_at(
    igny8: Igny8, new_account: Callable[[str, int], Account], tmp_path: Path
) -> None:
    new_account("cli", 500).import_keywords("shop", PHRASES)
    text = rule("cli-run", "cli")
    assert igny8("rules", "import", "-", given=text).stdout == "cli-run is stored.\n"
    assert igny8("rules", "export", "cli-run").stdout == text

    run = igny8("rules", "run", "cli-run")
    lines = run.stdout.splitlines()
    assert any(line.split() == ["Cluster", "keywords", "1/1", "done"] for line in lines), lines
    ended = next(line for line in lines if line.startswith("Run "))
    assert " is completed after " in ended
    run_id = ended.split()[1]

    listed = answer(igny8("runs", "list", "--rule", "cli-run", "--json"))
    assert [(each["id"], each["status"]) for each in listed] == [(run_id, "completed")]
    assert run_id in igny8("runs", "list", "--rule=cli-run", "--status=completed").stdout
    assert igny8("runs", "list", "--rule=cli-run", "--status=failed").stdout == ""
    shown = igny8("runs", "show", run_id).stdout
    assert [line.split() for line in shown.splitlines()][-1] == ["cluster_keywords", "completed", "1/1", "0", "10"]
    assert answer(igny8("runs", "show", run_id, "--json"))["result"]["credits"] == 10

    row = next(line for line in igny8("rules", "list", "--account", "cli").stdout.splitlines() if "cli-run" in line)
    assert row.split() == ["cli-run", "Rule", "cli-run", "cli", "shop", "active", "manual", "1", "completed"]
    weekly = igny8("rules", "show", "keywords-to-articles").stdout
    assert re.search(r"Next runs +Mon \d{4}-\d\d-\d\d 06:00 \(Europe/Berlin\)", weekly)
    assert weekly.count("06:00 (Europe/Berlin)") == 5
    about = igny8("rules", "show", "cli-run").stdout
    assert "keywords.total greater than 0" in about
    assert "1. cluster_keywords" in about
    assert answer(igny8("rules", "list", "--search", "no such rule", "--json")) == []

    again = answer(igny8("rules", "run", "cli-run", "--key", "once", "--json", "--no-wait"))
    same = answer(igny8("rules", "run", "cli-run", "--key", "once", "--json"))
    assert (same["id"], same["status"]) == (again["run_id"], "completed")


def test_importing_needs_leave_to_replace_and_exporting_never_overwrites(
    igny8: Igny8, new_account: Callable[[str, int], Account], tmp_path: Path
) -> None:
    file = tmp_path / "cli-round.yaml"
    file.write_text(rule("cli-round", "demo"))
    igny8("rules", "import", str(file))
    file.write_text(rule("cli-round", "demo", least=5))
    refused = igny8("rules", "import", str(file), code=3)
    assert "cli-round.yaml: The rule 'cli-round' is at revision 1" in refused.stderr
    assert "--replace" in refused.stderr
    igny8("rules", "import", str(file), "--replace")
    assert answer(igny8("rules", "export", "cli-round", "--json"))["yaml"] == file.read_text()
    assert "not overwritten" in igny8("rules", "export", "cli-round", str(file), code=3).stderr
    igny8("rules", "export", "cli-round", "copy.yaml")
    assert (tmp_path / "copy.yaml").read_text() == file.read_text()

    file.write_text(rule("cli-round", "demo").replace("cluster_keywords", "cluster_keyword"))
    broken = igny8("rules", "import", str(file), "--replace", code=1)
    assert f"{file}:10:11: actions[0].type: 'cluster_keyword' is not an action." in broken.stderr


def test_a_failed_run_is_run_again(
    igny8: Igny8,
    stack: Stack,
    environment: dict[str, str],
    new_account: Callable[[str, int], Account],
) -> None:
    new_account("cli-poor", 5).import_keywords("shop", PHRASES)
    igny8("rules", "import", "-", given=rule("cli-poor", "cli-poor"))
    failed = igny8("rules", "run", "cli-poor", "--json", code=5)
    run = answer(failed)
    assert run["status"] == "stopped_by_budget"
    assert "credits" in run["error_message"]
    assert "Cluster keywords" in failed.stderr

    add = [sys.executable, "-m", "igny8.cli", "accounts", "credits", "cli-poor", "--add=100"]
    at_home = {**environment, "IGNY8_HOME": str(stack.home.path)}
    granted = subprocess.run(add, env=at_home, capture_output=True, text=True, timeout=60, check=False)
    assert json.loads(granted.stdout) == {"account": "cli-poor", "balance": 105}
    again = igny8("runs", "rerun", run["id"], "--rule", "cli-poor")
    assert f"Run {run['id']} is completed" in again.stdout


def test_ctrl_c_leaves_a_run_going_and_cancel_ends_it(
    igny8: Igny8, stack: Stack, environment: dict[str, str], tmp_path: Path
) -> None:
    connect(stack, "cli-away", f"http://{HOST}:{Ports.free().engine}", "any")  # its action waits for that engine
    before, _, after = rule("cli-away", "cli-away").partition("conditions:")
    igny8("rules", "import", "-", given=before + after[after.index("actions:") :])
    shown = tmp_path / "shown"
    with shown.open("w") as output:
        program = subprocess.Popen(
            [sys.executable, "-m", "igny8.cli", "rules", "run", "cli-away"],
            env=environment, stdout=output, stderr=subprocess.PIPE, text=True,
            # Whoever runs the tests in the background has them, and so this one, ignore SIGINT.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
        )  # fmt: skip
        wait_until(lambda: "does not answer" in shown.read_text(), 120, "the wait to be shown")
        program.send_signal(signal.SIGINT)
        _, told = program.communicate(timeout=30)
    assert program.returncode == 130
    assert "Traceback" not in told
    assert "The run goes on. Look at it: igny8 runs show " in told
    run_id = told.partition("igny8 runs show ")[2].split()[0]
    assert answer(igny8("runs", "show", run_id, "--json"))["status"] == "running"

    assert igny8("runs", "cancel", run_id, "--rule=cli-away").stdout == f"Run {run_id} is cancelled.\n"
    assert "is over" in igny8("runs", "cancel", run_id, "--rule=cli-away", code=3).stderr
    assert answer(igny8("runs", "show", run_id, "--json"))["status"] == "cancelled"
    with stack.airflow() as airflow:
        log: Any = airflow.call("GET", "eventLogs", params={"run_id": run_id, "event": "patch_dag_run"})
    assert [entry["owner"] for entry in log["event_logs"]] == ["admin"], "and it is in Airflow's audit log"


def test_an_event_starts_the_rules_that_wait_for_it_once(
    igny8: Igny8, new_account: Callable[[str, int], Account]
) -> None:
    new_account("cli-events", 500).import_keywords("shop", PHRASES[:2])
    trigger = "event\nevent: cli.happened"
    for name in ("cli-event-1", "cli-event-2"):
        igny8("rules", "import", "-", given=rule(name, "cli-events", trigger, least=10))
    sent = igny8("events", "send", "cli.happened", "--data", '{"a": [1]}', "--id", "e1").stdout
    assert sent.splitlines()[0] == "Event e1 of type cli.happened is sent."
    assert {line.split()[1] for line in sent.splitlines()[2:]} == {"cli-event-1", "cli-event-2"}
    repeated = answer(igny8("events", "send", "cli.happened", "--data", "-", "--id=e1", "--json", given='{"a": [1]}'))
    assert [run["is_new"] for run in repeated["runs"]] == [False, False]
    run_id = repeated["runs"][0]["run_id"]
    several = igny8("runs", "show", run_id, code=3)
    assert "cli-event-1, cli-event-2" in several.stderr
    assert "--rule" in several.stderr
    wait_until(lambda: answer(igny8("runs", "show", run_id, "--rule=cli-event-2", "--json"))["status"] == "skipped", 60)
    assert "keywords.total is 2" in igny8("runs", "show", run_id, "--rule=cli-event-2").stdout
    nobody = igny8("events", "send", "cli.other")
    assert "event: cli.other" in nobody.stderr
    assert "no JSON" in igny8("events", "send", "cli.other", "--data", "{", code=2).stderr
    assert "JSON object" in igny8("events", "send", "cli.other", "--data", "[]", code=2).stderr


def test_what_does_not_exist_is_told_apart(igny8: Igny8) -> None:
    assert "no rule 'cli-none'" in igny8("rules", "show", "cli-none", code=6).stderr
    igny8("rules", "run", "cli-none", code=6)
    igny8("rules", "export", "cli-none", code=6)
    igny8("runs", "show", "manual__none", code=6)
    igny8("runs", "rerun", "manual__none", code=6)
    assert igny8("keywords", "import", "-", "--site=cli-none", given="keyword\ntea\n", code=6).stdout == ""


def test_who_is_not_let_in_is_told_why(igny8: Igny8, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = igny8("rules", "list", "--token", "wrong", code=3)
    assert refused.stderr.startswith(f"Airflow at {stack.ports.airflow_url} does not accept the token.")
    assert "The API key is not known here." in igny8("accounts", "credits", "--engine-key=wrong", code=3).stderr
    monkeypatch.setenv("IGNY8_USERNAME", "admin")
    monkeypatch.setenv("IGNY8_PASSWORD", "wrong")
    assert "password of the user 'admin'" in igny8("rules", "list", code=3).stderr
    monkeypatch.delenv("IGNY8_USERNAME")
    elsewhere = stack.ports.airflow_url.replace(HOST, "localhost")
    assert "wants a login" in igny8("rules", "list", "--url", elsewhere, code=3).stderr, "no password is sent elsewhere"


def test_what_answers_is_not_what_should(igny8: Igny8, stack: Stack) -> None:
    engine, airflow = stack.ports.engine_url, stack.ports.airflow_url
    assert "no automation API" in igny8("rules", "list", "--url", engine, "--token=any", code=4).stderr
    igny8("accounts", "credits", "--engine-url", airflow, "--engine-key=any", code=4)


def test_keywords_are_imported_with_a_report(
    igny8: Igny8, new_account: Callable[[str, int], Account], tmp_path: Path
) -> None:
    key = new_account("cli-words", 5).http.headers["Authorization"].removeprefix("Bearer ")
    (tmp_path / "words.csv").write_text("keyword,volume\ngreen tea,100\n,3\nGreen Tea,5\nblack tea,2\n")
    command = ("keywords", "import", "words.csv", "--site=shop", "--engine-key", key)
    shown = igny8(*command).stdout.splitlines()
    assert shown[:2] == ["2 keywords imported into shop, 1 merged with others.", "1 row could not be used:"]
    assert shown[3].split(maxsplit=1)[0] == "3"
    assert answer(igny8(*command, "--json"))["merged"] == 3
    assert "can't be read: No such file" in igny8("keywords", "import", "none.csv", "--site=shop", code=2).stderr
    shown_credits = igny8("accounts", "credits", "--engine-key", key).stdout
    assert ["Balance", "5"] in [line.split() for line in shown_credits.splitlines()]


def test_a_site_is_connected_and_its_password_never_shown(
    igny8: Igny8, new_account: Callable[[str, int], Account], stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = new_account("cli-site", 5).http.headers["Authorization"].removeprefix("Bearer ")
    monkeypatch.setenv("IGNY8_ENGINE_KEY", key)
    command = ("sites", "connect", "shop", f"{stack.ports.engine_url}/preview", "--username=editor")
    connected = igny8(*command, given="abcd efgh\n", code=1)
    assert "integration_id: " in connected.stdout
    assert "does not accept the user name" in connected.stdout
    assert "Nothing can be published" in connected.stderr
    assert "abcd" not in connected.output
    assert "already" in igny8(*command, given="abcd efgh\n", code=3).stderr
    assert "There is no password" in igny8(*command, code=2).stderr
    private = igny8("sites", "connect", "shop", "http://10.0.0.1", "--username=editor", given="x\n", code=3)
    assert "IGNY8_ALLOWED_HOSTS" in private.stderr


def test_an_account_is_made_in_the_local_systems_database(stack: Stack, environment: dict[str, str]) -> None:
    program = [sys.executable, "-m", "igny8.cli", "accounts", "create", "cli-made", "--credits=7"]
    nowhere = subprocess.run(program, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert (nowhere.returncode, nowhere.stdout) == (4, "")
    assert "No system is up" in nowhere.stderr
    at_home = {**environment, "IGNY8_HOME": str(stack.home.path)}
    made = subprocess.run(program, env=at_home, capture_output=True, text=True, timeout=180, check=False)
    account = json.loads(made.stdout)
    assert account["account"] == "cli-made", made.stderr
    shown = CliRunner().invoke(app, ["accounts", "credits", "--engine-key", account["api_key"], "--json"])
    assert json.loads(shown.stdout)["credits"]["balance"] == 7
    add = [*program[:4], "credits", "cli-mad", "--add=1"]
    mistyped = subprocess.run(add, env=at_home, capture_output=True, text=True, timeout=180, check=False)
    assert (mistyped.returncode, mistyped.stdout) == (6, "")
    assert "'cli-made'" in mistyped.stderr


def test_the_doctor_finds_a_system_that_is_well_and_one_that_is_not(
    igny8: Igny8, stack: Stack, monkeypatch: pytest.MonkeyPatch, rules_folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "one.yaml").write_text(rule("one", "demo"))
    monkeypatch.setenv("AIRFLOW_PORT", str(stack.ports.airflow))
    monkeypatch.setenv("ENGINE_PORT", str(stack.ports.engine))
    well = answer(igny8("doctor", "--json"))
    assert well["ok"]
    states = {check["name"]: check["state"] for check in well["checks"]}
    assert set(states.values()) == {"ok"}, well
    assert {"Python", "Packages", "Rules", "Airflow", "Airflow's parts", "Login", "Automation API"} <= set(states)
    assert {"Engine", "Engine key", "Credits", "WordPress", "Port for Airflow", "Port for the engine"} <= set(states)

    (tmp_path / "rules" / "two.yaml").write_text("id: two")
    monkeypatch.setenv("IGNY8_ENGINE_KEY", "wrong")
    monkeypatch.setenv("IGNY8_USERNAME", "nobody")
    monkeypatch.setenv("ENGINE_PORT", str(stack.ports.airflow))
    ill = igny8("doctor", code=1).stdout
    bad = {line.split("  ")[1].strip(): line.split()[0] for line in ill.partition("\n\n")[0].splitlines()[1:]}
    assert {name for name, state in bad.items() if state == "fail"} == {"Rules", "Login", "Engine key"}
    assert bad["Port for the engine"] == "warn"
    assert "igny8 rules validate rules" in ill
    assert "igny8 accounts create" in ill
    broken = replace(stack.access, airflow_url=f"http://{HOST}:{Ports.free().airflow}")
    broken.write(tmp_path / "access.json")
    assert "Start it: igny8 up" in igny8("doctor", code=1).stdout

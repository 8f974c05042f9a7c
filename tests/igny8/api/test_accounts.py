"""Two accounts on one system, under Airflow's FAB auth manager with permissions for each Dag: what the one may not."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from automation_client import Automation, rule_fields
from driving import as_operator

from igny8_engine.accounts import create_account
from igny8_local.ports import Ports
from igny8_local.stack import Stack

MARK = secrets.token_hex(4)
OURS, THEIRS, LATER, MOVED = (f"{word}-{MARK}" for word in ("ours", "theirs", "later", "moved"))
DAGS = {
    "acme": [f"rule__acme__{OURS}", f"rule__acme__{LATER}", f"rule__acme__{MOVED}", f"rule__acme__{THEIRS}"],
    "other": [f"rule__other__{THEIRS}"],
}
ACCOUNTS = {OURS: "acme", THEIRS: "other"}
NEVER = f"theirz-{MARK}"
EVENT = f"told_{MARK}.twice"
SERVER = Path(__file__).with_name("fab_server.py")


def permissions(dag_ids: list[str], *actions: str) -> list[tuple[str, str]]:
    runs = [
        (action, "DAG Runs") for action in ("can_read", "can_create", "can_edit") if action != "can_edit" or actions[1:]
    ]
    return (
        [(action, f"DAG:{dag_id}") for dag_id in dag_ids for action in actions]
        + (runs if actions[1:] else runs[:1])
        + [(action, "Task Instances") for action in ("can_read", "can_edit") if actions[1:]]
    )


USERS: dict[str, dict[str, Any]] = {
    "anna": {"may": permissions(DAGS["acme"], "can_read", "can_edit", "can_delete")},
    "otis": {"may": permissions(DAGS["other"], "can_read", "can_edit", "can_delete")},
    "rita": {"may": permissions(DAGS["acme"], "can_read")},
    "nils": {"may": [("can_read", f"DAG:rule__acme__{OURS}")]},  # the rule, but none of its runs
}


@pytest.fixture(scope="module")
def acme_key(stack: Stack) -> str:
    """The key of the engine's account acme."""
    return as_operator(stack, lambda session: create_account(session, "acme", 0, exist_ok=True))


@pytest.fixture(scope="module")
def people(stack: Stack, acme_key: str) -> Iterator[dict[str, Automation]]:
    """A login of each user, at an API server of their own kind on the same system."""
    users = {name: {**user, "password": secrets.token_urlsafe(12)} for name, user in USERS.items()}
    port = Ports.free().airflow
    connection = {"conn_type": "http", "host": stack.ports.engine_url, "password": acme_key}
    environment = {
        # It answers a few requests; to measure it would double the time that it takes to start.
        **{name: value for name, value in stack.environment.items() if not name.startswith("COVERAGE")},
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.providers.fab.auth_manager.fab_auth_manager.FabAuthManager",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "IGNY8_TEST_FAB": json.dumps(users),
        "AIRFLOW_CONN_IGNY8_ENGINE_ACME": json.dumps(connection),  # other's rules have the engine's connection only
    }
    log = stack.home.logs / "fab.log"
    url = f"http://127.0.0.1:{port}"
    with (
        log.open("w") as output,
        subprocess.Popen(
            [sys.executable, str(SERVER)], env=environment, stdout=output, stderr=output, start_new_session=True
        ) as server,
    ):
        try:
            deadline = time.monotonic() + 180
            while not answers(url):
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < deadline, log.read_text()
                time.sleep(0.2)
            yield {name: Automation.open(url, name, user["password"]) for name, user in users.items()}
        finally:
            os.killpg(server.pid, signal.SIGTERM)


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v1/automation/rules/", timeout=60).status_code == 401
    except httpx.TransportError:
        return False


@pytest.fixture(scope="module")
def runs(people: dict[str, Automation], stack: Stack, login: Callable[[str], Automation]) -> Iterator[dict[str, str]]:
    """A rule of each account, made by its own people, and a run of it by rule."""
    for name, account, rule_id in (("anna", "acme", OURS), ("otis", "other", THEIRS)):
        people[name].make(id=rule_id, account=account, name="Secret of " + account, trigger="event", event=EVENT)
    yield {
        rule_id: people[name].ok("POST", f"/rules/{rule_id}/execute/", {}, 202)["run_id"]
        for name, rule_id in (("anna", OURS), ("otis", THEIRS))
    }
    for rule_id in (OURS, THEIRS, LATER, MOVED):
        login("admin").http.delete(f"/rules/{rule_id}/")


def test_each_sees_only_their_own(people: dict[str, Automation], runs: dict[str, str]) -> None:
    for name, rule_id in (("anna", OURS), ("rita", OURS), ("otis", THEIRS)):
        user = people[name]
        assert [rule["id"] for rule in user.ok("GET", "/rules/")] == [rule_id]
        assert {run["id"] for run in user.ok("GET", "/rules/execution-history/")} == {runs[rule_id]}
        assert [each["automation_rule"] for each in user.ok("GET", "/stats/")["rules"]] == [rule_id]
        dashboard = user.ok("GET", "/dashboard/")
        assert [each["automation_rule"] for each in dashboard["figures"]["rules"]] == [rule_id]
        assert [each["account"] for each in dashboard["balances"]] == [ACCOUNTS[rule_id]]
        assert {each["account"] for each in dashboard["attention"]} <= {ACCOUNTS[rule_id]}
        assert user.ok("GET", "/scheduled-tasks/") == []
        assert {each["account"] for each in user.ok("GET", "/places/")} == {ACCOUNTS[rule_id]}
        assert user.ok("GET", f"/executions/{runs[rule_id]}/")["automation_rule"] == rule_id
        assert user.ok("GET", f"/rules/{rule_id}/revisions/")[0]["revision"] == 1


def test_what_may_not_be_seen_is_not_there(people: dict[str, Automation], runs: dict[str, str]) -> None:
    anna = people["anna"]
    rule, run = f"/rules/{THEIRS}", f"/executions/{runs[THEIRS]}"
    whole = {**rule_fields(), "account": "other", "name": "Taken over"}
    for method, path, body in (
        ("GET", f"{rule}/", None),
        ("GET", f"{rule}/export/", None),
        ("GET", f"{rule}/progress/", None),
        ("GET", f"{rule}/progress/?run_id={runs[THEIRS]}", None),
        ("GET", f"{rule}/revisions/", None),
        ("GET", f"{rule}/revisions/1/", None),
        ("GET", f"{rule}/revisions/compare/?before=1", None),
        ("POST", f"{rule}/revisions/1/restore/", {}),
        ("POST", f"{rule}/execute/", {}),
        ("PUT", f"{rule}/", whole),
        ("PATCH", f"{rule}/", {"name": "Taken over"}),
        ("DELETE", f"{rule}/", None),
        ("GET", f"{run}/", None),
        ("POST", f"{run}/cancel/", None),
        ("POST", f"{run}/rerun/", {"mode": "whole"}),
        ("GET", f"{run}/approvals/cluster_keywords/", None),
        ("POST", f"{run}/approvals/cluster_keywords/approve/", {}),
        ("POST", f"{run}/approvals/cluster_keywords/reject/", {"reason": "No."}),
        ("GET", f"{run}/approvals/cluster_keywords/articles/1/", None),
        ("GET", f"{rule}/next-runs/", None),
        ("GET", f"{rule}/export-preset/", None),
        ("POST", f"{rule}/estimate/", {}),
        ("POST", f"{rule}/dry-run/", {}),
        ("GET", f"{rule}/hook-secrets/", None),
        ("POST", f"{rule}/hook-secrets/", None),
        ("DELETE", f"{rule}/hook-secrets/0123/", None),
    ):
        told = anna.refused(method, path, body, status=404)
        # The same words as for what was never there.
        never = anna.refused(method, path.replace(THEIRS, NEVER).replace(runs[THEIRS], NEVER), body, status=404)
        for name in (THEIRS, runs[THEIRS]):
            told["error"] = told["error"].replace(name, NEVER)
        assert told["error"] == never["error"], path
        assert "Secret" not in json.dumps(told)
    for params in ({"rule": THEIRS}, {"account": "other"}):
        assert anna.ok("GET", "/rules/execution-history/", params=params) == []
        assert anna.ok("GET", "/stats/", params=params)["total"]["runs"] == 0
        assert anna.ok("GET", "/approvals/", params=params) == []
        dashboard = anna.ok("GET", "/dashboard/", params=params)
        assert dashboard["figures"]["total"]["runs"] == 0
        assert dashboard["balances"] == dashboard["attention"] == []
    assert people["otis"].ok("GET", f"{rule}/")["revision"] == 1


def test_nobody_takes_the_place_of_another_accounts_rule(people: dict[str, Automation], runs: dict[str, str]) -> None:
    """Anna may make a rule of that id in her own account: the store has it for one of the two only."""
    anna, otis = people["anna"], people["otis"]
    before = otis.ok("GET", f"/rules/{THEIRS}/")
    mine = {**rule_fields(), "id": THEIRS, "account": "acme", "name": "Mine now"}
    yaml = json.dumps(mine)
    for told in (
        anna.refused("POST", "/rules/", mine, status=409),
        anna.refused("POST", "/rules/", {**mine, "expected_revision": before["revision"]}, status=409),
        anna.refused(
            "POST",
            "/rules/import/?replace=true",
            content=yaml,
            headers={"Content-Type": "application/yaml"},
            status=409,
        ),
        anna.refused("POST", "/rules/import/", content=yaml, headers={"Content-Type": "application/yaml"}, status=409),
    ):
        assert told["errors"][0]["code"] == "id_taken"
        assert "Secret" not in json.dumps(told)
    for body in ({**mine, "account": "other", "id": f"new-{MARK}"}, {**mine, "account": "third", "id": OURS}):
        told = anna.refused("POST", "/rules/", body, status=403)
        assert body["account"] in told["error"]
        assert "permission" in told["error"]
    told = anna.refused("PATCH", f"/rules/{OURS}/", {"account": "other"}, status=403)
    assert "account" in told["error"]
    assert otis.ok("GET", f"/rules/{THEIRS}/") == before
    assert anna.ok("GET", f"/rules/{OURS}/")["account"] == "acme"


def test_who_may_only_read_changes_nothing(people: dict[str, Automation], runs: dict[str, str]) -> None:
    rita = people["rita"]
    rule, run = f"/rules/{OURS}/", f"/executions/{runs[OURS]}/"
    people["anna"].finish(OURS, runs[OURS])
    for method, path, body in (
        ("PUT", rule, {**rule_fields(), "account": "acme"}),
        ("PATCH", rule, {"name": "Mine now"}),
        ("DELETE", rule, None),
        ("POST", f"{rule}execute/", {}),
        ("POST", f"{rule}revisions/1/restore/", {}),
        ("POST", f"{run}rerun/", {"mode": "whole"}),
        ("POST", f"{run}rerun/", {"action": "cluster_keywords"}),
        ("POST", f"{run}approvals/cluster_keywords/approve/", {}),
        ("POST", f"{run}approvals/cluster_keywords/reject/", {"reason": "No."}),
        ("POST", f"{rule}hook-secrets/", None),
        ("POST", "/rules/", {**rule_fields(), "id": LATER, "account": "acme"}),
    ):
        told = rita.refused(method, path, body, status=403)
        assert "permission" in told["error"], told
    nils = people["nils"]
    assert [each["id"] for each in nils.ok("GET", "/rules/")] == [OURS]
    assert nils.ok("GET", "/rules/execution-history/") == nils.ok("GET", "/scheduled-tasks/") == []
    assert nils.ok("GET", "/stats/")["total"]["runs"] == 0
    assert nils.ok("GET", "/dashboard/")["figures"]["total"]["runs"] == 0
    nils.refused("GET", f"{rule}progress/", status=403)


def test_an_event_starts_only_what_its_sender_may_run(people: dict[str, Automation], runs: dict[str, str]) -> None:
    event = {"id": secrets.token_hex(8), "type": EVENT, "data": {}}
    started = {
        name: [run["automation_rule"] for run in people[name].ok("POST", "/events/", event, 202)["runs"]]
        for name in ("rita", "nils", "anna", "otis")
    }
    assert started == {"rita": [], "nils": [], "anna": [OURS], "otis": [THEIRS]}


def test_content_is_for_those_who_may_see_a_rule_of_its_account(
    people: dict[str, Automation], runs: dict[str, str], stack: Stack, acme_key: str
) -> None:
    anna, rita, otis = people["anna"], people["rita"], people["otis"]
    site = {"slug": "secrets", "name": "Secrets"}
    headers = {"Authorization": f"Bearer {acme_key}"}
    assert httpx.post(f"{stack.ports.engine_url}/v1/sites", json=site, headers=headers).status_code == 201
    place = {"account": "acme", "site": "secrets"}
    imported = anna.ok("POST", "/content/keywords/import/", params=place, content=b"keyword\nsecret of acme\n")
    assert imported["added"] == 1
    # One account, with one site: neither has to be named.
    assert [item["phrase"] for item in anna.ok("GET", "/content/keywords/")] == ["secret of acme"]
    assert [item["phrase"] for item in rita.ok("GET", "/content/keywords/", params=place)] == ["secret of acme"]
    told = rita.refused("POST", "/content/keywords/import/", params=place, content=b"keyword\nmine\n", status=403)
    assert "permission" in told["error"]
    rita.refused("POST", "/content/integrations/1/probe/", params=place, status=403)
    assert [each["account"] for each in anna.ok("GET", "/content/accounts/")] == ["acme"]

    values = "keywords/values/phrase/"
    assert [each["value"] for each in rita.ok("GET", f"/content/{values}", params=place)] == ["secret of acme"]
    reading = ("keywords/", values, "posts/", "integrations/", "articles/1/", "images/1/file/")
    for user, foreign in ((otis, "acme"), (anna, "demo")):
        for method, path in [*(("GET", each) for each in reading), ("POST", "keywords/import/")]:
            told = user.refused(method, f"/content/{path}", params={"account": foreign}, status=404)
            assert told["error"] == f"There is no account '{foreign}'.", path
    assert anna.refused("GET", "/content/posts/?account=x", status=404)["error"] == "There is no account 'x'."
    # The connection that is there for all is the key of another account, whose content is not theirs.
    [summary] = otis.ok("GET", "/content/accounts/")
    assert summary["sites"] == []
    assert "igny8_engine_other" in summary["problem"]
    for path in ("keywords/", values, "articles/1/"):
        assert "igny8_engine_other" in otis.refused("GET", f"/content/{path}", status=404)["error"]


def test_an_id_goes_from_one_account_to_the_other(
    people: dict[str, Automation], login: Callable[[str], Automation]
) -> None:
    """The history of a deleted rule stays with the account that had it."""
    admin, anna = login("admin"), people["anna"]
    admin.ok("POST", "/rules/", {**rule_fields(), "id": MOVED, "account": "other", "name": "Secret of other"}, 201)
    admin.ok("DELETE", f"/rules/{MOVED}/")
    anna.refused("GET", f"/rules/{MOVED}/revisions/", status=404)
    made = anna.ok("POST", "/rules/", {**rule_fields(), "id": MOVED, "account": "acme"}, 201)
    numbers = [revision["revision"] for revision in anna.ok("GET", f"/rules/{MOVED}/revisions/")]
    assert numbers == [made["revision"]]
    for number in range(1, made["revision"]):
        anna.refused("GET", f"/rules/{MOVED}/revisions/{number}/", status=404)
        anna.refused("POST", f"/rules/{MOVED}/revisions/{number}/restore/", {}, status=404)


def test_an_account_edits_runs_repeats_and_deletes_its_own(
    people: dict[str, Automation], runs: dict[str, str], login: Callable[[str], Automation]
) -> None:
    anna = people["anna"]
    anna.finish(OURS, runs[OURS])
    assert anna.ok("PATCH", f"/rules/{OURS}/", {"description": "Ours."})["revision"] == 2
    again = anna.ok("POST", f"/executions/{runs[OURS]}/rerun/", {"action": "cluster_keywords"}, 202)
    assert again["run_id"] == runs[OURS]
    anna.finish(OURS, runs[OURS])
    assert anna.ok("DELETE", f"/rules/{OURS}/")["deleted"] is True
    assert runs[OURS] in {run["id"] for run in anna.ok("GET", "/rules/execution-history/", params={"rule": OURS})}
    entries = login("admin").http.get(
        f"{login('admin').url}/api/v2/eventLogs", params={"dag_id": f"rule__acme__{OURS}", "limit": 100}
    )
    told = {(entry["event"], entry["owner"]) for entry in entries.json()["event_logs"]}
    assert {
        ("rule_created", "anna"),
        ("rule_changed", "anna"),
        ("rule_deleted", "anna"),
        ("trigger_dag_run", "anna"),
    } <= told

"""Every write is in Airflow's audit log, with the user who made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import psycopg
from automation_client import Automation, rule_fields
from every_route import PRESET
from test_hooks import signed

from igny8_local.stack import Stack

KINDS = {
    "rule_created", "rule_changed", "rule_restored", "rule_deleted", "hook_secret_created", "trigger_dag_run",
}  # fmt: skip
"""What the API writes. What Airflow writes for it of runs that are ended, and of approvals, is looked at where these
are tried: in tests/integration."""


def test_every_write_is_in_airflows_audit_log(
    automation: Automation, login: Callable[[str], Automation], stack: Stack
) -> None:
    ulla, otto = login("ulla"), login("otto")
    rule = ulla.make()
    path, dag_id = f"/rules/{rule['id']}/", rule["dag_id"]
    otto.ok("PATCH", path, {"description": "Two."})
    ulla.ok("PUT", path, {**rule_fields(), "name": rule["name"], "description": "Three."})
    otto.ok("POST", f"{path}revisions/1/restore/", {})
    text = automation.http.get(f"{path}export/").text.replace("name:", "description: Five.\nname:")
    answer = ulla.http.post("/rules/import/?replace=true", content=text, headers={"Content-Type": "application/yaml"})
    assert answer.status_code == 201, answer.text
    run = otto.ok("POST", f"{path}execute/", {}, 202)["run_id"]
    otto.finish(rule["id"], run)
    again = ulla.ok("POST", f"/executions/{run}/rerun/", {"mode": "whole"}, 202)["run_id"]
    ulla.finish(rule["id"], again)
    otto.ok("POST", f"/executions/{again}/rerun/", {"action": "cluster_keywords"}, 202)
    ulla.ok("PATCH", path, {"trigger": "event", "event": f"audited.e{rule['id'].rpartition('-')[2]}"})
    event = {"id": rule["id"], "type": f"audited.e{rule['id'].rpartition('-')[2]}"}
    told = otto.ok("POST", "/events/", event, 202)["runs"][0]["run_id"]
    secret = ulla.ok("POST", f"{path}hook-secrets/", status=201)["secret"]
    sent = signed(b"{}", secret, "audited")
    hooked = httpx.post(f"{ulla.http.base_url}hooks/{rule['id']}/", content=b"{}", headers=sent)
    assert hooked.status_code == 202, hooked.text
    preset = ulla.ok("POST", f"/presets/{PRESET}/instantiate/", {"save": True, "account": "demo", "site": "s"}, 201)
    ulla.ok("DELETE", f"/rules/{preset['id']}/")
    # Refused, and so not there.
    login("vera").refused("PATCH", path, {"name": "Mine"}, status=403)
    otto.refused("PATCH", path, {"name": ""}, status=422)
    otto.refused("PATCH", path, {"name": "Late", "expected_revision": 1}, status=409)
    ulla.ok("DELETE", path)
    ulla.made.clear()

    def entries(dag_id: str) -> list[dict[str, Any]]:
        query = {"dag_id": dag_id, "limit": 100, "order_by": "id"}
        answer = automation.http.get(f"{automation.url}/api/v2/eventLogs", params=query)
        found: list[dict[str, Any]] = answer.json()["event_logs"]
        return [entry for entry in found if entry["event"] in KINDS or "clear" in entry["event"]]

    found = entries(dag_id)
    assert [(entry["event"], entry["owner"].partition(" ")[0], entry["run_id"]) for entry in found] == [
        ("rule_created", "ulla", None),
        ("rule_changed", "otto", None),
        ("rule_changed", "ulla", None),
        ("rule_restored", "otto", None),
        ("rule_changed", "ulla", None),
        ("trigger_dag_run", "otto", run),
        ("trigger_dag_run", "ulla", again),
        ("post_clear_task_instances", "otto", again),
        ("rule_changed", "ulla", None),
        ("trigger_dag_run", "otto", told),
        ("hook_secret_created", "ulla", None),
        ("trigger_dag_run", "webhook", hooked.json()["data"]["run_id"]),
        ("rule_deleted", "ulla", None),
    ]
    assert all(f'"rule": "{rule["id"]}"' in entry["extra"] for entry in found if entry["event"].startswith("rule_"))
    # Airflow shows no entries of a Dag that it has never had.
    with psycopg.connect(stack.database_url("airflow")) as database:
        rows = database.execute("select event, owner from log where dag_id = %s order by id", [preset["dag_id"]])
        assert rows.fetchall() == [("rule_created", "ulla"), ("rule_deleted", "ulla")]

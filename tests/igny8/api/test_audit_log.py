"""Every write is in Airflow's audit log, with the user who made it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automation_client import Automation, rule_fields


def test_every_write_is_in_airflows_audit_log(automation: Automation, login: Callable[[str], Automation]) -> None:
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
    # Refused, and so not there.
    login("vera").refused("PATCH", path, {"name": "Mine"}, status=403)
    otto.refused("PATCH", path, {"name": ""}, status=422)
    otto.refused("PATCH", path, {"name": "Late", "expected_revision": 1}, status=409)
    ulla.ok("DELETE", path)
    ulla.made.clear()

    def entries() -> list[dict[str, Any]]:
        answer = automation.http.get(
            f"{automation.url}/api/v2/eventLogs", params={"dag_id": dag_id, "limit": 100, "order_by": "id"}
        )
        found: list[dict[str, Any]] = answer.json()["event_logs"]
        return found

    kinds = {"rule_created", "rule_changed", "rule_restored", "rule_deleted", "trigger_dag_run"}
    found = [entry for entry in entries() if entry["event"] in kinds or "clear" in entry["event"]]
    assert [(entry["event"], entry["owner"], entry["run_id"]) for entry in found] == [
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
        ("rule_deleted", "ulla", None),
    ]
    assert all(f'"rule": "{rule["id"]}"' in entry["extra"] for entry in found if entry["event"].startswith("rule_"))

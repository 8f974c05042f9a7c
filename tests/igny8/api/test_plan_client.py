"""A client that was written from the plan alone: its paths, its fields, its envelope."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import pytest
from automation_client import Automation, rule_fields

RULE = {
    "id": str,
    "name": str,
    "description": str,
    "trigger": str,
    "schedule": str | None,
    "conditions": list,
    "actions": list,
    "is_active": bool,
    "status": str,
    "last_executed_at": str | None,
    "execution_count": int,
}
EXECUTION = {
    "id": str,
    "automation_rule": str,
    "scheduled_at": str | None,
    "executed_at": str | None,
    "status": str,
    "result": dict | None,
    "error_message": str | None,
}
HISTORY = "/rules/execution-history/"


def has(found: dict[str, Any], fields: dict[str, Any]) -> None:
    for name, kind in fields.items():
        assert isinstance(found[name], kind), (name, found[name])


def test_a_rule_from_its_making_to_its_end(automation: Automation, rules_folder: Path) -> None:
    mark = secrets.token_hex(4)
    plain = {
        "name": f"Plan's client {mark}, Überprüfung",
        "trigger": "manual",
        "conditions": [],
        "actions": rule_fields()["actions"],
    }
    made = automation.send("POST", "/rules/", plain)
    assert made.status_code == 201
    rule = made.json()["data"]
    automation.made.append(rule["id"])
    has(rule, RULE)
    assert rule["id"] == f"plan-s-client-{mark}-uberprufung"
    assert (rule["account"], rule["site"]) == ("demo", "home-espresso")  # as the system is set
    assert {name: rule[name] for name in ("is_active", "status", "execution_count", "last_executed_at")} == {
        "is_active": True,
        "status": "active",
        "execution_count": 0,
        "last_executed_at": None,
    }
    path = f"/rules/{rule['id']}/"
    idle = automation.ok("GET", f"{path}progress/")
    assert (idle["status"], idle["progress"], idle["actions"]) == ("idle", 0, [])

    started = automation.ok(
        "POST", f"{path}execute/", {"context": {"why": "tried"}}, 202
    )  # at once: its Dag is awaited
    assert (started["automation_rule"], started["is_new"]) == (rule["id"], True)
    seen = automation.finish(rule["id"], started["run_id"])
    assert (seen["status"], seen["progress"], seen["error"]) == ("SUCCESS", 100, None)
    assert [(action["id"], action["state"], action["progress"]) for action in seen["actions"]] == [
        ("cluster_keywords", "completed", 100)
    ]
    assert automation.ok("GET", f"{path}progress/")["run_id"] == started["run_id"]

    ran = automation.ok("GET", HISTORY, params={"rule": rule["id"]})
    assert [execution["id"] for execution in ran] == [started["run_id"]]
    has(ran[0], EXECUTION)
    assert (ran[0]["status"], ran[0]["automation_rule"]) == ("completed", rule["id"])
    told = automation.ok("GET", f"/executions/{started['run_id']}/")
    assert told["context"] == {"why": "tried"}
    after = automation.ok("GET", path)
    assert after["execution_count"] == 1
    assert after["last_executed_at"] == ran[0]["executed_at"]

    changed = automation.ok("PATCH", path, {"description": "Changed.", "actions": [{**plain["actions"][0], "id": "c"}]})
    assert (changed["description"], changed["revision"], changed["name"]) == ("Changed.", 2, plain["name"])
    again = f"/executions/{started['run_id']}/rerun/"
    for body, revision, action in (
        ({"only_failed": False}, 2, "c"),
        ({"mode": "whole", "revision": "same"}, 1, "cluster_keywords"),
        ({"action": "cluster_keywords"}, 1, "cluster_keywords"),
    ):
        repeat = automation.ok("POST", again, body, 202)
        assert repeat["revision"] == revision
        seen = automation.finish(rule["id"], repeat["run_id"])
        assert (seen["status"], [each["id"] for each in seen["actions"]]) == ("SUCCESS", [action])
        assert automation.ok("GET", f"/executions/{repeat['run_id']}/")["revision"] == revision
    assert automation.ok("PUT", path, {**plain, "description": "Put."})["description"] == "Put."
    assert automation.ok("DELETE", path) == {"id": rule["id"], "deleted": True}
    automation.refused("GET", path, status=404)
    automation.refused("DELETE", path, status=404)
    kept = [execution["id"] for execution in automation.ok("GET", HISTORY, params={"rule": rule["id"]})]
    assert len(kept) == 3, "the history stays"
    assert started["run_id"] in kept
    assert not (rules_folder / f"{rule['id']}.yaml").exists()


def test_the_same_key_is_the_same_run(automation: Automation) -> None:
    rule = automation.make()
    path = f"/rules/{rule['id']}/execute/"
    first, second = (automation.ok("POST", path, status=202, headers={"Idempotency-Key": "office 1/2"}) for _ in "12")
    assert second == {**first, "is_new": False}
    other = automation.ok("POST", path, {}, 202, headers={"Idempotency-Key": "office 1/3"})
    assert other["run_id"] != first["run_id"]
    automation.finish(rule["id"], other["run_id"])
    automation.finish(rule["id"], first["run_id"])
    assert automation.send("GET", HISTORY, params={"rule": rule["id"]}).json()["meta"]["count"] == 2
    assert automation.ok("GET", f"/rules/{rule['id']}/")["execution_count"] == 2
    over = automation.refused("POST", f"/executions/{first['run_id']}/cancel/", status=409)
    assert "completed" in over["error"]


def test_what_is_not_there_is_404_with_what_was_meant(automation: Automation) -> None:
    rule = automation.make(id="nearly-this-one")
    told = automation.refused("GET", "/rules/nearly-this-on/", status=404)
    assert f"Did you mean '{rule['id']}'?" in told["error"]
    for method, path in (
        ("PUT", "/rules/none/"),
        ("PATCH", "/rules/none/"),
        ("DELETE", "/rules/none/"),
        ("POST", "/rules/none/execute/"),
        ("GET", "/rules/none/progress/"),
        ("GET", f"/rules/{rule['id']}/progress/?run_id=none"),
        ("GET", "/executions/none/"),
        ("POST", "/executions/none/cancel/"),
        ("POST", "/executions/none/rerun/"),
        ("GET", "/scheduled-tasks/none/"),
        ("GET", "/rules/none/revisions/"),
        ("GET", f"/rules/{rule['id']}/revisions/7/"),
        ("GET", "/nothing/"),
    ):
        body = {} if method in {"PUT", "PATCH", "POST"} else None
        assert automation.refused(method, path, body, status=404)["errors"][0]["code"] == "not_found", path
    assert "PUT" in automation.refused("POST", f"/rules/{rule['id']}/", {}, status=405)["error"]


def test_due_and_done_on_the_clock(automation: Automation) -> None:
    coming = automation.ok("GET", "/scheduled-tasks/", params={"status": "pending"})
    weekly = next(task for task in coming if task["automation_rule"] == "keywords-to-articles")
    has(weekly, {**EXECUTION, "scheduled_at": str})
    assert (weekly["executed_at"], weekly["result"], weekly["error_message"]) == (None, None, None)
    assert automation.ok("GET", f"/scheduled-tasks/{weekly['id']}/", params={"rule": "keywords-to-articles"}) == weekly
    listed = {rule["id"]: rule for rule in automation.ok("GET", "/rules/")}
    assert listed["keywords-to-articles"]["next_run_at"] == weekly["scheduled_at"]


def test_action_types_say_all_that_a_form_needs(automation: Automation) -> None:
    kinds = {kind["type"]: kind for kind in automation.ok("GET", "/rules/action-types/")}
    publish = kinds["publish_to_wordpress"]
    assert set(publish["params"]) == set(publish["params_schema"])
    assert publish["name"]
    assert publish["description"]
    assert publish["credits"]
    assert {output["name"] for output in kinds["cluster_keywords"]["outputs"]} >= {"cluster_ids"}


def test_sending_back_what_was_read_changes_nothing(automation: Automation, rules_folder: Path) -> None:
    text = (rules_folder / "keywords-to-articles.yaml").read_text()
    read = automation.send("GET", "/rules/keywords-to-articles/")
    revision = read.json()["data"]["revision"]
    for method in ("PUT", "PATCH"):
        sent = automation.send(
            method, "/rules/keywords-to-articles/", read.json()["data"], headers={"If-Match": read.headers["etag"]}
        )
        assert sent.status_code == 200, sent.text
        assert sent.json()["data"]["revision"] == revision
        assert (rules_folder / "keywords-to-articles.yaml").read_text() == text
    call = {"type": "http_request", "params": {"url": "https://chat.example"}}
    made = automation.make(schedule="0 4 * * *", trigger="schedule", conditions=[], on_failure=[call, call])
    small = (rules_folder / f"{made['id']}.yaml").read_text()
    assert automation.ok("PUT", f"/rules/{made['id']}/", made)["revision"] == 1
    assert (rules_folder / f"{made['id']}.yaml").read_text() == small


def test_comments_outlive_changes(automation: Automation, rules_folder: Path) -> None:
    rule_id = f"commented-{secrets.token_hex(4)}"
    yaml = (
        f"# Why this rule is there.\nid: {rule_id}\nname: Commented # for people\naccount: demo\n"
        "site: home-espresso\ntrigger: manual\n\nactions:\n  # What is grouped.\n"
        "  - type: cluster_keywords\n    params: {keyword_ids: []}\n"
    )
    imported = automation.send("POST", "/rules/import/", content=yaml, headers={"Content-Type": "application/yaml"})
    assert imported.status_code == 201, imported.text
    automation.made.append(rule_id)
    assert (rules_folder / f"{rule_id}.yaml").read_text() == yaml
    automation.ok("PATCH", f"/rules/{rule_id}/", {"name": "Said otherwise", "description": "New."})
    changed = (rules_folder / f"{rule_id}.yaml").read_text()
    for comment in ("# Why this rule is there.", "# for people", "# What is grouped."):
        assert comment in changed
    assert automation.http.get(f"/rules/{rule_id}/export/").text == changed
    comparison = automation.ok("GET", f"/rules/{rule_id}/revisions/compare/", params={"before": 1})
    assert {change["path"]: change["after"] for change in comparison["changes"]} == {
        "name": "Said otherwise",
        "description": "New.",
    }
    restored = automation.ok("POST", f"/rules/{rule_id}/revisions/1/restore/", {"expected_revision": 2})
    assert restored["revision"] == 3
    assert (rules_folder / f"{rule_id}.yaml").read_text() == yaml
    numbers = [revision["revision"] for revision in automation.ok("GET", f"/rules/{rule_id}/revisions/")]
    assert numbers == [3, 2, 1]


def test_off_and_on(automation: Automation, rules_folder: Path) -> None:
    rule = automation.make(is_active=False)
    path = f"/rules/{rule['id']}/"
    assert (rule["is_active"], rule["status"]) == (False, "paused")
    assert automation.ok("PATCH", path, {"is_active": True})["status"] == "active"
    off = automation.ok("PATCH", path, {"is_active": False})
    assert (off["is_active"], off["status"]) == (False, "paused")
    on = automation.ok("PUT", path, {**off, "is_active": True})
    assert (on["is_active"], on["status"]) == (True, "active")
    # Who reads a rule, changes its status and sends it back has said so, though is_active is what it was.
    assert automation.ok("PUT", path, {**on, "status": "inactive"})["status"] == "inactive"
    assert automation.ok("PATCH", path, {"is_active": False})["status"] == "inactive"  # it is off already
    refused = automation.refused("POST", f"{path}execute/", {}, status=409)
    assert "active" in refused["error"]
    told = automation.refused("PATCH", path, {"is_active": "yes"})
    assert (told["errors"][0]["path"], told["errors"][0]["value"]) == ("is_active", "yes")
    assert automation.ok("GET", path)["revision"] == 5


@pytest.mark.parametrize("way", ["expected_revision", "If-Match"])
def test_somebody_else_was_faster(automation: Automation, way: str) -> None:
    rule = automation.make()
    path = f"/rules/{rule['id']}/"
    automation.ok("PATCH", path, {"name": "Theirs"})

    def write(method: str, body: dict[str, Any] | None, revision: int) -> Any:
        if way == "If-Match":
            return {"method": method, "path": path, "body": body, "headers": {"If-Match": f'"{revision}"'}}
        if body is None:
            return {"method": method, "path": path, "params": {"expected_revision": revision}}
        return {"method": method, "path": path, "body": {**body, "expected_revision": revision}}

    for method, body in (("PATCH", {"name": "Mine"}), ("PUT", {**rule_fields(), "name": "Mine"}), ("DELETE", None)):
        told = automation.refused(**write(method, body, 1), status=409)
        conflict = told["conflict"]
        assert (conflict["expected_revision"], conflict["current_revision"]) == (1, 2)
        assert "name: Theirs" in conflict["current"]
        assert (conflict["proposed"] is None) if body is None else ("name: Mine" in conflict["proposed"])
    assert automation.ok("GET", path)["name"] == "Theirs"
    assert automation.ok(**write("PATCH", {"name": "Mine"}, 2))["revision"] == 3
    assert automation.ok(**write("DELETE", None, 3))["deleted"] is True


def test_a_new_rule_takes_no_others_place(automation: Automation) -> None:
    rule = automation.make(id="first-come")
    told = automation.refused("POST", "/rules/", {**rule_fields(), "id": "first-come"}, status=409)
    assert told["conflict"]["expected_revision"] == 0
    again = automation.make(name="First come")
    assert (rule["id"], again["id"]) == ("first-come", "first-come-2")
    for revision in ("1.5", "-1", "x", ""):
        automation.refused("PATCH", "/rules/first-come/", {"name": "N"}, headers={"If-Match": revision})
    automation.refused("PATCH", "/rules/first-come/", {"expected_revision": "1"})
    automation.refused("PATCH", "/rules/first-come/", {"expected_revision": 2}, headers={"If-Match": '"1"'})
    automation.refused("PATCH", "/rules/first-come/", {"id": "other"})


def test_lists_are_filtered_sorted_and_in_pages(automation: Automation) -> None:
    made = [
        automation.make(name=f"Listed {letter}", description="needle" if letter == "b" else "", status=status)
        for letter, status in (("c", "active"), ("a", "paused"), ("b", "active"))
    ]
    automation.make(
        name="Listed d", trigger="schedule", schedule=["0 4 * * *", "0 5 * * *"], site="other-site", status="inactive"
    )

    def ids(**params: Any) -> list[str]:
        return [rule["id"] for rule in automation.ok("GET", "/rules/", params={"search": "listed", **params})]

    assert ids() == ["listed-a", "listed-b", "listed-c", "listed-d"]
    assert ids(ordering="-name") == ["listed-d", "listed-c", "listed-b", "listed-a"]
    assert ids(ordering="status") == ["listed-b", "listed-c", "listed-d", "listed-a"]
    assert len(ids(ordering="-next_run_at")) == 4
    assert ids(status="paused") == ["listed-a"]
    assert ids(trigger="schedule") == ["listed-d"]
    assert ids(site="other-site", account="demo") == ["listed-d"]
    assert ids(account="nobody") == []
    assert [rule["id"] for rule in automation.ok("GET", "/rules/", params={"search": "NEEDLE"})] == [made[2]["id"]]
    seen: list[str] = []
    path: str | None = "/rules/?search=listed&page_size=3&ordering=-id"
    while path:
        answer = automation.send("GET", path.removeprefix("/api/v1/automation")).json()
        seen += [rule["id"] for rule in answer["data"]]
        assert answer["meta"]["count"] == 4
        path = answer["meta"]["next"]
    assert seen == ["listed-d", "listed-c", "listed-b", "listed-a"]
    assert automation.ok("GET", "/rules/?page=9") == []
    run = automation.ok("POST", "/rules/listed-b/execute/", {}, 202)["run_id"]
    automation.finish("listed-b", run)
    assert ids(ordering="-execution_count")[0] == ids(ordering="-last_executed_at")[0] == "listed-b"
    assert ids(ordering="success_rate")[0] == ids(ordering="-success_rate")[0] == "listed-b"  # the others have none
    assert len(ids(ordering="credits_this_month", timezone="Asia/Tokyo")) == 4
    assert [execution["id"] for execution in automation.ok("GET", HISTORY, params={"status": "completed"})].count(run)
    for params in ({"status": "failed"}, {"until": "2020-01-01T00:00:00Z"}, {"account": "nobody"}):
        assert automation.ok("GET", HISTORY, params={"automation_rule": "listed-b", **params}) == []
    for path, params in (
        ("/rules/", {"page": "0"}),
        ("/rules/", {"page_size": "501"}),
        ("/rules/", {"ordering": "age"}),
        ("/rules/", {"status": "good"}),
        (HISTORY, {"since": "yesterday"}),
        (HISTORY, {"status": "good"}),
    ):
        told = automation.refused("GET", path, params=params)
        assert next(iter(params)) in told["errors"][0]["path"], told


def test_everything_that_is_wrong_is_told_at_once(automation: Automation) -> None:
    body = {**rule_fields(), "name": "", "trigger": "sometimes", "actions": [{"type": "cluster_keyword"}], "colour": 1}
    told = automation.refused("POST", "/rules/", body)
    found = {fault["path"]: fault for fault in told["errors"]}
    assert set(found) == {"name", "trigger", "actions[0].type", "colour"}
    assert found["actions[0].type"]["suggestion"] == "cluster_keywords"
    looked = automation.ok("POST", "/rules/validate/", body)
    assert looked["valid"] is False
    assert {fault["path"] for fault in looked["errors"]} == set(found)
    good = automation.ok("POST", "/rules/validate/", {**rule_fields(), "name": "Good"})
    assert (good["valid"], good["errors"], good["warnings"]) == (True, [], [])
    assert "good" not in {rule["id"] for rule in automation.ok("GET", "/rules/")}


def test_a_broken_rule_is_listed_with_what_is_wrong_and_can_be_mended(
    automation: Automation, rules_folder: Path
) -> None:
    path = rules_folder / "mended.yaml"
    path.write_text(
        "id: mended\nname: To be mended\naccount: demo\nsite: home-espresso\ntrigger: manual\nactions: []\n"
    )
    automation.made.append("mended")
    broken = automation.ok("GET", "/rules/mended/")
    assert [fault["path"] for fault in broken["problems"]] == ["actions"]
    assert broken["problems"][0]["line"] == 6
    assert broken["is_active"] is False
    assert [rule["id"] for rule in automation.ok("GET", "/rules/", params={"status": "broken"})].count("mended") == 1
    assert "broken" in automation.refused("POST", "/rules/mended/execute/", {}, status=422)["error"]
    mended = automation.ok("PUT", "/rules/mended/", {**broken, "actions": rule_fields()["actions"]})
    assert mended["problems"] == []


def test_figures(automation: Automation) -> None:
    rule = automation.make()
    run = automation.ok("POST", f"/rules/{rule['id']}/execute/", {}, 202)["run_id"]
    automation.finish(rule["id"], run)
    found = automation.ok("GET", "/stats/", params={"rule": rule["id"]})
    assert found["total"]["runs"] == 1
    assert (found["total"]["success_rate"], found["total"]["error_rate"]) == (1, 0)
    assert found["total"]["duration_p50"] == found["total"]["duration_p95"] > 0
    assert [figures["automation_rule"] for figures in found["rules"]] == [rule["id"]]
    assert [figures["account"] for figures in found["accounts"]] == ["demo"]
    assert found["days"][0]["runs"] == 1

"""Rules in plain words, why they did or didn't run, and presets: over the REST API of the running system."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest
from driving import Account, Rules

from igny8.rules import read_rule
from igny8_local.paths import REPOSITORY
from igny8_local.stack import Stack
from watching import wait_until

PRESET_ROUTES = (
    ("GET", "/presets/"),
    ("GET", "/presets/weekly-content-pipeline/"),
    ("POST", "/presets/weekly-content-pipeline/instantiate/"),
    ("POST", "/presets/import/"),
    ("GET", "/rules/keywords-to-articles/export-preset/"),
)


@pytest.fixture(scope="module")
def http(stack: Stack) -> Iterator[httpx.Client]:
    with stack.airflow() as airflow:
        airflow.call("GET", "dags", params={"limit": 1})
        headers = {"Authorization": airflow._http.headers["Authorization"]}
    url = f"{stack.ports.airflow_url}/api/v1/automation"
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        yield client


def data(answer: httpx.Response) -> Any:
    assert answer.is_success, f"{answer.request.url}: {answer.status_code} {answer.text}"
    return answer.json()["data"]


@pytest.mark.parametrize(("method", "path"), PRESET_ROUTES)
def test_presets_ask_for_a_login(stack: Stack, method: str, path: str) -> None:
    answer = httpx.request(method, f"{stack.ports.airflow_url}/api/v1/automation{path}", json={"preset": "x"})
    assert answer.status_code == 401


def test_a_rule_that_acts_and_one_that_does_not_say_when_and_why(
    http: httpx.Client, rules: Rules, new_account: Callable[[str, int], Account]
) -> None:
    name = f"plain-{secrets.token_hex(3)}"
    account = new_account(name, 100)
    rule_id = f"group-{name}"
    rule = {
        "id": rule_id,
        "name": "Group",
        "account": name,
        "site": "shop",
        "trigger": "manual",
        "conditions": [{"field": "keywords.new", "operator": "greater_than", "value": 2}],
        "actions": [
            {
                "type": "cluster_keywords",
                "params": {"keyword_ids": {"where": [{"field": "status", "operator": "equals", "value": "new"}]}},
            }
        ],
    }
    made = data(http.post("/rules/", json=rule))
    assert made["in_words"] == (
        "When it is started by hand, on the site shop, if there are more than 2 new keywords: cluster all new keywords."
    )
    assert (made["last_checked_at"], made["last_acted_at"]) == (None, None)

    skipped = run(http, rule_id)
    assert (skipped["status"], skipped["skip_reason"]) == (
        "skipped",
        "The conditions do not hold: keywords.new is 0, and the rule asks it to be greater than 2.",
    )
    seen = data(http.get(f"/rules/{rule_id}/"))
    checked = datetime.fromisoformat(seen["last_checked_at"])
    began, ended = (datetime.fromisoformat(skipped[name]) for name in ("executed_at", "ended_at"))
    assert began < checked <= ended
    assert seen["last_acted_at"] is None

    account.import_keywords("shop", ["espresso machine", "espresso grinder", "milk frother", "tamper"])
    acted = run(http, rule_id)
    assert (acted["status"], acted["skip_reason"]) == ("completed", None)
    then = data(http.get(f"/rules/{rule_id}/"))
    assert seen["last_checked_at"] < then["last_checked_at"] < then["last_acted_at"]

    run(http, rule_id)
    last = data(http.get(f"/rules/{rule_id}/"))
    assert last["last_acted_at"] == then["last_acted_at"]
    assert last["last_checked_at"] > then["last_checked_at"]
    assert (
        next(each for each in data(http.get("/rules/", params={"account": name})))["last_acted_at"]
        == (last["last_acted_at"])
    )


def run(http: httpx.Client, rule_id: str) -> dict[str, Any]:
    """Run a rule to its end; the execution."""
    run_id = data(http.post(f"/rules/{rule_id}/execute/"))["run_id"]

    def look() -> dict[str, Any] | None:
        seen = data(http.get(f"/executions/{run_id}/", params={"rule": rule_id}))
        return seen if seen["status"] not in {"pending", "running"} else None

    found = wait_until(look, 90, f"the end of {run_id}")
    assert found is not None
    listed = data(http.get("/rules/execution-history/", params={"rule": rule_id}))
    assert listed[0]["skip_reason"] == found["skip_reason"]
    return found


def test_every_action_skipped_by_its_own_condition(http: httpx.Client) -> None:
    rule = data(
        http.post(
            "/rules/",
            json={
                "name": f"Never {secrets.token_hex(3)}",
                "account": "demo",
                "site": "home-espresso",
                "trigger": "manual",
                "actions": [
                    {
                        "type": "cluster_keywords",
                        "params": {"keyword_ids": [1]},
                        "when": [{"field": "event.really", "operator": "equals", "value": True}],
                    }
                ],
            },
        )
    )
    assert run(http, rule["id"])["skip_reason"] == (
        "Every action was skipped. cluster_keywords: The conditions do not hold: "
        "event.really is missing, and the rule asks it to equal True."
    )


def test_what_a_revision_changed_is_told_in_sentences(http: httpx.Client) -> None:
    text = (REPOSITORY / "rules" / "keywords-to-articles.yaml").read_text("utf-8")
    rule_id = f"told-{secrets.token_hex(3)}"
    text = text.replace("id: keywords-to-articles", f"id: {rule_id}").replace("status: active", "status: inactive")
    data(http.post("/rules/import/", content=text.encode()))
    data(http.patch(f"/rules/{rule_id}/", json={"schedule": "30 7 * * MON-FRI", "conditions": []}))
    data(http.post("/rules/import/", params={"replace": True}, content=f"{text}\n# looked at\n".encode()))
    assert http.delete(f"/rules/{rule_id}/").is_success
    told = [
        "schedule: every Monday at 06:00 (Europe/Berlin) → every weekday at 07:30 (Europe/Berlin)",
        "condition taken out: there are more than 20 new keywords",
    ]
    back = [
        "schedule: every weekday at 07:30 (Europe/Berlin) → every Monday at 06:00 (Europe/Berlin)",
        "condition added: there are more than 20 new keywords",
    ]
    listed = data(http.get(f"/rules/{rule_id}/revisions/"))
    assert [each["summary"] for each in listed] == [["deleted"], back, told, ["made"]]
    compared = data(http.get(f"/rules/{rule_id}/revisions/compare/", params={"before": 1, "after": 2}))
    assert compared["in_words"] == told


def test_looking_at_a_rule_tells_what_cannot_be_meant(http: httpx.Client) -> None:
    text = (REPOSITORY / "rules" / "keywords-to-articles.yaml").read_text("utf-8")
    text = text.replace("value: 20}", "value: 20}\n  - {field: keywords.new, operator: less_than, value: 9}")
    looked_at = data(http.post("/rules/validate/", content=text.encode(), headers={"Content-Type": "application/yaml"}))
    line = 1 + text[: text.index("conditions:")].count("\n")
    assert [(each["code"], each["path"], each["line"]) for each in looked_at["warnings"]] == [
        ("never_holds", "conditions", line),
        ("never_acts", "conditions", line),
    ]
    assert looked_at["valid"] is True
    assert looked_at["in_words"].startswith("Every Monday at 06:00 (Europe/Berlin), on the site home-espresso, if ")
    broken = data(http.post("/rules/validate/", json={"name": "x"}))
    assert (broken["warnings"], broken["in_words"]) == ([], None)


def test_a_preset_becomes_a_rule_and_a_rule_a_preset(http: httpx.Client, rules: Rules) -> None:
    listed = {each["id"]: each for each in data(http.get("/presets/"))}
    assert len(listed) >= 8
    assert listed["weekly-content-pipeline"]["must_set"] == ["integration"]
    preset = data(http.get("/presets/weekly-content-pipeline/"))
    asked = {each["name"]: each for each in preset["inputs"]}
    assert (asked["integration"]["default"], asked["articles"]["default"]) == (None, 8)
    assert asked["post_status"]["choices"] == ["draft", "pending", "private", "publish"]
    path = "/presets/weekly-content-pipeline/instantiate/"
    body: dict[str, Any] = {"account": "demo", "site": "home-espresso", "id": f"made-{secrets.token_hex(3)}"}

    looked_at = data(http.post(path, json={**body, "inputs": {"articles": 0}}))
    assert (looked_at["valid"], looked_at["must_set"], looked_at["yaml"]) == (False, ["integration"], None)
    assert {(fault["path"], fault["code"]) for fault in looked_at["errors"]} == {
        ("inputs.integration", "missing"),
        ("inputs.articles", "out_of_range"),
    }
    assert http.post(path, json={**body, "save": True}).status_code == 422
    body["inputs"] = {"integration": 1, "schedule": "0 7 * * TUE"}
    looked_at = data(http.post(path, json=body))
    assert looked_at["valid"] is True
    assert looked_at["in_words"].startswith("Every Tuesday at 07:00 (UTC), on the site home-espresso, if there are mor")
    assert http.get(f"/rules/{body['id']}/").status_code == 404, "looking at it saves nothing"

    saved = http.post(path, json={**body, "save": True})
    assert saved.status_code == 201
    assert saved.json()["data"]["in_words"] == looked_at["in_words"]
    assert http.post(path, json={**body, "save": True}).status_code == 409, "the id is taken now"
    assert "# Not all the new clusters" in http.get(f"/rules/{body['id']}/export/").text
    rules.dag(body["id"])

    shared = http.get(f"/rules/{body['id']}/export-preset/")
    assert shared.headers["content-type"].startswith("application/yaml")
    assert "account" not in shared.text
    assert "home-espresso" not in shared.text
    imported = data(http.post("/presets/import/", json={"preset": shared.text, "account": "demo", "site": "other"}))
    assert imported["must_set"] == ["integration_id"]
    filled = {"preset": shared.text, "account": "demo", "site": "other", "inputs": {"integration_id": 1}}
    text = data(http.post("/presets/import/", json=filled))["yaml"]
    one, other = read_rule(text), read_rule(http.get(f"/rules/{body['id']}/export/").text)
    assert (one.actions, one.schedule, one.site) == (other.actions, other.schedule, "other")
    assert http.get("/presets/weekly-content-pipelin/").json()["errors"][0]["suggestion"] == "weekly-content-pipeline"
    assert data(http.post("/presets/import/", json={"preset": "id: x"}))["valid"] is False
    http.delete(f"/rules/{body['id']}/")

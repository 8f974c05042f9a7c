"""Events: one run for each event and rule, however often and by however many it is told."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from automation_client import Automation

from igny8_local.stack import Stack

EVENTS = 80
"""How many events are told; bench/events.py tells of 1,000."""


@pytest.fixture
def waiting(automation: Automation) -> dict[str, Any]:
    return automation.make(
        trigger="event",
        event=f"tried.e{secrets.token_hex(4)}",
        conditions=[{"field": "event.count", "operator": "greater_than", "value": 10}],
    )


def test_conditions_are_evaluated_on_the_event(automation: Automation, waiting: dict[str, Any]) -> None:
    runs: dict[int, str] = {}
    for count in (5, 50):
        event = {"id": f"{waiting['id']}-{count}", "type": waiting["event"], "data": {"count": count}}
        told = automation.ok("POST", "/events/", event, 202)
        assert told["not_started"] == []
        (run,) = told["runs"]
        assert (run["automation_rule"], run["dag_id"], run["is_new"]) == (waiting["id"], waiting["dag_id"], True)
        again = automation.ok("POST", "/events/", {**event, "data": {"count": 1000}}, 202)
        assert again["runs"] == [{**run, "is_new": False}]
        runs[count] = run["run_id"]
    for run_id in runs.values():
        assert automation.finish(waiting["id"], run_id)["status"] == "SUCCESS"
    history = automation.ok("GET", "/rules/execution-history/", params={"rule": waiting["id"]})
    assert {run["id"]: (run["status"], run["trigger"]) for run in history} == {
        runs[5]: ("skipped", "event"),
        runs[50]: ("completed", "event"),
    }
    skipped = automation.ok("GET", f"/executions/{runs[5]}/", params={"rule": waiting["id"]})
    assert skipped["context"] == {"id": f"{waiting['id']}-5", "type": waiting["event"], "count": 5}
    assert skipped["conditions"]["holds"] is False
    (finding,) = skipped["conditions"]["findings"]
    assert (finding["field"], finding["actual"], finding["value"], finding["holds"]) == ("event.count", 5, 10, False)
    assert "event.count" in skipped["conditions"]["reason"]
    assert [action["state"] for action in skipped["actions"]] == ["skipped"]
    progress = automation.ok("GET", f"/rules/{waiting['id']}/progress/", params={"run_id": runs[5]})
    assert progress["phase"] == skipped["conditions"]["reason"]
    assert (
        automation.ok("GET", "/rules/execution-history/", params={"rule": waiting["id"], "status": "skipped"})[0]["id"]
        == (runs[5])
    )


def test_rules_that_would_start_each_other_are_refused(automation: Automation) -> None:
    optimize = {"type": "optimize_content", "params": {"content_ids": [1]}}
    polish = automation.make(trigger="event", event="content.published", actions=[optimize])
    publish = {
        **{name: polish[name] for name in ("account", "site")},
        "name": "Publish what was polished",
        "trigger": "event",
        "event": "content.optimized",
        "actions": [{"type": "publish_to_wordpress", "params": {"content_ids": [1], "integration_id": 1}}],
    }
    looked = automation.ok("POST", "/rules/validate/", publish)
    refused = automation.refused("POST", "/rules/", publish)
    assert looked["valid"] is False
    for (fault,) in (looked["errors"], refused["errors"]):
        assert (fault["path"], fault["code"]) == ("event", "fires_in_a_circle")
        assert polish["id"] in fault["message"]


def test_what_an_event_does_not_start(automation: Automation, waiting: dict[str, Any]) -> None:
    def started(**fields: Any) -> tuple[list[str], list[str]]:
        event = {"id": secrets.token_hex(8), "type": waiting["event"], "data": {"count": 1}, **fields}
        told = automation.ok("POST", "/events/", event, 202)
        return [run["automation_rule"] for run in told["runs"]], [each["reason"] for each in told["not_started"]]

    assert started(type="tried.other") == ([], [])
    assert started(account="somebody") == ([], [])
    assert started(site="elsewhere") == ([], [])
    assert started(account="demo", site="home-espresso") == ([waiting["id"]], [])
    automation.ok("PATCH", f"/rules/{waiting['id']}/", {"is_active": False})
    assert started() == ([], [])
    for wrong in ({"id": ""}, {"id": "x" * 201}, {"id": 5}, {"type": None}, {"data": []}, {"account": "A B"}, {"x": 1}):
        event = {"id": "x", "type": "y", "data": {}, **wrong}
        told = automation.refused("POST", "/events/", event)
        assert told["errors"][0]["path"] == next(iter(wrong)), told


def test_told_by_eight_at_once_it_is_still_one_run_each(
    automation: Automation, waiting: dict[str, Any], login: Callable[[str], Automation], stack: Stack
) -> None:
    """Every event is told once, every fourth twice; none of them meets the rule's condition, so the runs are short."""
    other = automation.make(trigger="event", event=waiting["event"], conditions=waiting["conditions"])
    mark = secrets.token_hex(4)
    posts = [*range(EVENTS), *range(0, EVENTS, 4)]
    random_order = sorted(posts, key=lambda number: (number * 7919) % (EVENTS + 1))
    users = [Automation.login(stack, name) for name in ("admin", "ulla", "otto", "admin") * 2]

    def tell(share: int) -> list[tuple[str, str, bool]]:
        found: list[tuple[str, str, bool]] = []
        for number in random_order[share::8]:
            event = {"id": f"{mark}/{number}", "type": waiting["event"], "data": {"count": number % 10}}
            told = users[share].ok("POST", "/events/", event, 202)
            assert len(told["runs"]) == 2, told
            found += [(run["automation_rule"], run["run_id"], run["is_new"]) for run in told["runs"]]
        return found

    with ThreadPoolExecutor(8) as pool:
        told = [run for found in pool.map(tell, range(8)) for run in found]
    for user in users:
        user.http.close()
    assert Counter(is_new for _, _, is_new in told) == {True: 2 * EVENTS, False: 2 * (len(posts) - EVENTS)}
    assert len({(rule_id, run_id) for rule_id, run_id, _ in told}) == 2 * EVENTS
    for rule_id in (waiting["id"], other["id"]):
        listed = automation.send("GET", "/rules/execution-history/", params={"rule": rule_id, "page_size": 500}).json()
        assert listed["meta"]["count"] == EVENTS
        assert automation.ok("GET", f"/rules/{rule_id}/")["execution_count"] == EVENTS
        automation.http.patch(f"/rules/{rule_id}/", json={"status": "inactive"})

"""Runs of one rule that overlap, quiet hours, and the next runs, on the running system."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from driving import Rules, Run, connect

from igny8_local.ports import free_port
from igny8_local.stack import Stack
from watching import wait_until

ACCOUNT = "stuck"
"""An account whose engine is away, so that its runs go on for as long as the engine is waited for."""

RULE = """\
id: {id}
name: {id}
account: {account}
site: shop
{fields}
actions:
  - {{type: cluster_keywords, params: {{keyword_ids: [1]}}}}
"""
GOING = {"turn": "success", "cluster_keywords": "deferred"}


@pytest.fixture
def write(rules: Rules, stack: Stack) -> Iterator[Callable[..., None]]:
    """Writes rules of that account; their runs are ended after the test."""
    connect(stack, ACCOUNT, f"http://127.0.0.1:{free_port()}", "none")
    made: list[str] = []

    def make(rule_id: str, *fields: str) -> None:
        rules.write(rule_id, RULE.format(id=rule_id, account=ACCOUNT, fields="\n".join(fields)))
        made.append(rule_id)

    yield make
    for rule_id in made:
        for run in runs(rules, rule_id):
            if run.state() in {"queued", "running"}:
                run.cancel()
    rules.airflow.call("DELETE", f"connections/igny8_engine_{ACCOUNT}")


def runs(rules: Rules, rule_id: str) -> list[Run]:
    """The runs of a rule, in the order in which they were made."""
    dag_id = f"rule__{ACCOUNT}__{rule_id}"
    listed: Any = rules.airflow.call("GET", f"dags/{dag_id}/dagRuns", params={"order_by": "id"})["dag_runs"]
    return [Run(rules.airflow, dag_id, run["dag_run_id"]) for run in listed]


def execution(automation: httpx.Client, run: Run) -> dict[str, Any]:
    rule_id = run.dag_id.removeprefix(f"rule__{ACCOUNT}__")
    answer = automation.get(f"/executions/{quote(run.run_id)}/", params={"rule": rule_id})
    assert answer.is_success, answer.text
    return dict(answer.json()["data"])


def start_at_once(stack: Stack, dag_id: str, number: int) -> None:
    """Start so many runs in the same moment."""
    ready = threading.Barrier(number)

    def start(place: int) -> None:
        with stack.airflow() as airflow:
            airflow.call("GET", "version")
            ready.wait(30)
            body: dict[str, Any] = {"logical_date": None, "dag_run_id": f"manual__{place}"}
            airflow.call("POST", f"dags/{dag_id}/dagRuns", body=body)

    threads = [threading.Thread(target=start, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_each_policy_does_as_it_says(
    write: Callable[..., None], rules: Rules, stack: Stack, automation: httpx.Client
) -> None:
    write("skips", "trigger: manual", "overlap: skip")
    write("cancels", "trigger: manual", "overlap: cancel_older")
    write("queues", "trigger: manual", "overlap: queue")
    write("two-at-once", "trigger: manual", "overlap: {parallel: 2}")
    dags = {name: rules.dag(name, ACCOUNT) for name in ("skips", "cancels", "queues", "two-at-once")}
    start_at_once(stack, dags["skips"], 3)
    start_at_once(stack, dags["cancels"], 3)
    queued = [rules.start(dags["queues"]) for _ in range(2)]
    parallel = [rules.start(dags["two-at-once"]) for _ in range(3)]

    # Of runs that start at the same moment, the one that was made first goes on, or the one that was made last.
    first, *others = runs(rules, "skips")
    assert [run.wait() for run in others] == ["success", "success"]
    wait_until(lambda: first.states() == GOING, what=f"the first goes: {first.states()}")
    for run in others:
        assert run.states() == {"turn": "skipped", "cluster_keywords": "skipped"}
        assert {task["pid"] for task in run.tasks().values()} == {None}, "no worker was needed"
        told = execution(automation, run)
        due = datetime.fromisoformat(execution(automation, first)["scheduled_at"])
        assert told["status"] == "skipped"
        assert told["skip_reason"] == f"The run of {due:%H:%M} (UTC) was still going."
    *others, last = runs(rules, "cancels")
    assert {run.wait() for run in others} <= {"failed", "success"}
    wait_until(lambda: last.states() == GOING, what=f"the last goes: {last.states()}")
    seen = [execution(automation, run) for run in others]
    # One that had not begun to decide is cancelled; one that had sees for itself that a newer one goes.
    assert {each["status"] for each in seen} <= {"cancelled", "skipped"}

    newest = rules.start(dags["cancels"])
    assert last.wait() == "failed"
    wait_until(lambda: newest.states() == GOING, what=f"the newest goes: {newest.states()}")
    told = execution(automation, last)
    assert told["status"] == "cancelled"
    assert told["error_message"].startswith("Cancelled by overlap: the run of ")
    assert told["error_message"].endswith(" (UTC) was due.")
    note: Any = rules.airflow.call("GET", last.path)["note"]
    assert note == told["error_message"]

    assert [run.state() for run in queued] == ["running", "queued"]
    assert [run.state() for run in parallel] == ["running", "running", "queued"]
    queued[0].cancel()
    parallel[0].cancel()
    wait_until(lambda: queued[1].state() == parallel[2].state() == "running", what="the next one of each starts")


def test_an_event_waits_for_the_end_of_quiet_hours_and_the_clock_leaves_them_out(
    write: Callable[..., None], rules: Rules, automation: httpx.Client
) -> None:
    now = datetime.now(UTC)
    begin, end = (f"{now + timedelta(hours=hours):%H:00}" for hours in (-1, 2))
    quiet = f'quiet_hours: [{{from: "{begin}", to: "{end}"}}]'
    write("at-night", "trigger: event", "event: shop.opened", quiet)
    write("hourly", "trigger: schedule", 'schedule: ["0 * * * *", "30 * * * *"]', quiet)
    sent = automation.post("/events/", json={"id": "e1", "type": "shop.opened", "data": {}})
    assert sent.is_success, sent.text
    (begun,) = sent.json()["data"]["runs"]
    waiting = Run(rules.airflow, begun["dag_id"], begun["run_id"])
    wait_until(lambda: waiting.states() == {"turn": "deferred", "cluster_keywords": None}, what="it waits")

    def phase() -> str:
        answer = automation.get("/rules/at-night/progress/", params={"run_id": waiting.run_id})
        return str(answer.json()["data"]["phase"])

    wait_until(lambda: phase().startswith("waiting until "), what=phase())
    assert f"it is quiet from {begin} to {end} (UTC)" in phase()
    by_hand = rules.start(waiting.dag_id)
    wait_until(lambda: by_hand.states() == GOING, what=f"a person may start one: {by_hand.states()}")

    dag_id = rules.dag("hourly", ACCOUNT)
    told = automation.get("/rules/hourly/next-runs/", params={"count": 3}).json()["data"]["next_runs"]
    over = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=2)
    assert [datetime.fromisoformat(each) for each in told] == [over + timedelta(minutes=30 * n) for n in range(3)]
    airflows: Any = rules.airflow.call("GET", f"dags/{dag_id}")
    assert datetime.fromisoformat(airflows["next_dagrun_run_after"]) == over
    assert "quiet times left out" in airflows["timetable_summary"]
    assert [file for file in rules.import_errors() if "action.broken_action" not in file] == []

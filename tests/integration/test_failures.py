"""What goes wrong is said where its user looks, nothing is paid twice, and what can be resumed is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from automation_client import Automation
from driving import Account, Rules, as_operator, connect

from igny8_engine.accounts import grant_credits
from igny8_local.ports import HOST, Ports
from igny8_local.stack import ENGINE, Stack
from slow_service import create_app
from watching import wait_until

CLUSTER = """\
id: {id}
name: Cluster
account: {account}
site: shop
trigger: manual
actions:
  - type: cluster_keywords
    params: {{keyword_ids: {{where: []}}}}
  - type: generate_ideas
"""
POOR = (
    CLUSTER
    + """\
  - {{id: last, type: cluster_keywords, params: {{keyword_ids: []}}, needs: [generate_ideas]}}
on_failure:
  - {{id: tell, type: draw_lots, params: {{content_ids: [5, 6], how_many: 1}}}}
"""
)
GATED = """\
id: gated
name: Plan the site when it can be paid
account: patient
site: shop
trigger: manual
conditions: [{field: credits.balance, operator: greater_than, value: 100}]
actions:
  - type: generate_site_structure
"""
PHRASES = ["clean a grinder", "clean grinder burrs", "best beans for espresso", "beans for milk drinks"]


def test_an_account_without_credits_stops_at_once_and_goes_on_when_it_has_some(
    rules: Rules, stack: Stack, new_account: Callable[[str, int], Account], automation: httpx.Client
) -> None:
    """The second of three actions cannot be paid. What is repeated is what is asked for, and the first never is."""
    account = new_account("poor", 13)
    account.import_keywords("shop", PHRASES)
    rules.write("poor", POOR.format(id="poor", account="poor"))
    run = rules.start(rules.dag("poor", "poor"))

    def repeat(mode: str) -> int:
        body = {"mode": mode}
        answer = automation.post(f"/executions/{quote(run.run_id)}/rerun/", json=body, params={"rule": "poor"})
        assert answer.status_code == 202, answer.text
        told = answer.json()["data"]
        assert (told["run_id"], told["mode"], told["revision"]) == (run.run_id, mode, 1)
        return int(told["actions"])

    def tries() -> dict[str, int]:
        return {name: run.tasks()[name]["try_number"] for name in ("cluster_keywords", "generate_ideas", "tell")}

    failed = {
        "cluster_keywords": "success",
        "generate_ideas": "failed",
        "last": "upstream_failed",
        "outcome": "upstream_failed",
        "tell": "success",
    }
    assert run.wait() == "failed"
    assert run.states() == failed
    assert tries() == {"cluster_keywords": 1, "generate_ideas": 1, "tell": 1}, "waiting does not bring credits"
    assert "credits" in run.log("generate_ideas")
    assert account.credits() == {"balance": 3, "reserved": 0, "spent_today": 10}
    clusters = run.xcom("cluster_keywords", "cluster_ids")

    assert repeat("only_failed") == 3, "the one that failed, and the two that waited for it"
    assert run.wait() == "failed"
    assert run.states() == failed
    assert tries() == {"cluster_keywords": 1, "generate_ideas": 2, "tell": 1}

    as_operator(stack, lambda session: grant_credits(session, "poor", 500))
    assert repeat("from_failed") == 4, "and what comes after them, though it did not fail"
    assert run.wait() == "success"
    assert run.states() == {**dict.fromkeys(failed, "success"), "tell": "skipped"}
    assert (tries()["cluster_keywords"], tries()["generate_ideas"]) == (1, 3)
    assert run.xcom("cluster_keywords", "cluster_ids") == clusters
    assert account.credits()["spent_today"] == 10 + 15 * len(clusters)


def test_a_wrong_key_fails_at_once_and_names_the_connection(rules: Rules, stack: Stack) -> None:
    connect(stack, "stranger", stack.ports.engine_url, "not-a-key")
    rules.write("stranger", CLUSTER.format(id="stranger", account="stranger"))
    run = rules.start(rules.dag("stranger", "stranger"))
    assert run.wait() == "failed"
    assert run.tasks()["cluster_keywords"]["try_number"] == 1
    log = run.log("cluster_keywords")
    assert "refuses the API key" in log
    assert "igny8_engine_stranger" in log


def test_an_engine_that_is_down_is_waited_for_and_said_to_be(
    rules: Rules, stack: Stack, new_account: Callable[[str, int], Account]
) -> None:
    account = new_account("patient", 500)
    account.import_keywords("shop", PHRASES)
    rules.write("patient", CLUSTER.format(id="patient", account="patient"))
    rules.write("gated", GATED)
    dag_ids = [rules.dag(rule_id, "patient") for rule_id in ("patient", "gated")]
    stack.kill(ENGINE)
    runs = [rules.start(dag_id) for dag_id in dag_ids]
    for run, task in zip(runs, ("cluster_keywords", "gate"), strict=True):
        progress = wait_until(lambda run=run, task=task: run.xcom(task, "progress"), 60, "the progress to say it")
        assert "does not answer" in progress["phase"]
    shown = Automation.login(stack, "admin").ok("GET", "/rules/gated/progress/")
    assert shown["status"] == "PROGRESS"
    assert "does not answer" in shown["phase"]
    stack.restart(ENGINE)
    for run in runs:
        assert run.wait() == "success"
        assert {task["try_number"] for task in run.tasks().values()} == {1}


@pytest.fixture
def slow_engine() -> Iterator[str]:
    """An engine whose jobs take a minute each."""
    port = Ports.free().engine
    server = uvicorn.Server(uvicorn.Config(create_app(60), host=HOST, port=port, log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://{HOST}:{port}"
    server.should_exit = server.force_exit = True
    thread.join()


def test_a_run_that_a_user_ends_cancels_its_job(rules: Rules, stack: Stack, slow_engine: str) -> None:
    connect(stack, "slow", slow_engine, "any")
    text = CLUSTER.format(id="slow", account="slow").replace("{where: []}", "[1]")
    rules.write("slow", text)
    run = rules.start(rules.dag("slow", "slow"))
    progress = wait_until(lambda: run.xcom("cluster_keywords", "progress"), 60, "the first progress")
    assert (progress["phase"], progress["done"], progress["total"]) == ("waiting", 0, 1)
    run.cancel()
    wait_until(lambda: cancelled(slow_engine, int(progress["job"])), 30, "the job to be cancelled")
    assert run.states() == {"cluster_keywords": "failed", "generate_ideas": "skipped"}


def cancelled(url: str, job: int) -> bool:
    return bool(httpx.get(f"{url}/v1/jobs/{job}").json()["state"] == "cancelled")

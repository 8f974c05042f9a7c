"""Receivers are told how runs went, whatever happens to them and to us, and runs are what they were without it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import httpx
import pytest
import uvicorn
from driving import Rules, Run, connect
from standardwebhooks import Webhook

from igny8_local.ports import HOST, Ports
from igny8_local.stack import Stack
from misbehaving import CUT, Reply, Server, in_turn, serving
from slow_service import create_app
from watching import wait_until

ALLOWED = "127.0.0.2"
NOT_ALLOWED = "127.0.0.3"
RULE = """\
id: {id}
name: Notifying
account: {account}
site: home-espresso
trigger: manual
conditions: [{{field: event.stop, operator: not_equals, value: true}}]
actions: [{{type: cluster_keywords, params: {{keyword_ids: [{keyword}]}}}}]
notify:
{receivers}
"""
TRIGGERER = "triggerer"


@pytest.fixture
def receive() -> Iterator[Callable[..., Server]]:
    with ExitStack() as opened:
        yield lambda *answers, host=ALLOWED: opened.enter_context(serving(host, in_turn(*answers)))


@pytest.fixture
def start(rules: Rules, automation: httpx.Client) -> Callable[..., tuple[Run, str]]:
    """Makes a rule that notifies these addresses on these occasions, and starts it; its run and its secret."""

    def make(
        receivers: dict[str, str], account: str = "demo", signed: bool = True, keyword: str = "", **event: Any
    ) -> tuple[Run, str]:
        rule_id = f"notifying-{secrets.token_hex(4)}"
        listed = "\n".join(f"  - {{url: {url}, on: [{on}]}}" for url, on in receivers.items())
        rules.write(rule_id, RULE.format(id=rule_id, account=account, receivers=listed, keyword=keyword))
        dag_id = rules.dag(rule_id, account)
        secret = ""
        if signed:
            answer = automation.post(f"/rules/{rule_id}/hook-secrets/")
            assert answer.status_code == 201, answer.text
            secret = answer.json()["data"]["secret"]
        return rules.start(dag_id, {"stop": False, **event}), secret

    return make


def execution(automation: httpx.Client, run: Run) -> dict[str, Any]:
    rule_id = run.rule
    answer = automation.get(f"/executions/{quote(run.run_id)}/", params={"rule": rule_id})
    return dict(answer.json()["data"])


def test_a_receiver_that_misbehaves_and_a_triggerer_that_dies_cost_no_message(
    start: Callable[..., tuple[Run, str]],
    stack: Stack,
    automation: httpx.Client,
    receive: Callable[..., Server],
) -> None:
    receiver = receive(Reply(CUT), Reply(500), Reply(429, headers={"Retry-After": "2"}), Reply(503))
    run, secret = start({f"{receiver.url}/a?b=c": "success, failure"})
    wait_until(lambda: len(receiver.asked) >= 4, 60, "three failures and one more")
    assert receiver.asked[3].at - receiver.asked[2].at >= 2, "it asked for two seconds"
    stack.kill(TRIGGERER)
    receiver.replies = in_turn(Reply(after=1))
    stack.restart(TRIGGERER)
    assert run.wait(180) == "success"

    assert run.states() == dict.fromkeys(("gate", "cluster_keywords", "notify"), "success")
    assert len({(asked.headers["webhook-id"], asked.body) for asked in receiver.asked}) == 1, "it is the same message"
    last = receiver.asked[-1]
    told = Webhook(secret).verify(last.body, last.headers)
    assert last.path == "/a?b=c"
    assert told["type"] == "rule.succeeded"
    result = {"done": 0, "failed": 0, "total": 0, "credits": 0}
    assert told["data"]["actions"]["cluster_keywords"].items() >= result.items()
    assert (
        told["data"].items()
        >= {
            "rule": run.rule,
            "account": "demo",
            "site": "home-espresso",
            "run_id": run.run_id,
            "dag_id": run.dag_id,
            "status": "completed",
            "credits": 0,
            "error": None,
        }.items()
    )
    [delivery] = run.xcom("notify", "deliveries")["deliveries"].values()
    assert (delivery["id"], delivery["state"]) == (last.headers["webhook-id"], "delivered")
    seen = execution(automation, run)
    assert seen["status"] == "completed"
    assert [action["id"] for action in seen["actions"]] == ["cluster_keywords"], "to notify is no action"


def test_a_failure_is_told_to_those_who_asked_for_it(
    start: Callable[..., tuple[Run, str]], stack: Stack, automation: httpx.Client, receive: Callable[..., Server]
) -> None:
    connect(stack, "unheard", stack.ports.engine_url, "not-a-key")
    worried, happy = receive(Reply()), receive(Reply())
    run, secret = start({worried.url: "failure", happy.url: "success"}, account="unheard")
    assert run.wait() == "failed"
    assert run.states()["notify"] == "success"
    [message] = worried.asked
    told = Webhook(secret).verify(message.body, message.headers)
    assert (told["type"], told["data"]["status"], told["data"]["actions"]) == ("rule.failed", "failed", {})
    assert "cluster_keywords: " in told["data"]["error"]
    assert "refuses the API key" in told["data"]["error"]
    assert happy.asked == []
    assert told["data"]["error"] == execution(automation, run)["error_message"]


def test_a_run_that_does_nothing_tells_nobody(
    start: Callable[..., tuple[Run, str]], automation: httpx.Client, receive: Callable[..., Server]
) -> None:
    receiver = receive(Reply())
    run, _ = start({receiver.url: "success, failure"}, stop=True)
    assert run.wait() == "success"
    assert run.states() == dict.fromkeys(("gate", "cluster_keywords", "notify"), "skipped")
    assert receiver.asked == []
    assert execution(automation, run)["status"] == "skipped"


def test_what_cannot_be_delivered_is_said_and_the_run_stays_what_it_is(
    start: Callable[..., tuple[Run, str]], automation: httpx.Client, receive: Callable[..., Server]
) -> None:
    elsewhere, private, good = receive(Reply()), receive(Reply(), host=NOT_ALLOWED), receive(Reply())
    gone, moved = receive(Reply(410)), receive(Reply(307, headers={"Location": elsewhere.url}))
    run, _ = start(dict.fromkeys((gone.url, moved.url, private.url, good.url), "success"))
    assert run.wait() == "success", "a notification decides nothing"
    assert run.states() == {"gate": "success", "cluster_keywords": "success", "notify": "failed"}
    assert run.tasks()["notify"]["try_number"] == 1
    log = run.log("notify")
    for words in ("answered 410", "redirect", f"add {private.url[7:]} to IGNY8_ALLOWED_HOSTS"):
        assert words in log
    assert [len(each.asked) for each in (gone, moved, private, elsewhere, good)] == [1, 1, 0, 0, 1]
    assert execution(automation, run)["status"] == "completed"


def test_nothing_is_sent_unsigned(start: Callable[..., tuple[Run, str]], receive: Callable[..., Server]) -> None:
    receiver = receive(Reply())
    run, _ = start({receiver.url: "success"}, signed=False)
    assert run.wait() == "success"
    assert run.states()["notify"] == "failed"
    assert "igny8_hook_account_demo" in run.log("notify")
    assert receiver.asked == []


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


def test_a_run_that_a_user_ends_is_told_as_a_failure_and_is_cancelled(
    start: Callable[..., tuple[Run, str]],
    stack: Stack,
    automation: httpx.Client,
    receive: Callable[..., Server],
    slow_engine: str,
) -> None:
    connect(stack, "slowly", slow_engine, "any")
    receiver = receive(Reply())
    run, _ = start({receiver.url: "failure"}, account="slowly", keyword="1")
    wait_until(lambda: run.xcom("cluster_keywords", "progress"), 60, "the action to be at work")
    run.cancel()
    assert run.wait() == "failed"
    assert [message.json["type"] for message in receiver.asked] == ["rule.failed"]
    assert execution(automation, run)["status"] == "cancelled"

"""Webhooks as strangers send them: signed, forged, stale, replayed, cut off, too large, too many, and all at once."""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from standardwebhooks import Webhook

from igny8.webhooks import HookSecret, sign
from igny8_local.paths import REPOSITORY
from igny8_local.stack import Stack

PREFIX = "/api/v1/automation"
EVENT = "keywords.imported"


@dataclass
class Hooks:
    """The rules of an admin, and messages of others to them."""

    stack: Stack
    url: str
    admin: httpx.Client
    anybody: httpx.Client
    made: list[str] = field(default_factory=list)

    def rule(self, **fields: Any) -> str:
        """Make a rule whose runs end at its gate, unless the event says go; its id."""
        rule = {
            "id": f"hooked-{secrets.token_hex(4)}",
            "name": "Hooked",
            "account": "demo",
            "site": "home-espresso",
            "trigger": "event",
            "event": EVENT,
            "conditions": [{"field": "event.go", "operator": "equals", "value": True}],
            "actions": [{"type": "cluster_keywords", "params": {"keyword_ids": []}}],
            **fields,
        }
        if rule["trigger"] != "event":
            del rule["event"]
        answer = self.admin.post("/rules/", json=rule)
        assert answer.status_code == 201, answer.text
        self.made.append(str(rule["id"]))
        return str(rule["id"])

    def secret(self, rule_id: str) -> str:
        answer = self.admin.post(f"/rules/{rule_id}/hook-secrets/")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["data"]["secret"])

    def send(
        self, path: str, body: Any, secret: str, event_id: str | None = None, **change: str | None
    ) -> httpx.Response:
        """Send a message; ``change`` names headers (with _) that are sent in the place of the right ones."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = signed(content, secret, event_id or new_id())
        headers |= {name.replace("_", "-"): value for name, value in change.items() if value is not None}
        for name, value in change.items():
            if value is None:
                del headers[name.replace("_", "-")]
        return self.anybody.post(f"/hooks/{path}", content=content, headers=headers)

    def runs(self, rule_id: str, account: str = "demo") -> list[dict[str, Any]]:
        dag_id = f"rule__{account}__{rule_id}"
        with self.stack.airflow() as airflow:
            if not airflow.has_dag(dag_id):
                return []
            return airflow.call("GET", f"dags/{dag_id}/dagRuns")["dag_runs"]  # type: ignore[return-value]


def signed(content: bytes, secret: str, event_id: str, age: float = 0) -> dict[str, str]:
    then = datetime.now(UTC) - timedelta(seconds=age)
    text = content.decode("utf-8", "replace")
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(int(then.timestamp())),
        "webhook-signature": Webhook(secret).sign(event_id, then, text),
        "content-type": "application/json",
    }


def new_id() -> str:
    return f"evt_{secrets.token_hex(8)}"


def new_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


def message(kind: str = EVENT, **data: Any) -> dict[str, Any]:
    return {"type": kind, "timestamp": "2026-03-02T06:00:00Z", "data": data}


def log_in(stack: Stack, username: str) -> httpx.Client:
    passwords = json.loads((stack.home.airflow / "passwords.json").read_text())
    url = stack.ports.airflow_url
    answer = httpx.post(f"{url}/auth/token", json={"username": username, "password": passwords[username]}, timeout=60)
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return httpx.Client(base_url=url + PREFIX, headers=headers, timeout=60)


@pytest.fixture(scope="module")
def hooks(stack: Stack) -> Iterator[Hooks]:
    url = stack.ports.airflow_url + PREFIX
    with log_in(stack, "admin") as admin, httpx.Client(base_url=url, timeout=60) as anybody:
        found = Hooks(stack, url, admin, anybody)
        yield found
        for rule_id in found.made:
            admin.delete(f"/rules/{rule_id}/")


@pytest.fixture(scope="module")
def hooked(hooks: Hooks) -> tuple[str, str]:
    """A rule and its secret."""
    rule_id = hooks.rule()
    return rule_id, hooks.secret(rule_id)


def test_a_signed_message_starts_a_run_about_its_data_and_the_same_again_finds_it(
    hooks: Hooks, hooked: tuple[str, str]
) -> None:
    rule_id, secret = hooked
    event_id = new_id()
    answer = hooks.send(f"{rule_id}/", message(added=3), secret, event_id)
    assert answer.status_code == 202, answer.text
    told = answer.json()["data"]
    run_id = f"event__{event_id}"
    assert (told["automation_rule"], told["run_id"], told["is_new"]) == (rule_id, run_id, True)
    [run] = [run for run in hooks.runs(rule_id) if run["dag_run_id"] == run_id]
    assert run["conf"] == {"event": {"id": event_id, "type": EVENT, "added": 3}}
    assert run["triggering_user_name"].startswith("webhook ")

    again = hooks.send(f"{rule_id}/", message(added=4), secret, event_id)
    assert (again.status_code, again.json()["data"]["is_new"]) == (202, False)
    assert len([run for run in hooks.runs(rule_id) if run["dag_run_id"] == run_id]) == 1
    execution = hooks.admin.get(f"/executions/{run_id}/", params={"rule": rule_id}).json()["data"]
    assert (execution["trigger"], execution["context"]) == ("event", {"id": event_id, "type": EVENT, "added": 3})


def test_any_json_object_is_an_event_for_a_rule_of_any_trigger(hooks: Hooks) -> None:
    rule_id = hooks.rule(trigger="manual")
    body = {"type": "order", "lines": [1, 2]}  # no Standard Webhooks body: it has no data
    answer = hooks.send(f"{rule_id}/", body, hooks.secret(rule_id))
    assert answer.status_code == 202, answer.text
    event = hooks.runs(rule_id)[0]["conf"]["event"]
    assert event == {**body, "id": event["id"]}


def test_every_message_without_a_right_signature_is_refused_in_the_same_words(
    hooks: Hooks, hooked: tuple[str, str]
) -> None:
    rule_id, secret = hooked
    silent = hooks.rule()  # has no secret
    other_rule = hooks.rule()
    body = json.dumps(message(n=1)).encode()
    right = signed(body, secret, "evt_forged")
    wrong = new_secret()

    def post(headers: dict[str, str], to: str = rule_id, content: bytes = body) -> httpx.Response:
        return hooks.anybody.post(f"/hooks/{to}/" if to else "/hooks/", content=content, headers=headers)

    refused = {
        **{f"no {name}": post({k: v for k, v in right.items() if k != name}) for name in list(right)[:3]},
        "forged": post({**right, "webhook-signature": f"v1,{base64.b64encode(secrets.token_bytes(32)).decode()}"}),
        "another secret": post(signed(body, wrong, "evt_forged")),
        "another rule's secret": post(signed(body, hooks.secret(other_rule), "evt_forged")),
        "stale": post(signed(body, secret, "evt_forged", age=301)),
        "from the future": post(signed(body, secret, "evt_forged", age=-330)),
        "replayed under another id": post({**right, "webhook-id": "evt_replayed"}),
        "replayed at another time": post({**right, "webhook-timestamp": str(int(right["webhook-timestamp"]) + 1)}),
        "truncated": post(right, content=body[:-1]),
        "changed": post(right, content=body.replace(b"1", b"2")),
        "no text": post(right, content=b"\xff" + body),
        "unknown rule": post(right, to="there-is-none"),
        "no id of a rule": post(right, to="%00x"),
        "a rule without a secret": post(right, to=silent),
        "the system's address": post(right, to=""),
        "the system's secret": post(signed(body, hooks.stack.environment["IGNY8_EVENTS_SECRET"].split()[0], "evt_f")),
    }
    told = {name: {**answer.json(), "request_id": None} for name, answer in refused.items()}
    for name, answer in refused.items():
        assert answer.status_code == 401, f"{name}: {answer.status_code} {answer.text}"
        assert told[name] == told["forged"], name
    assert told["forged"]["success"] is False
    forged = {"event__evt_forged", "event__evt_f", "event__evt_replayed"}
    assert forged.isdisjoint(run["dag_run_id"] for run in hooks.runs(rule_id))
    assert post(right).status_code == 202, "the message that the others were made of"


def test_what_is_not_signed_is_refused_before_its_body_is_read(hooks: Hooks, hooked: tuple[str, str]) -> None:
    rule_id, secret = hooked
    for headers in ({}, signed(b"", secret, "evt_1", age=400)):
        answer = send_headers(hooks, f"/hooks/{rule_id}/", {**headers, "content-length": "1000000"})
        assert answer.startswith(b"HTTP/1.1 401"), answer


def send_headers(hooks: Hooks, path: str, headers: dict[str, str], body: bytes = b"", cut: bool = False) -> bytes:
    """Send the head of a request, and what there is of its body; what comes back without sending the rest."""
    url = httpx.URL(hooks.url)
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection((url.host, url.port or 80), timeout=30) as connection:
        connection.sendall(f"POST {PREFIX}{path} HTTP/1.1\r\nhost: {url.host}\r\n{head}\r\n".encode() + body)
        return b"" if cut else connection.recv(4096)


def test_a_connection_that_is_cut_leaves_nothing_behind(hooks: Hooks, hooked: tuple[str, str]) -> None:
    rule_id, secret = hooked
    body = json.dumps(message(n=1)).encode()
    headers = signed(body, secret, "evt_cut")
    log = hooks.stack.home.logs / "api-server.log"
    before = log.stat().st_size
    send_headers(hooks, f"/hooks/{rule_id}/", {**headers, "content-length": str(len(body))}, body[:-5], cut=True)
    assert hooks.send(f"{rule_id}/", message(), secret).status_code == 202
    assert "event__evt_cut" not in {run["dag_run_id"] for run in hooks.runs(rule_id)}
    assert b"Traceback" not in log.read_bytes()[before:]
    assert hooks.anybody.post(f"/hooks/{rule_id}/", content=body, headers=headers).json()["data"]["is_new"] is True


def test_a_mebibyte_is_taken_and_one_byte_more_is_not(hooks: Hooks, hooked: tuple[str, str]) -> None:
    rule_id, secret = hooked
    body = json.dumps(message(text="")).encode()
    body = body.replace(b'""', b'"' + b"x" * (2**20 - len(body)) + b'"')
    assert len(body) == 2**20
    assert hooks.send(f"{rule_id}/", body, secret).status_code == 202
    assert hooks.send(f"{rule_id}/", body + b" ", secret).status_code == 413

    def chunks() -> Iterator[bytes]:
        yield from (b"x" * 2**16 for _ in range(17))

    headers = signed(b"", secret, new_id())
    answer = hooks.anybody.post(f"/hooks/{rule_id}/", content=chunks(), headers=headers)
    assert answer.status_code == 413, "also when its size was not announced"


def test_what_is_signed_and_cannot_be_used_says_why(hooks: Hooks, hooked: tuple[str, str]) -> None:
    rule_id, secret = hooked
    answer = hooks.send(f"{rule_id}/", message("content.written"), secret)
    assert answer.status_code == 422
    assert "waits for events of the type 'keywords.imported'" in answer.json()["error"]
    for body, status in ((b"{", 400), (b"[1]", 400), (b'{"a": NaN}', 400)):
        assert hooks.send(f"{rule_id}/", body, secret).status_code == status, body
    for body in (b'{"a": "\\u0000"}', b'{"a": 1e999}'):
        assert hooks.send(f"{rule_id}/", body, secret).status_code in {400, 422}, body


def test_a_rule_that_rests_says_what_to_do(hooks: Hooks) -> None:
    rule_id = hooks.rule()
    secret, event_id = hooks.secret(rule_id), new_id()
    assert hooks.send(f"{rule_id}/", message(), secret, event_id).status_code == 202
    with hooks.stack.airflow() as airflow:
        dag = f"dags/rule__demo__{rule_id}"
        airflow.call("PATCH", dag, body={"is_paused": True})
        answer = hooks.send(f"{rule_id}/", message(), secret)
        assert (answer.status_code, "Switch it on" in answer.json()["error"]) == (409, True)
        airflow.call("PATCH", dag, body={"is_paused": False})
    for status in ("paused", "inactive"):
        assert hooks.admin.patch(f"/rules/{rule_id}/", json={"status": status}).status_code == 200
        answer = hooks.send(f"{rule_id}/", message(), secret)
        assert (answer.status_code, f"is {status}. Set its status" in answer.json()["error"]) == (409, True)
    again = hooks.send(f"{rule_id}/", message(), secret, event_id)
    assert (again.status_code, again.json()["data"]["is_new"]) == (202, False), "it was taken when it came first"


def test_fifty_deliveries_of_one_event_at_once_make_one_run(hooks: Hooks) -> None:
    rule_id = hooks.rule()
    secret, event_id = hooks.secret(rule_id), new_id()
    hooks.send(f"{rule_id}/", message(), secret)  # its Dag is there
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda n: hooks.send(f"{rule_id}/", message(n=n), secret, event_id), range(50)))
    assert [answer.status_code for answer in answers] == [202] * 50, answers[0].text
    assert sorted(answer.json()["data"]["is_new"] for answer in answers) == [False] * 49 + [True]
    assert len(hooks.runs(rule_id)) == 2


def test_more_than_the_rate_has_to_wait_and_what_is_known_has_not(hooks: Hooks) -> None:
    rate = int(hooks.stack.environment["IGNY8_HOOK_RATE"])
    rule_id = hooks.rule()
    secret = hooks.secret(rule_id)
    ids = [new_id() for _ in range(rate + 5)]
    assert hooks.send(f"{rule_id}/", message(), secret, ids[0]).status_code == 202
    with ThreadPoolExecutor(len(ids)) as pool:
        answers = list(pool.map(lambda each: hooks.send(f"{rule_id}/", message(), secret, each), ids[1:]))
    refused = [answer for answer in answers if answer.status_code != 202]
    assert [answer.status_code for answer in refused] == [429] * 5, "so many at once, and none too many"
    assert all(0 < int(answer.headers["retry-after"]) <= 60 for answer in refused)
    assert len(hooks.runs(rule_id)) == rate
    assert hooks.send(f"{rule_id}/", message(), secret, ids[0]).status_code == 202


def test_secrets_are_rotated_shown_once_kept_encrypted_and_noted_down(hooks: Hooks) -> None:
    rule_id = hooks.rule()
    path = f"/rules/{rule_id}/hook-secrets/"
    made = [hooks.admin.post(path).json()["data"] for _ in range(2)]
    old, new = (each["secret"] for each in made)
    assert made[0]["url"] == f"{hooks.url}/hooks/{rule_id}/"
    for secret in (old, new):
        assert hooks.send(f"{rule_id}/", message(), secret).status_code == 202
    listed = hooks.admin.get(path)
    assert [each["fingerprint"] for each in listed.json()["data"]["secrets"]] == [each["fingerprint"] for each in made]

    assert hooks.admin.delete(f"{path}{made[0]['fingerprint']}/").status_code == 200
    assert hooks.admin.delete(f"{path}{made[0]['fingerprint']}/").status_code == 404
    assert hooks.send(f"{rule_id}/", message(), old).status_code == 401
    assert hooks.send(f"{rule_id}/", message(), new).status_code == 202

    with psycopg.connect(hooks.stack.database_url("airflow")) as database:
        kept = database.execute("select password from connection where conn_id = %s", [f"igny8_hook_{rule_id}"])
        noted = database.execute(
            "select event, extra, owner from log where dag_id = %s and event like 'hook_secret%%' order by id",
            [f"rule__demo__{rule_id}"],
        ).fetchall()
        dump = json.dumps([kept.fetchall(), noted])
    assert [event for event, _, _ in noted] == ["hook_secret_created"] * 2 + ["hook_secret_deleted"]
    assert all(owner == "admin" for _, _, owner in noted)
    logs = "".join(path.read_text(errors="replace") for path in hooks.stack.home.logs.glob("*.log"))
    for secret in (old, new):
        for text in (listed.text, dump, logs):
            assert secret.removeprefix("whsec_") not in text


def test_who_may_not_change_a_rule_has_no_way_to_its_secrets(hooks: Hooks, hooked: tuple[str, str]) -> None:
    rule_id, _ = hooked
    path = f"/rules/{rule_id}/hook-secrets/"
    with log_in(hooks.stack, "vera") as viewer:
        for client, statuses in ((viewer, {403}), (hooks.anybody, {401})):
            fingerprint = hooks.admin.get(path).json()["data"]["secrets"][0]["fingerprint"]
            assert client.get(path).status_code in statuses
            assert client.post(path).status_code in statuses
            assert client.delete(f"{path}{fingerprint}/").status_code in statuses
    assert len(hooks.admin.get(path).json()["data"]["secrets"]) == 1


def test_an_id_that_goes_to_another_account_takes_no_secrets_along(hooks: Hooks) -> None:
    rule_id = hooks.rule()
    secret = hooks.secret(rule_id)
    assert hooks.send(f"{rule_id}/", message(), secret).status_code == 202
    assert hooks.admin.delete(f"/rules/{rule_id}/").status_code == 200
    assert hooks.send(f"{rule_id}/", message(), secret).status_code == 401, "the rule is gone"
    hooks.rule(id=rule_id, account="other")
    assert hooks.send(f"{rule_id}/", message(), secret).status_code == 401
    assert hooks.admin.get(f"/rules/{rule_id}/hook-secrets/").json()["data"]["secrets"] == []
    fresh = hooks.secret(rule_id)
    assert hooks.send(f"{rule_id}/", message(), secret).status_code == 401
    assert hooks.send(f"{rule_id}/", message(), fresh).status_code == 202


def test_secrets_of_the_environment_are_valid_and_are_changed_there_only(hooks: Hooks) -> None:
    rule_id = hooks.rule(id="environed")
    secret = json.loads(hooks.stack.environment["AIRFLOW_CONN_IGNY8_HOOK_ENVIRONED"])["password"]
    assert hooks.send(f"{rule_id}/", message(), secret).status_code == 202
    path = f"/rules/{rule_id}/hook-secrets/"
    [kept] = hooks.admin.get(path).json()["data"]["secrets"]
    for answer in (hooks.admin.post(path), hooks.admin.delete(f"{path}{kept['fingerprint']}/")):
        assert (answer.status_code, "Change them there" in answer.json()["error"]) == (409, True)


def test_an_event_for_all_starts_the_rules_of_its_account_and_site_that_wait_for_it(hooks: Hooks) -> None:
    kind = f"tried.{secrets.token_hex(4)}"
    waiting, elsewhere, other = (
        hooks.rule(event=kind),
        hooks.rule(event=kind, site="another-site"),
        hooks.rule(event=kind, account="other"),
    )
    body = {**message(kind, n=1), "id": "evt", "account": "demo", "site": "home-espresso"}
    for secret in hooks.stack.environment["IGNY8_EVENTS_SECRET"].split():
        event_id = new_id()
        told = hooks.send("", body, secret, event_id).json()["data"]
        assert [(run["automation_rule"], run["is_new"]) for run in told["runs"]] == [(waiting, True)]
        again = hooks.send("", body, secret, event_id).json()["data"]
        assert [(run["automation_rule"], run["is_new"]) for run in again["runs"]] == [(waiting, False)]
    everywhere = hooks.send("", {**body, "site": None}, secret).json()["data"]
    assert {run["automation_rule"] for run in everywhere["runs"]} == {waiting, elsewhere}
    assert hooks.runs(other, "other") == []
    nameless = hooks.send("", {**body, "account": None}, secret)
    assert nameless.status_code == 422
    assert nameless.json()["errors"][0]["path"] == "account"


def test_an_event_for_all_that_is_one_too_many_is_told_to_come_again(hooks: Hooks) -> None:
    kind = f"tried.{secrets.token_hex(4)}"
    busy = hooks.rule(event=kind)
    secret = hooks.stack.environment["IGNY8_EVENTS_SECRET"].split()[0]
    body = {**message(kind), "account": "demo", "site": "home-espresso"}
    assert hooks.send("", body, secret).status_code == 202
    rate = int(hooks.stack.environment["IGNY8_HOOK_RATE"])
    with ThreadPoolExecutor(rate) as pool:
        list(pool.map(lambda _: hooks.send("", body, secret), range(rate - 1)))
    idle = hooks.rule(event=kind)
    event_id = new_id()
    answer = hooks.send("", body, secret, event_id)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert len(hooks.runs(busy)) == rate
    assert [run["dag_run_id"] for run in hooks.runs(idle)] == [f"event__{event_id}"], "the others are not kept waiting"


def documented(name: str) -> str:
    """The example in the documentation that begins with this comment."""
    text = (REPOSITORY / "docs" / "webhooks.md").read_text(encoding="utf-8")
    [found] = re.findall(rf"```(?:sh|python)\n(# {name}\n.*?)```", text, re.DOTALL)
    return str(found)


@pytest.mark.parametrize(
    ("example", "command"), [("send with curl", ["bash", "-euc"]), ("send with Python", [sys.executable, "-c"])]
)
def test_the_documented_examples_of_sending_start_a_run(
    hooks: Hooks, hooked: tuple[str, str], example: str, command: list[str]
) -> None:
    rule_id, secret = hooked
    environment = {**os.environ, "URL": f"{hooks.url}/hooks/{rule_id}/", "SECRET": secret}
    done = subprocess.run(
        [*command, documented(example)], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert '"is_new":true' in done.stdout, done.stdout + done.stderr
    assert 120 in [run["conf"]["event"].get("added") for run in hooks.runs(rule_id)]


def test_the_documented_receiver_takes_what_is_sent_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = HookSecret.new()
    monkeypatch.setenv("SECRET", secret.text)
    example: dict[str, Any] = {}
    exec(documented("receive with Python"), example)
    body = json.dumps({"type": "rule.failed", "data": {"rule": "weekly"}})
    headers = sign("msg_1", body, [HookSecret.new(), secret])
    assert [example["receive"](headers, body.encode()) for _ in range(2)] == [204, 204]
    assert capsys.readouterr().out == "rule.failed weekly\n"
    assert example["receive"]({**headers, "webhook-id": "msg_2"}, body.encode()) == 401

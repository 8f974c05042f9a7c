"""The action http_request, against a real server that misbehaves."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from pydantic import ValidationError

from igny8.actions import ActionNotDoneError, Credentials
from igny8.actions.http_calling import MOST_BYTES, call
from igny8.actions.http_request import HTTP_REQUEST, HttpRequestParams
from misbehaving import CUT, Reply, Server, in_turn, serving

HERE, ELSEWHERE = "127.0.0.2", "127.0.0.3"


class FakeRun:
    """A run outside of Airflow: what it would look up is here."""

    key = "rule__demo__täglich/run 1/ask"
    attempt, account, site, run_id = 1, "demo", "shop", "run 1"

    def __init__(self, **connections: Credentials) -> None:
        self.connections = connections

    async def progress(self, done: int, total: int, phase: str = "") -> None:
        return

    async def connection(self, name: str) -> Credentials:
        return self.connections[name]

    async def variable(self, name: str) -> str:
        return f"secret of {name}"


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    with ExitStack() as opened:
        yield lambda *replies, host=HERE: opened.enter_context(serving(host, in_turn(*replies)))


async def ask(
    url: str, *, run: Any = None, hosts: tuple[str, ...] = (HERE,), private: tuple[str, ...] = (HERE,), **params: Any
) -> tuple[int, Any]:
    made = HttpRequestParams.model_validate({"method": "GET", "url": url, **params})
    return await call(made, run or FakeRun(), hosts=hosts, private_hosts=private)


async def refusal(url: str, **more: Any) -> ActionNotDoneError:
    with pytest.raises(ActionNotDoneError) as caught:
        await ask(url, **more)
    return caught.value


async def test_what_is_sent_and_what_comes_of_it(serve: Callable[..., Server]) -> None:
    server = serve(Reply(201, {"data": {"items": [{"id": 7}]}}))
    run = FakeRun(crm=Credentials(host=f"https://{HERE}:1", login="", password="pa55"))
    status, value = await ask(
        f"{server.url}/a?b=1",
        method="PUT",
        run=run,
        query={"c": "ä &", "d": 2},
        headers={
            "X-Team": "content",
            "Authorization": {"connection": "crm", "prefix": "Bearer "},
            "X-Api-Key": {"variable": "key"},
        },
        body={"ids": [1, 2], "text": "größer"},
        take="data.items.0.id",
        expected_status=[201],
    )
    assert (status, value) == (201, 7)
    (asked,) = server.asked
    assert (asked.method, asked.path) == ("PUT", "/a?b=1&c=%C3%A4+%26&d=2")
    assert asked.json == {"ids": [1, 2], "text": "größer"}
    expected = {"x-team": "content", "authorization": "Bearer pa55", "x-api-key": "secret of key"}
    assert expected.items() <= asked.headers.items()
    assert asked.headers["content-type"] == "application/json"
    await ask(f"{server.url}/", expected_status=[201], run=run)
    assert server.asked[1].headers["idempotency-key"] == asked.headers["idempotency-key"], "the same in every try"
    assert "authorization" not in server.asked[1].headers


@pytest.mark.parametrize(
    ("reply", "cause", "wait", "words"),
    [
        (Reply(429, headers={"Retry-After": "7"}), "busy", 7, "asks to wait for 7 seconds"),
        (Reply(429), "busy", None, "asks to wait (429)"),
        (Reply(429, headers={"Retry-After": "nan"}), "busy", None, "asks to wait (429)"),
        (Reply(500), "unavailable", None, "answered 500"),
        (Reply(503, headers={"Retry-After": "3"}), "unavailable", 3, "answered 503"),
        (Reply(408), "unavailable", None, "answered 408"),
        (Reply(CUT), "unavailable", None, "did not answer"),
        (Reply(after=2), "unavailable", None, "did not answer within 1 seconds"),
        (Reply(404), "refused", None, "answered 404, and 200 to 299 was expected"),
        (Reply(401), "refused", None, "answered 401"),
        (Reply(body=b"<html>"), "refused", None, "answered with no JSON"),
        (Reply(body=b"[" * 100_000), "refused", None, "answered with no JSON"),
        (Reply(body={"other": 1}), "refused", None, "has nothing at found"),
        (Reply(body=b"x" * 100_000, endless=True), "refused", None, "more than 1,048,576 bytes"),
        (Reply(headers={"Content-Encoding": "gzip"}), "refused", None, "packed"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_every_failure_has_its_cause(
    serve: Callable[..., Server], reply: Reply, cause: str, wait: float | None, words: str
) -> None:
    server = serve(reply)
    began = time.monotonic()
    error = await refusal(f"{server.url}/a?token=s3cret", take="found", timeout=1 if reply.after else 30)
    assert (error.cause, error.wait) == (cause, wait)
    assert words in str(error)
    assert "s3cret" not in str(error)
    assert time.monotonic() - began < 20
    assert len(server.asked) == 1


async def test_nobody_is_called_who_is_not_allowed(serve: Callable[..., Server]) -> None:
    server, other = serve(Reply()), serve(Reply(), host=ELSEWHERE)
    closed = await refusal(server.url, hosts=())
    assert (closed.cause, str(closed)) == (
        "refused",
        f"Rules may not call {server.host}. If they shall, add it to IGNY8_HTTP_HOSTS.",
    )
    assert "is on a private network" in str(await refusal(server.url, private=()))
    assert "may not call" in str(await refusal(f"http://{HERE}:1", hosts=(server.host,)))
    assert "may not call" in str(await refusal(other.url))
    assert (await ask(server.url, hosts=(server.host,)))[0] == 200
    assert len(server.asked) == 1
    assert other.asked == []


async def test_redirects_go_nowhere_else(serve: Callable[..., Server]) -> None:
    inside = serve(Reply(body={"inside": True}), host=ELSEWHERE)
    out = serve(Reply(302, headers={"Location": f"{inside.url}/secrets"}))
    run = FakeRun(crm=Credentials(host=HERE, login="", password="pa55"))
    headers = {"Authorization": {"connection": "crm"}}
    assert "may not call" in str(await refusal(out.url, run=run, headers=headers))
    assert "is on a private network" in str(await refusal(out.url, hosts=(HERE, ELSEWHERE)))
    assert inside.asked == []
    found = await ask(out.url, hosts=(HERE, ELSEWHERE), private=(HERE, ELSEWHERE), run=run, headers=headers)
    assert found == (200, {"inside": True})
    assert out.asked[-1].headers["authorization"] == "pa55"
    assert "authorization" not in inside.asked[0].headers, "a secret stays at home"

    assert "POST does not follow" in str(await refusal(out.url, method="POST"))
    server = serve(Reply(302, headers={"Location": "/again"}))
    assert "redirects without end" in str(await refusal(server.url))
    assert len(server.asked) == 4
    away = serve(Reply(302, headers={"Location": "file:///etc/passwd"}))
    assert (await refusal(away.url)).cause == "refused"


async def test_a_secret_goes_only_to_the_host_that_it_is_for(serve: Callable[..., Server]) -> None:
    server = serve(Reply())
    headers = {"Authorization": {"connection": "crm"}}
    for host in ("crm.example", ""):
        run = FakeRun(crm=Credentials(host=host, login="", password="pa55"))
        error = await refusal(server.url, run=run, headers=headers)
        assert error.cause == "refused"
        assert "is not sent to" in str(error)
    bad = FakeRun(crm=Credentials(host=HERE, login="", password="pa55\r\nX-Other: 1"))
    assert "holds what no header can" in str(await refusal(server.url, run=bad, headers=headers))
    assert server.asked == []


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"headers": {"Authorization": "Bearer abc"}}, "does not belong into a rule"),
        ({"headers": {"X-Api-Key": "abc"}}, "does not belong into a rule"),
        ({"headers": {"Host": "other.example"}}, "is set by the action itself"),
        ({"headers": {"X-A\nB": "abc"}}, "cannot be the name of a header"),
        ({"headers": {"X-A": "a\r\nHost: b"}}, "should match pattern"),
        ({"headers": {"X-A": {"connection": "a", "variable": "b"}}}, "by one of them only"),
        ({"headers": {"X-A": {"connection": "../igny8_engine"}}}, "should match pattern"),
        ({"url": "https://user:pass@blog.example"}, "the address holds a login"),
        ({"url": "file:///etc/passwd"}, "should match pattern"),
        ({"timeout": 121}, "less than or equal"),
    ],
)
def test_what_a_rule_may_not_say(params: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        HttpRequestParams.model_validate({"url": "https://blog.example", **params})


async def test_the_settings_are_closed_unless_set(
    serve: Callable[..., Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(Reply(body={"a": 1}))
    params = HttpRequestParams(method="GET", url=server.url)
    assert HTTP_REQUEST.run is not None
    with pytest.raises(ActionNotDoneError, match="IGNY8_HTTP_HOSTS"):
        await HTTP_REQUEST.run(params, FakeRun())
    monkeypatch.setenv("IGNY8_HTTP_HOSTS", f" {server.host.upper()} ,x.example")
    monkeypatch.setenv("IGNY8_ALLOWED_HOSTS", HERE)
    outputs = await HTTP_REQUEST.run(params, FakeRun())
    assert outputs.model_dump() == {"status": 200, "value": {"a": 1}}
    assert MOST_BYTES == 1 << 20

"""The client of the content engine against a server that misbehaves over a real socket."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest

from igny8.engine import EngineClient
from igny8.errors import (
    EngineAnswerError,
    EngineBusyError,
    EngineCredentialsError,
    EngineRefusalError,
    EngineUnreachableError,
)

JOB = {"id": 7, "state": "running", "version": 3, "phase": "writing", "total": 8, "done": 2, "unheard_of": True}

Answer = Callable[[str, bytes], bytes]


def http(status: str, body: object = None, *headers: str) -> bytes:
    text = body if isinstance(body, str) else json.dumps(body)
    head = "\r\n".join([f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(text.encode())}", "Connection: close"])
    return f"{head}\r\n\r\n{text}".encode()


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Answer], Awaitable[EngineClient]]]:
    servers: list[asyncio.Server] = []
    client = httpx.AsyncClient()

    async def start(answer: Answer) -> EngineClient:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (int(line[16:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
            )
            writer.write(answer(head, await reader.readexactly(length)))
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        servers.append(server)
        port = server.sockets[0].getsockname()[1]
        return EngineClient(client, f"http://127.0.0.1:{port}/", "key-1", "demo", "igny8_engine")

    yield start
    await client.aclose()
    for server in servers:
        server.close()


async def test_starts_a_job_under_its_key(serve: Callable[[Answer], Awaitable[EngineClient]]) -> None:
    seen: list[tuple[str, bytes]] = []

    def answer(head: str, body: bytes) -> bytes:
        seen.append((head, body))
        return http("201 Created", JOB)

    engine = await serve(answer)
    job = await engine.start_job("generate_content", "shop", {"task_ids": [1, 2]}, key="dag/run/write", attempt=2)
    assert (job.id, job.state, job.done, job.ended) == (7, "running", 2, False)
    head, body = seen[0]
    assert head.startswith("POST /v1/jobs ")
    assert "idempotency-key: dag/run/write" in head.lower()
    assert "authorization: bearer key-1" in head.lower()
    assert json.loads(body) == {
        "type": "generate_content",
        "site": "shop",
        "params": {"task_ids": [1, 2]},
        "attempt": 2,
    }


async def test_waits_for_news_of_a_job(serve: Callable[[Answer], Awaitable[EngineClient]]) -> None:
    heads: list[str] = []

    def answer(head: str, body: bytes) -> bytes:
        heads.append(head)
        return http("200 OK", JOB | {"state": "succeeded", "outputs": {"content_ids": [1]}})

    job = await (await serve(answer)).job(7, wait=5, version=3)
    assert job.ended
    assert job.outputs == {"content_ids": [1]}
    assert "GET /v1/jobs/7?wait=5&version=3 " in heads[0]


async def test_ids_and_sites_cannot_leave_their_place_in_the_address(
    serve: Callable[[Answer], Awaitable[EngineClient]],
) -> None:
    heads: list[str] = []

    def answer(head: str, body: bytes) -> bytes:
        heads.append(head)
        return http("200 OK", {"facts": {"keywords.new": 3}})

    facts = await (await serve(answer)).facts("../accounts?x=1", ["keywords.new"])
    assert facts == {"keywords.new": 3}
    assert heads[0].startswith("GET /v1/sites/..%2Faccounts%3Fx%3D1/facts?name=keywords.new ")


async def test_no_call_for_no_facts(serve: Callable[[Answer], Awaitable[EngineClient]]) -> None:
    def answer(head: str, body: bytes) -> bytes:
        raise AssertionError("nothing was asked")

    assert await (await serve(answer)).facts("shop", []) == {}


@pytest.mark.parametrize("status", ["401 Unauthorized", "403 Forbidden"])
async def test_a_refused_key_names_account_and_connection(
    serve: Callable[[Answer], Awaitable[EngineClient]], status: str
) -> None:
    engine = await serve(lambda head, body: http(status, {}))
    with pytest.raises(
        EngineCredentialsError, match=r"refuses the API key of the connection 'igny8_engine'.*'demo'"
    ) as e:
        await engine.job(1)
    assert not e.value.retryable


async def test_429_carries_the_time_to_wait(serve: Callable[[Answer], Awaitable[EngineClient]]) -> None:
    engine = await serve(lambda head, body: http("429 Too Many Requests", {}, "Retry-After: 7"))
    with pytest.raises(EngineBusyError, match="asks to wait for 7 seconds") as caught:
        await engine.job(1)
    assert caught.value.retryable
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "answer",
    [
        http("500 Internal Server Error", "oops"),
        http("502 Bad Gateway", "<html>"),
        http("503 Service Unavailable", ""),
        b"",
        b'HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"id":',
    ],
    ids=["500", "502 page", "503", "no answer", "cut in the middle"],
)
async def test_an_engine_that_fails_is_worth_another_try(
    serve: Callable[[Answer], Awaitable[EngineClient]], answer: bytes
) -> None:
    engine = await serve(lambda head, body: answer)
    with pytest.raises(EngineUnreachableError, match="does not answer") as caught:
        await engine.job(1)
    assert caught.value.retryable


async def test_an_engine_that_is_down_is_named_with_its_address(unused_port: int) -> None:
    async with httpx.AsyncClient() as client:
        engine = EngineClient(client, f"http://127.0.0.1:{unused_port}", "k", "demo", "igny8_engine")
        with pytest.raises(EngineUnreachableError, match=rf"127\.0\.0\.1:{unused_port} does not answer") as caught:
            await engine.job(1)
    assert caught.value.retryable


async def test_a_refusal_lists_all_problems(serve: Callable[[Answer], Awaitable[EngineClient]]) -> None:
    problems = [{"path": "params.task_ids[0]", "message": "no task 99"}, {"path": "site", "message": "no such site"}]
    error = {"code": "invalid", "message": "The job is not valid.", "hint": "Mend it.", "problems": problems}
    engine = await serve(lambda head, body: http("422 Unprocessable", {"error": error}))
    with pytest.raises(EngineRefusalError) as caught:
        await engine.start_job("generate_content", "x", {}, key="k", attempt=1)
    assert not caught.value.retryable
    assert caught.value.code == "invalid"
    assert str(caught.value).splitlines() == [
        "The job is not valid. Mend it.",
        "  - params.task_ids[0]: no task 99",
        "  - site: no such site",
    ]


@pytest.mark.parametrize(
    "answer",
    [http("200 OK", "<html>a login page</html>"), http("200 OK", {"id": 1}), http("404 Not Found", "<html>")],
    ids=["a page", "not a job", "a 404 page"],
)
async def test_what_is_not_the_protocol_says_so(
    serve: Callable[[Answer], Awaitable[EngineClient]], answer: bytes
) -> None:
    engine = await serve(lambda head, body: answer)
    with pytest.raises(EngineAnswerError, match="not the content engine's protocol") as caught:
        await engine.job(1)
    assert not caught.value.retryable

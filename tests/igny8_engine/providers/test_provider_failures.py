from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable
from itertools import pairwise

import pytest

from fake_openai import FakeOpenAI, Fault
from igny8_engine.errors import ProviderFailedError
from igny8_engine.providers.errors import ProviderAnswerError, ProviderRefusedError, ProviderUnavailableError
from igny8_engine.providers.model_writer import ModelWriter
from igny8_engine.providers.patience import Patience
from igny8_engine.writing.model import ClusterBrief

Connect = Callable[..., ModelWriter]

PASSING: list[Fault] = [
    "rate_limited", "server_error", "unavailable", "error_page", "cut", "not_json", "not_object", "empty",
    "no_choices", "null_message",
]  # fmt: skip


def pauses(fake: FakeOpenAI) -> list[float]:
    times = [received.at for received in fake.received]
    return [later - sooner for sooner, later in pairwise(times)]


@pytest.mark.parametrize("fault", PASSING)
async def test_what_passes_is_tried_again(
    fault: Fault, writer: ModelWriter, fake: FakeOpenAI, cluster: ClusterBrief
) -> None:
    fake.misbehave(fault, fault)
    assert await writer.ideas(cluster, 1, [])
    assert len(fake.received) == 3


@pytest.mark.parametrize("fault", PASSING)
async def test_what_does_not_pass_after_all_fails(
    fault: Fault, writer: ModelWriter, fake: FakeOpenAI, cluster: ClusterBrief
) -> None:
    fake.misbehave(*[fault] * 9)
    with pytest.raises((ProviderUnavailableError, ProviderAnswerError), match="after all retries") as failed:
        await writer.ideas(cluster, 1, [])
    assert len(fake.received) == 3
    assert failed.value.retryable
    assert failed.value.provider == "openai:fake"
    assert failed.value.hint
    assert isinstance(failed.value, ProviderFailedError)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("bad_key", ("key was refused .status 401: Incorrect API key", "API key")),
        ("forbidden", ("key was refused .status 403", "API key")),
        ("no_quota", ("no quota left", "Top up")),
        ("unknown_model", ("not found", "/v1")),
        ("context_length", ("longer than the model's context", "larger context")),
        ("bad_request", ("rejected .status 400: Unsupported parameter", "docs/providers.md")),
        ("refusal", ("declined", "keywords")),
        ("content_filter", ("declined", "keywords")),
    ],
)
async def test_what_will_not_pass_fails_at_once(
    fault: Fault, told: tuple[str, str], fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect
) -> None:
    message, hint = told
    fake.misbehave(fault)
    with pytest.raises(ProviderRefusedError, match=message) as failed:
        await connect(patience=Patience()).ideas(cluster, 1, [])
    assert len(fake.received) == 1
    assert not failed.value.retryable
    assert hint in (failed.value.hint or "")


async def test_an_answer_that_was_cut_off_at_the_token_limit_says_so(
    writer: ModelWriter, fake: FakeOpenAI, cluster: ClusterBrief
) -> None:
    fake.misbehave(*["truncated"] * 9)
    with pytest.raises(ProviderAnswerError, match="limit of tokens"):
        await writer.ideas(cluster, 1, [])


@pytest.mark.parametrize("fault", ["rate_limited_seconds", "rate_limited_date"])
async def test_waits_as_long_as_it_is_told(
    fault: Fault, fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect
) -> None:
    fake.misbehave(fault)
    await connect(patience=Patience(first_wait=0.001)).ideas(cluster, 1, [])
    (pause,) = pauses(fake)
    assert 1.0 <= pause < 4.0


async def test_waits_no_longer_than_is_allowed(fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect) -> None:
    fake.misbehave("rate_limited_long")
    await connect(patience=Patience(longest_wait=0.3)).ideas(cluster, 1, [])
    (pause,) = pauses(fake)
    assert 0.3 <= pause < 10


async def test_gives_up_at_once_when_the_wait_is_longer_than_the_deadline(
    fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect
) -> None:
    fake.misbehave("rate_limited_long")
    start = time.monotonic()
    with pytest.raises(ProviderUnavailableError, match="429"):
        await connect(patience=Patience(deadline=20)).ideas(cluster, 1, [])
    assert time.monotonic() - start < 10


async def test_a_slow_answer_is_asked_for_again(fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect) -> None:
    fake.misbehave("slow")
    assert await connect(patience=Patience(timeout=1.5, first_wait=0.01)).ideas(cluster, 1, [])
    assert len(fake.received) == 2


async def test_answers_that_are_always_slow_fail(fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect) -> None:
    fake.misbehave(*["slow"] * 9)
    with pytest.raises(ProviderUnavailableError, match="no answer in time"):
        await connect(patience=Patience(attempts=2, timeout=0.3, first_wait=0.01)).ideas(cluster, 1, [])
    assert len(fake.received) == 2


async def test_the_deadline_ends_a_piece_of_work(fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect) -> None:
    fake.misbehave("slow")
    with pytest.raises(ProviderUnavailableError, match=r"not done within 0\.5 seconds"):
        await connect(patience=Patience(deadline=0.5)).ideas(cluster, 1, [])
    assert len(fake.received) == 1


async def test_a_server_that_is_not_there_fails(cluster: ClusterBrief, connect: Connect) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        writer = connect(base_url=address, patience=Patience(attempts=2, first_wait=0.01))
        with pytest.raises(ProviderUnavailableError, match="could not be reached"):
            await writer.ideas(cluster, 1, [])


async def test_one_failure_does_not_touch_what_runs_beside_it(
    writer: ModelWriter, fake: FakeOpenAI, cluster: ClusterBrief
) -> None:
    fake.misbehave("bad_key")
    with pytest.raises(ProviderRefusedError):
        await writer.ideas(cluster, 1, [])
    assert await writer.ideas(cluster, 1, [])


async def test_cancelled_work_makes_room_for_the_next(
    fake: FakeOpenAI, cluster: ClusterBrief, connect: Connect
) -> None:
    fake.misbehave("slow")
    writer = connect(concurrency=1, patience=Patience(deadline=20))
    stuck = asyncio.create_task(writer.ideas(cluster, 1, []))
    await asyncio.to_thread(fake.wait_for_request, 10)
    waiting = asyncio.create_task(writer.ideas(cluster, 1, []))
    stuck.cancel()
    assert await waiting
    with pytest.raises(asyncio.CancelledError):
        await stuck

from __future__ import annotations

import pytest

from fake_openai import FakeOpenAI, Fault, vector
from igny8_engine.providers.embeddings import BATCH, embedder
from igny8_engine.providers.errors import ProviderAnswerError, ProviderRefusedError, ProviderSettingsError
from igny8_engine.providers.patience import Patience
from igny8_engine.providers.signatures import Embed

QUICK = Patience(attempts=3, timeout=5, deadline=30, first_wait=0.01)


@pytest.fixture
def embed(fake: FakeOpenAI) -> Embed:
    return embedder("openai:fake-embedding", base_url=fake.base_url, api_key="secret", patience=QUICK)


async def test_vectors_keep_the_phrases_order_over_several_batches(embed: Embed, fake: FakeOpenAI) -> None:
    phrases = [f"espresso grinder {number}" for number in range(2 * BATCH + 3)]
    fake.misbehave("none", "shuffled", "shuffled")
    vectors = await embed(phrases)

    assert vectors == [vector(phrase) for phrase in phrases]
    assert [len(received.body["input"]) for received in fake.received] == [BATCH, BATCH, 3]
    assert fake.received[0].body["model"] == "fake-embedding"
    assert fake.received[0].headers["authorization"] == "Bearer secret"


async def test_no_phrases_need_no_request(embed: Embed, fake: FakeOpenAI) -> None:
    assert await embed([]) == []
    assert fake.received == []


@pytest.mark.parametrize(
    "fault",
    [
        "rate_limited",
        "server_error",
        "cut",
        "not_json",
        "not_object",
        "one_vector_missing",
        "not_a_number",
        "error_page",
    ],
)
async def test_what_passes_is_tried_again(fault: Fault, embed: Embed, fake: FakeOpenAI) -> None:
    fake.misbehave(fault)
    assert await embed(["milk", "beans"]) == [vector("milk"), vector("beans")]
    assert len(fake.received) == 2


async def test_vectors_that_never_fit_fail(embed: Embed, fake: FakeOpenAI) -> None:
    fake.misbehave(*["one_vector_missing"] * 9)
    with pytest.raises(ProviderAnswerError, match="there are 1 vectors for 2 phrases"):
        await embed(["milk", "beans"])
    assert len(fake.received) == 3


@pytest.mark.parametrize("fault", ["bad_key", "no_quota", "unknown_model", "bad_request"])
async def test_what_will_not_pass_fails_at_once(fault: Fault, embed: Embed, fake: FakeOpenAI) -> None:
    fake.misbehave(fault)
    with pytest.raises(ProviderRefusedError):
        await embed(["milk"])
    assert len(fake.received) == 1


def test_without_address_and_key_it_is_refused_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    with pytest.raises(ProviderSettingsError, match="OPENAI_API_KEY"):
        embedder("text-embedding-3-small")

"""The fake of a model provider, and briefs to write from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fake_openai import FakeOpenAI
from igny8_engine.providers.model_writer import ModelWriter
from igny8_engine.providers.patience import Patience
from igny8_engine.writing.model import ArticleBrief, ClusterBrief, IdeaDraft, KeywordFact
from igny8_engine.writing.offline import OfflineWriter

Connect = Callable[..., ModelWriter]

QUICK = Patience(attempts=3, timeout=5, deadline=30, first_wait=0.01, longest_wait=5)
"""Waits little, so that failures come soon."""


@pytest.fixture(scope="session")
def fake_server() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


@pytest.fixture
def fake(fake_server: FakeOpenAI) -> FakeOpenAI:
    fake_server.reset()
    return fake_server


@pytest.fixture
def connect(fake: FakeOpenAI) -> Connect:
    """Makes writers; what is not given is that of the fake."""

    def make(model: str = "openai:fake", **arguments: Any) -> ModelWriter:
        return ModelWriter(model, **{"base_url": fake.base_url, "offline": OfflineWriter(), **arguments})

    return make


@pytest.fixture
def writer(connect: Connect) -> ModelWriter:
    return connect(api_key="secret", patience=QUICK)


@pytest.fixture
def cluster() -> ClusterBrief:
    return ClusterBrief(
        name="Espresso grinders",
        keywords=(
            KeywordFact("espresso grinder", 9000, 40.0, "commercial"),
            KeywordFact("how to clean an espresso grinder", 700, 12.0, "informational"),
            KeywordFact("best grind size for espresso", 300, None, "informational"),
        ),
        site_name="Home espresso",
        neighbours=("Milk frothing",),
    )


@pytest.fixture
def brief(cluster: ClusterBrief) -> ArticleBrief:
    idea = IdeaDraft(
        title="Espresso grinder: how to choose one",
        keyword="espresso grinder",
        outline=("What a grinder does", "Which grind size fits", "How to keep it clean"),
        questions=("How often should a grinder be cleaned?",),
        summary="Helps readers to choose and keep a grinder.",
    )
    return ArticleBrief(idea=idea, cluster=cluster)

from __future__ import annotations

import subprocess
import sys

import pytest

from fake_openai import FakeOpenAI
from igny8_engine.providers import choose
from igny8_engine.providers.errors import ProviderSettingsError
from igny8_engine.writing.cards import CardIllustrator
from igny8_engine.writing.offline import OfflineWriter

LOADED = """
import sys
from igny8_engine.providers import choose
providers = choose(offline="the offline writer", card="the cards", llm_model="", image_model=None, embedding_model="")
assert providers.writer == "the offline writer" and providers.card == "the cards"
assert providers.model_illustrator is None and providers.embedder is None
print(sorted({"pydantic_ai", "openai", "anthropic", "httpx2"} & sys.modules.keys()))
"""


def test_without_a_model_no_library_for_models_is_loaded() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:0] = {sys.path!r}\n{LOADED}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "[]"


async def test_with_models_all_are_connected(fake: FakeOpenAI) -> None:
    providers = choose(
        offline=OfflineWriter(),
        card=CardIllustrator(),
        llm_model="openai:fake",
        llm_base_url=fake.base_url,
        image_model="fake-image",
        image_base_url=fake.base_url,
        embedding_model="fake-embedding",
    )
    assert providers.writer.provider == "openai:fake"
    assert providers.card.provider == "card"
    assert providers.model_illustrator
    assert providers.model_illustrator.provider == "fake-image"
    assert providers.embedder
    assert len(await providers.embedder(["milk"])) == 1
    assert fake.received[0].path == "/v1/embeddings"


def test_a_wrong_name_is_told_at_once() -> None:
    with pytest.raises(ProviderSettingsError, match="gpt-6"):
        choose(offline=OfflineWriter(), card=CardIllustrator(), llm_model="gpt-6")

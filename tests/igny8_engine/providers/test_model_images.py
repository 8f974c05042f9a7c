from __future__ import annotations

import io

import httpx
import pytest
from PIL import Image

from fake_openai import FakeOpenAI, Fault
from igny8_engine.providers.errors import ProviderAnswerError, ProviderRefusedError, ProviderUnavailableError
from igny8_engine.providers.images import ModelIllustrator, nearest_size
from igny8_engine.providers.patience import Patience
from igny8_engine.writing.model import ImageBrief

QUICK = Patience(attempts=2, timeout=5, deadline=30, first_wait=0.01)


@pytest.fixture
def illustrator(fake: FakeOpenAI) -> ModelIllustrator:
    return ModelIllustrator("openai:fake-image", base_url=fake.base_url, api_key="secret", patience=QUICK)


@pytest.fixture
def image_brief() -> ImageBrief:
    return ImageBrief("How to clean a grinder", "clean grinder", "Espresso", "Home espresso", 1200, 630)


async def test_an_image_has_the_size_that_is_asked_for(
    illustrator: ModelIllustrator, fake: FakeOpenAI, image_brief: ImageBrief
) -> None:
    made = await illustrator.draw(image_brief)

    with Image.open(io.BytesIO(made.data)) as image:
        assert image.size == (1200, 630)
        assert image.get_format_mimetype() == made.media_type == "image/jpeg"
    assert (made.width, made.height, made.provider) == (1200, 630, "fake-image")
    assert "How to clean a grinder" in made.alt
    asked = fake.received[0].body
    assert asked["size"] == "1536x1024"
    assert asked["model"] == "fake-image"
    assert "clean grinder" in asked["prompt"]
    assert fake.received[0].headers["authorization"] == "Bearer secret"


async def test_an_address_is_loaded_by_the_given_function_only(fake: FakeOpenAI, image_brief: ImageBrief) -> None:
    asked: list[str] = []

    async def fetch(url: str) -> bytes:
        asked.append(url)
        async with httpx.AsyncClient() as http:
            return (await http.get(url)).content

    fake.misbehave("as_url")
    illustrator = ModelIllustrator("fake-image", base_url=fake.base_url, fetch=fetch, patience=QUICK)
    made = await illustrator.draw(image_brief)

    assert asked
    assert asked[0].startswith(f"{fake.address}/files/1536x1024")
    assert (made.width, made.height) == (1200, 630)


async def test_without_that_function_an_address_is_refused(
    illustrator: ModelIllustrator, fake: FakeOpenAI, image_brief: ImageBrief
) -> None:
    fake.misbehave("as_url", "as_url")
    with pytest.raises(ProviderAnswerError, match="none may be fetched"):
        await illustrator.draw(image_brief)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("as_file_url", "not http"),
        ("no_image", "no image"),
        ("not_an_image", "no PNG, JPEG or WebP"),
        ("not_base64", "not Base64"),
        ("huge_image", "larger than"),
        ("not_json", "not JSON"),
        ("not_object", "no image"),
    ],
)
async def test_what_is_no_image_is_asked_for_again_and_then_fails(
    fault: Fault, message: str, illustrator: ModelIllustrator, fake: FakeOpenAI, image_brief: ImageBrief
) -> None:
    fake.misbehave(fault)
    assert await illustrator.draw(image_brief)
    fake.misbehave(fault, fault)
    with pytest.raises(ProviderAnswerError, match=message):
        await illustrator.draw(image_brief)
    assert len(fake.received) == 4


async def test_failures_by_cause(illustrator: ModelIllustrator, fake: FakeOpenAI, image_brief: ImageBrief) -> None:
    fake.misbehave("rate_limited_seconds")
    await illustrator.draw(image_brief)
    first, second = fake.received
    assert second.at - first.at >= 1

    fake.misbehave("bad_key")
    with pytest.raises(ProviderRefusedError, match="key was refused"):
        await illustrator.draw(image_brief)
    assert len(fake.received) == 3

    fake.misbehave("server_error", "cut")
    with pytest.raises(ProviderUnavailableError):
        await illustrator.draw(image_brief)


def test_the_size_with_the_nearest_shape_is_taken() -> None:
    sizes = ("1024x1024", "1536x1024", "1024x1536")
    assert nearest_size(sizes, 1200, 630) == "1536x1024"
    assert nearest_size(sizes, 1024, 1024) == "1024x1024"
    assert nearest_size(sizes, 600, 1000) == "1024x1536"


async def test_an_address_that_cannot_be_loaded_is_a_failure_of_the_provider(
    fake: FakeOpenAI, image_brief: ImageBrief
) -> None:
    async def fetch(url: str) -> bytes:
        raise httpx.ConnectError("nobody there")

    fake.misbehave("as_url", "as_url")
    illustrator = ModelIllustrator("fake-image", base_url=fake.base_url, fetch=fetch, patience=QUICK)
    with pytest.raises(ProviderUnavailableError, match="nobody there"):
        await illustrator.draw(image_brief)
    assert len(fake.received) == 2

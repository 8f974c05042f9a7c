"""Images made by a model, over the images endpoint that OpenAI-compatible servers have."""

from __future__ import annotations

import base64
import binascii
import io
import math
from urllib.parse import urlsplit

import httpx
from openai.types import ImagesResponse
from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic_ai.exceptions import ModelConnectionError, UnexpectedModelBehavior

from igny8_engine.providers import prompts
from igny8_engine.providers.connection import openai_client
from igny8_engine.providers.failures import openai_errors
from igny8_engine.providers.patience import Patience
from igny8_engine.providers.retry import persist, piece_of_work
from igny8_engine.providers.signatures import Fetch
from igny8_engine.writing.model import ImageBrief, ImageFile

LARGEST = 20 * 1024 * 1024
"""Bytes that an image may have when it arrives."""
LARGEST_PIXELS = 50_000_000
_QUALITY = 88
_FORMATS = ("PNG", "JPEG", "WEBP")
_SIZES = {"dall-e-2": ("1024x1024",), "dall-e-3": ("1024x1024", "1792x1024", "1024x1792")}
_USUAL_SIZES = ("1024x1024", "1536x1024", "1024x1536")


class ModelIllustrator:
    """Makes images with an image model.

    Args:
        model: the model's name as the server knows it, such as ``gpt-image-1``; ``openai:`` before it is left out.
        base_url: the server's address, up to ``/v1``; ``None`` is OpenAI's.
        api_key: ``None`` reads ``OPENAI_API_KEY`` if there is no base URL.
        fetch: loads images that the server answers with an address of; without it such answers are refused.
        sizes: the sizes that the model can make, as ``1024x1024``; ``None`` are those its family is known for.

    Raises:
        ProviderSettingsError: neither a base URL nor a key is known.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: str | None = None,
        fetch: Fetch | None = None,
        sizes: tuple[str, ...] | None = None,
        patience: Patience | None = None,
    ) -> None:
        self._model = model.removeprefix("openai:")
        self._patience = patience or Patience()
        self._client = openai_client(base_url=base_url, api_key=api_key, timeout=self._patience.timeout)
        self._fetch = fetch
        self._sizes = sizes or _SIZES.get(self._model, _USUAL_SIZES)

    @property
    def provider(self) -> str:
        """The model's name."""
        return self._model

    async def draw(self, brief: ImageBrief) -> ImageFile:
        """Make one image, cropped and scaled to the size that is asked for."""
        async with piece_of_work(self._model, self._patience):
            data = await persist(lambda: self._attempt(brief), self._patience)
        return ImageFile(
            data=data,
            media_type="image/jpeg",
            width=brief.width,
            height=brief.height,
            alt=f"Illustration for the article “{brief.title}”",
            provider=self._model,
        )

    async def _attempt(self, brief: ImageBrief) -> bytes:
        with openai_errors(self._model):
            answer = await self._client.images.generate(
                model=self._model,
                prompt=prompts.image(brief.title, brief.keyword, brief.category),
                size=nearest_size(self._sizes, brief.width, brief.height),
                n=1,
            )
        return fitted(await self._received(answer), brief.width, brief.height)

    async def _received(self, answer: ImagesResponse) -> bytes:
        images = getattr(answer, "data", None)
        if not images:
            raise UnexpectedModelBehavior("the answer holds no image")
        image = images[0]
        if image.b64_json:
            if len(image.b64_json) > LARGEST * 4 // 3 + 4:
                raise UnexpectedModelBehavior(f"the image is larger than {LARGEST} bytes")
            try:
                return base64.b64decode(image.b64_json, validate=True)
            except binascii.Error as error:
                raise UnexpectedModelBehavior(f"the image is not Base64: {error}") from error
        if not image.url:
            raise UnexpectedModelBehavior("the answer holds neither an image nor its address")
        if urlsplit(image.url).scheme not in {"http", "https"}:
            raise UnexpectedModelBehavior(f"the image's address is not http(s): {image.url[:80]!r}")
        if self._fetch is None:
            raise UnexpectedModelBehavior("the server sent an address and not the image, and none may be fetched")
        try:
            return await self._fetch(image.url)
        except httpx.HTTPError as error:
            raise ModelConnectionError(self._model, f"the image could not be loaded: {error}") from error


def nearest_size(sizes: tuple[str, ...], width: int, height: int) -> str:
    """The size whose shape is nearest to the wanted one, so that least is cropped."""
    wanted = math.log(width / height)

    def distance(size: str) -> float:
        across, down = map(int, size.split("x"))
        return abs(math.log(across / down) - wanted)

    return min(sizes, key=distance)


def fitted(data: bytes, width: int, height: int) -> bytes:
    """The image as JPEG, cropped around its middle and scaled to width and height in pixels.

    Raises:
        UnexpectedModelBehavior: the bytes are no PNG, JPEG or WebP image, or too many.
    """
    if len(data) > LARGEST:
        raise UnexpectedModelBehavior(f"the image has {len(data)} bytes; at most {LARGEST}")
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                raise UnexpectedModelBehavior(f"the image has {image.width} by {image.height} pixels")
            made = ImageOps.fit(image.convert("RGB"), (width, height), Image.Resampling.LANCZOS)
    except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError) as error:
        raise UnexpectedModelBehavior(f"what arrived is no PNG, JPEG or WebP image: {error}") from error
    out = io.BytesIO()
    made.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()

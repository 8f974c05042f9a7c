"""Vectors for search phrases, from an OpenAI-compatible server."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from openai import AsyncOpenAI
from pydantic_ai.exceptions import UnexpectedModelBehavior

from igny8_engine.providers.connection import openai_client
from igny8_engine.providers.failures import openai_errors
from igny8_engine.providers.patience import Patience
from igny8_engine.providers.retry import persist, piece_of_work
from igny8_engine.providers.signatures import Embed

BATCH = 256
"""Phrases sent at once; what every common server takes."""


def embedder(
    model: str, *, base_url: str | None = None, api_key: str | None = None, patience: Patience | None = None
) -> Embed:
    """A function that turns phrases into vectors with the model of that name, ``openai:`` before it or not.

    Raises:
        ProviderSettingsError: neither a base URL nor a key is known.
    """
    patience = patience or Patience()
    client = openai_client(base_url=base_url, api_key=api_key, timeout=patience.timeout)

    async def embed_phrases(phrases: Sequence[str]) -> list[list[float]]:
        return await embed(phrases, model, client=client, patience=patience)

    return embed_phrases


async def embed(phrases: Sequence[str], model: str, *, client: AsyncOpenAI, patience: Patience) -> list[list[float]]:
    """One vector for each phrase, in their order, all of the same length.

    Raises:
        ProviderFailedError: the server did not deliver, or sent vectors that cannot be used.
    """
    name = model.removeprefix("openai:")
    vectors: list[list[float]] = []
    async with piece_of_work(model, patience):
        for start in range(0, len(phrases), BATCH):
            batch = list(phrases[start : start + BATCH])
            vectors += await persist(partial(_request, client, name, batch), patience)
        if len({len(vector) for vector in vectors}) > 1:
            raise UnexpectedModelBehavior("the vectors have different lengths")
    return vectors


async def _request(client: AsyncOpenAI, model: str, batch: list[str]) -> list[list[float]]:
    with openai_errors(model):
        answer = await client.embeddings.create(model=model, input=batch, encoding_format="float")
    try:
        # Servers that batch by themselves may answer in another order; the index says which is which.
        vectors = [list(map(float, item.embedding)) for item in sorted(answer.data, key=lambda item: item.index)]
        indexes = sorted(item.index for item in answer.data)
    except (AttributeError, TypeError, ValueError) as error:
        raise UnexpectedModelBehavior(f"the answer does not keep to the protocol: {error}") from error
    if indexes != list(range(len(batch))):
        raise UnexpectedModelBehavior(f"there are {len(vectors)} vectors for {len(batch)} phrases")
    if not all(vector and all(map(math.isfinite, vector)) for vector in vectors):
        raise UnexpectedModelBehavior("a vector is empty or holds what is not a number")
    return vectors

"""Which providers the engine works with, by its settings."""

from __future__ import annotations

from dataclasses import dataclass

from igny8_engine.providers.patience import Patience
from igny8_engine.providers.signatures import Embed, Fetch
from igny8_engine.writing.model import Illustrator, Writer


@dataclass(frozen=True, slots=True)
class Providers:
    """What the engine's functions write, draw and compare with."""

    writer: Writer
    """The model's writer, or the one that needs no model."""
    card: Illustrator
    """Draws title cards; always there."""
    model_illustrator: Illustrator | None
    """Makes images with a model; ``None`` when none is connected."""
    embedder: Embed | None
    """Makes vectors with a model; ``None`` when none is connected."""


def choose(
    *,
    offline: Writer,
    card: Illustrator,
    llm_model: str | None = None,
    llm_base_url: str | None = None,
    llm_api_key: str | None = None,
    image_model: str | None = None,
    image_base_url: str | None = None,
    image_api_key: str | None = None,
    embedding_model: str | None = None,
    fetch_image: Fetch | None = None,
    patience: Patience | None = None,
    concurrency: int = 4,
) -> Providers:
    """The providers for these settings; an empty or missing name means that no such model is connected.

    ``offline`` writes when no language model is named, and scores texts in any case; ``card`` draws title cards.
    Embeddings are asked for at the language model's address, with its key. The libraries that speak to models are
    loaded only for a model that is named.

    Raises:
        ProviderSettingsError: a model that is named cannot be connected to.
    """
    writer = offline
    model_illustrator: Illustrator | None = None
    embed: Embed | None = None
    if llm_model:
        from igny8_engine.providers.model_writer import ModelWriter  # noqa: PLC0415

        writer = ModelWriter(
            llm_model,
            offline=offline,
            base_url=llm_base_url or None,
            api_key=llm_api_key or None,
            patience=patience,
            concurrency=concurrency,
        )
    if image_model:
        from igny8_engine.providers.images import ModelIllustrator  # noqa: PLC0415

        model_illustrator = ModelIllustrator(
            image_model,
            base_url=image_base_url or None,
            api_key=image_api_key or None,
            fetch=fetch_image,
            patience=patience,
        )
    if embedding_model:
        from igny8_engine.providers.embeddings import embedder  # noqa: PLC0415

        embed = embedder(embedding_model, base_url=llm_base_url or None, api_key=llm_api_key or None, patience=patience)
    return Providers(writer=writer, card=card, model_illustrator=model_illustrator, embedder=embed)

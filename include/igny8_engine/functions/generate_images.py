"""Make featured images for texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import delete
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.events import IMAGES_GENERATED
from igny8.actions.generate_images import GenerateImagesParams
from igny8.actions.items import Collection
from igny8_engine.db.tables import Content, Image
from igny8_engine.errors import ItemFailedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Outputs, Store, Stored
from igny8_engine.parts import Parts
from igny8_engine.writing.model import ImageBrief


class GenerateImages(Function[GenerateImagesParams]):
    """Makes one image for each text; it takes the place of the one that the text had."""

    type: ClassVar[str] = "generate_images"
    phase: ClassVar[str] = "making images"

    @override
    def provider(self, parts: Parts, params: GenerateImagesParams) -> str | None:
        """``card``, or the name of the image model."""
        illustrator = parts.providers.card if params.provider == "card" else parts.providers.model_illustrator
        return illustrator.provider if illustrator else None

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: GenerateImagesParams
    ) -> list[Problem]:
        """Texts must be named, and the provider be there."""
        problems = required(params, "content_id")
        if params.provider == "model" and parts.providers.model_illustrator is None:
            problems.append(
                Problem(
                    "params.provider",
                    "the engine is connected to no image model (IGNY8_IMAGE_MODEL); 'card' needs none",
                    "model",
                )
            )
        return problems

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[GenerateImagesParams]) -> list[Chosen]:
        """One item for each text."""
        rows = await choose_rows(session, order.site_id, Collection.CONTENT, order.params.content_id)
        price = order.params.price().total(1)
        return [Chosen(item, label, price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[GenerateImagesParams], item: Chosen) -> Store:
        """Make one image."""
        kind = order.params.provider
        illustrator = parts.providers.card if kind == "card" else parts.providers.model_illustrator
        if illustrator is None:
            raise ItemFailedError("The engine is connected to no image model any more.")
        async with parts.database.transaction() as session:
            content = await session.get(Content, item.item_id)
        if content is None:
            raise ItemFailedError(f"The text {item.item_id} is gone.")
        width, height = (int(side) for side in order.params.size.split("x"))
        file = await illustrator.draw(
            ImageBrief(
                title=content.title,
                keyword=content.focus_keyword,
                category=content.category,
                site_name=order.site_name,
                width=width,
                height=height,
            )
        )

        async def store(session: AsyncSession) -> Stored:
            await session.execute(delete(Image).where(Image.content_id == item.item_id))
            image = Image(
                site_id=order.site_id,
                content_id=item.item_id,
                provider=kind,
                made_by=file.provider,
                media_type=file.media_type,
                width=file.width,
                height=file.height,
                alt=file.alt,
                data=file.data,
            )
            session.add(image)
            await session.flush()
            return Stored(
                {"image_id": image.id, "content_id": item.item_id, "bytes": len(file.data), "alt": file.alt},
                {"image_ids": [image.id]},
                happening=Happening(
                    IMAGES_GENERATED,
                    {"image_id": image.id, "content_id": item.item_id, "provider": kind, "alt": file.alt},
                ),
            )

        return store

    @override
    def outputs(self, items: Sequence[Chosen], done: Sequence[Outputs]) -> Outputs:
        """The images that were made, and all texts that were given: one without an image is published too."""
        made = [value for part in done for value in part["image_ids"]]
        return {"image_ids": made, "content_ids": [item.item_id for item in items]}

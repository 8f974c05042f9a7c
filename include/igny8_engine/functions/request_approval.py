"""Say what the texts are that people are to approve."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.items import Collection
from igny8.actions.request_approval import RequestApprovalParams
from igny8_engine.db.tables import Content
from igny8_engine.errors import ItemFailedError, Problem
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.parts import Parts


class RequestApproval(Function[RequestApprovalParams]):
    """Looks at each text and changes nothing: people are asked by whoever has started the job."""

    type: ClassVar[str] = "request_approval"
    phase: ClassVar[str] = "gathering articles"

    @override
    def provider(self, parts: Parts, params: RequestApprovalParams) -> str | None:
        """Nothing is written or drawn here."""
        return None

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: RequestApprovalParams
    ) -> list[Problem]:
        """Texts must be named."""
        return required(params, "content_ids")

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[RequestApprovalParams]) -> list[Chosen]:
        """One item for each text."""
        rows = await choose_rows(session, order.site_id, Collection.CONTENT, order.params.content_ids)
        price = order.params.price().total(1)
        return [Chosen(item, label, price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[RequestApprovalParams], item: Chosen) -> Store:
        """Look at one text."""
        async with parts.database.transaction() as session:
            content = await session.get(Content, item.item_id)
        if content is None:
            raise ItemFailedError(f"The text {item.item_id} is gone.")

        async def store(session: AsyncSession) -> Stored:  # noqa: ARG001 - nothing is changed
            return Stored(
                {
                    "content_id": content.id,
                    "excerpt": content.excerpt,
                    "word_count": content.word_count,
                    "seo_score": content.seo_score,
                    "status": content.status,
                },
                {"content_ids": [content.id]},
            )

        return store

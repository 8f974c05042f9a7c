"""Write the texts of planned pages."""

from __future__ import annotations

from typing import ClassVar

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.events import PAGES_WRITTEN
from igny8.actions.generate_page_content import GeneratePageContentParams
from igny8.actions.items import Collection
from igny8_engine.db.connect import lock_site
from igny8_engine.db.tables import Content, Page
from igny8_engine.errors import ItemFailedError, OutdatedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.functions.texts import cluster_brief, free_title, text_columns
from igny8_engine.parts import Parts
from igny8_engine.writing.model import PageBrief


class GeneratePageContent(Function[GeneratePageContentParams]):
    """Has each page's text written. A page that is written already hands on its text and costs nothing."""

    type: ClassVar[str] = "generate_page_content"
    phase: ClassVar[str] = "writing pages"

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: GeneratePageContentParams
    ) -> list[Problem]:
        """Pages must be named."""
        return required(params, "page_ids")

    @override
    async def choose(
        self, session: AsyncSession, parts: Parts, order: Order[GeneratePageContentParams]
    ) -> list[Chosen]:
        """One item for each page; what is written already has no price."""
        rows = await choose_rows(session, order.site_id, Collection.PAGES, order.params.page_ids)
        written = set(
            await session.scalars(
                select(Content.page_id).where(Content.site_id == order.site_id, Content.page_id.is_not(None))
            )
        )
        price = order.params.price().total(1)
        return [Chosen(item, label, 0 if item in written else price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[GeneratePageContentParams], item: Chosen) -> Store:
        """Write one page."""
        async with parts.database.transaction() as session:
            written = await session.scalar(select(Content.id).where(Content.page_id == item.item_id))
            page = await session.get(Page, item.item_id)
            if page is None:
                raise ItemFailedError(f"The page {item.item_id} is gone.")
            children = await session.scalars(select(Page.title).where(Page.parent_id == page.id).order_by(Page.id))
            brief = PageBrief(
                title=page.title,
                purpose=page.purpose,
                site_name=order.site_name,
                cluster=await cluster_brief(session, page.cluster_id, order.site_name) if page.cluster_id else None,
                children=tuple(children.all()),
            )
        if written:
            return _hand_on(item.item_id, written)
        text = await parts.providers.writer.page(brief)

        async def store(session: AsyncSession) -> Stored:
            await lock_site(session, order.site_id)
            if await session.scalar(select(Content.id).where(Content.page_id == item.item_id)):
                raise OutdatedError(f"The page {page.title!r} was written by another job.")
            title = await free_title(session, order.site_id, text.title, f"{page.title} | {order.site_name}")
            content = Content(
                site_id=order.site_id,
                page_id=item.item_id,
                cluster_id=page.cluster_id,
                kind="page",
                **await text_columns(session, order.site_id, text, title),
            )
            session.add(content)
            await session.flush()
            await session.execute(update(Page).where(Page.id == item.item_id).values(status="written"))
            return Stored(
                {"content_id": content.id, "title": content.title, "words": content.word_count},
                {"page_ids": [item.item_id], "content_ids": [content.id]},
                happening=Happening(
                    PAGES_WRITTEN,
                    {
                        "page_id": item.item_id,
                        "content_id": content.id,
                        "title": content.title,
                        "word_count": content.word_count,
                        "cluster_id": page.cluster_id,
                    },
                ),
            )

        return store


def _hand_on(page_id: int, content_id: int) -> Store:
    async def store(_: AsyncSession) -> Stored:
        return Stored(
            {"content_id": content_id, "written_before": True},
            {"page_ids": [page_id], "content_ids": [content_id]},
            credits=0,
        )

    return store

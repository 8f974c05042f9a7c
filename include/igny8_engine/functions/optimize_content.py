"""Check and repair texts for search engines and readers."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict
from typing import ClassVar

from pydantic import JsonValue
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.events import CONTENT_OPTIMIZED
from igny8.actions.items import Collection
from igny8.actions.optimize_content import OptimizeContentParams
from igny8_engine.db.connect import lock_site
from igny8_engine.db.tables import Content, Image
from igny8_engine.errors import ItemFailedError, OutdatedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.functions.texts import as_draft, keyword_facts, taken_titles
from igny8_engine.html import sanitize, word_count
from igny8_engine.parts import Parts
from igny8_engine.writing.model import Link, OptimizeBrief

_LINKS = 20


class OptimizeContent(Function[OptimizeContentParams]):
    """Has each text scored and repaired, with links to the site's other texts."""

    type: ClassVar[str] = "optimize_content"
    phase: ClassVar[str] = "optimising articles"

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: OptimizeContentParams
    ) -> list[Problem]:
        """Texts must be named."""
        return required(params, "content_ids")

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[OptimizeContentParams]) -> list[Chosen]:
        """One item for each text."""
        rows = await choose_rows(session, order.site_id, Collection.CONTENT, order.params.content_ids)
        price = order.params.price().total(1)
        return [Chosen(item, label, price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[OptimizeContentParams], item: Chosen) -> Store:
        """Score and repair one text."""
        async with parts.database.transaction() as session:
            content = await session.get(Content, item.item_id)
            if content is None:
                raise ItemFailedError(f"The text {item.item_id} is gone.")
            brief = OptimizeBrief(
                text=as_draft(content),
                keywords=await keyword_facts(session, content.cluster_id),
                image_alt=await session.scalar(select(Image.alt).where(Image.content_id == content.id)),
                links=await _links(session, content),
            )
        optimized = await parts.providers.writer.optimize(brief)
        html = sanitize(optimized.text.html)
        if not word_count(html):
            raise ItemFailedError(f"The text {content.title!r} came out empty.")

        async def store(session: AsyncSession) -> Stored:
            await lock_site(session, order.site_id)
            now = (await session.scalars(select(Content).where(Content.id == item.item_id).with_for_update())).one()
            if now.updated_at != content.updated_at:
                raise OutdatedError(f"The text {content.title!r} was changed by another job.")
            text = optimized.text
            if text.title.lower() not in await taken_titles(session, order.site_id, but=now.id):
                now.title = text.title
            now.excerpt, now.category, now.tags = text.excerpt, text.category, list(text.tags)
            now.meta_title, now.meta_description = text.meta_title, text.meta_description
            now.focus_keyword, now.html, now.word_count = text.focus_keyword, html, word_count(html)
            now.seo_score = optimized.score_after
            now.checks = [asdict(check) for check in optimized.checks]
            now.status = "published" if now.status == "published" else "optimized"
            now.updated_at = dt.datetime.now(dt.UTC)
            if optimized.image_alt is not None:
                await session.execute(update(Image).where(Image.content_id == now.id).values(alt=optimized.image_alt))
            return Stored(
                {
                    "content_id": now.id,
                    "score_before": optimized.score_before,
                    "score_after": optimized.score_after,
                    "changes": list[JsonValue](optimized.changes),
                },
                {"content_ids": [now.id]},
                happening=Happening(
                    CONTENT_OPTIMIZED,
                    {
                        "content_id": now.id,
                        "title": now.title,
                        "word_count": now.word_count,
                        "cluster_id": now.cluster_id,
                        "score_before": optimized.score_before,
                        "seo_score": optimized.score_after,
                    },
                ),
            )

        return store


async def _links(session: AsyncSession, content: Content) -> tuple[Link, ...]:
    """The site's other texts: those of the same cluster first, then the newest. Addresses are relative to the site."""
    others = await session.execute(
        select(Content.title, Content.slug, Content.focus_keyword)
        .where(Content.site_id == content.site_id, Content.id != content.id)
        .order_by((Content.cluster_id == content.cluster_id).desc().nulls_last(), Content.id.desc())
        .limit(_LINKS)
    )
    return tuple(Link(title=row.title, url=f"/{row.slug}/", keyword=row.focus_keyword) for row in others)

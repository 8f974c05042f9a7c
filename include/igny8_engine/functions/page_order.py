"""Pages are published after the page that they are below: WordPress is told its id."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Content, JobItem, Page, Publication

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 1.0
"""Seconds between two looks at whether the page above is through."""


async def pages_from_above(session: AsyncSession, rows: Sequence[tuple[int, str]]) -> list[tuple[int, str]]:
    """The texts (ids and labels), pages after those that they are below; else in the order given."""
    content_ids = [content_id for content_id, _ in rows]
    found = await session.execute(select(Content.id, Content.page_id).where(Content.id.in_(content_ids)))
    pages = {row.id: row.page_id for row in found if row.page_id is not None}
    if not pages:
        return list(rows)
    site = select(Page.site_id).where(Page.id.in_(pages.values()))
    parents = {
        row.id: row.parent_id
        for row in await session.execute(select(Page.id, Page.parent_id).where(Page.site_id.in_(site)))
    }

    def depth(content_id: int) -> int:
        above: set[int] = set()
        page = parents.get(pages.get(content_id))
        while page is not None and page not in above:
            above.add(page)
            page = parents.get(page)
        return len(above)

    return sorted(rows, key=lambda row: depth(row[0]))


async def wait_for_page_above(database: Database, job_id: int, content_id: int) -> None:
    """Wait until the page above is through, if it is published by the same job and comes first there."""
    above, mine = aliased(JobItem), aliased(JobItem)
    page, content = aliased(Page), aliased(Content)
    under_way = exists().where(
        content.id == content_id,
        page.id == content.page_id,
        Content.page_id == page.parent_id,
        mine.job_id == job_id,
        mine.item_id == content_id,
        above.job_id == job_id,
        above.item_id == Content.id,
        above.position < mine.position,
        above.state.in_(("pending", "running")),
    )
    wait = _FIRST_WAIT
    while True:
        async with database.transaction() as session:
            if not await session.scalar(select(under_way)):
                return
        await asyncio.sleep(wait)
        wait = min(2 * wait, _LONGEST_WAIT)


async def page_above(session: AsyncSession, content: Content, integration_id: int) -> tuple[str, int | None] | None:
    """The page that a page is below: its title, and its id on the WordPress if it is there. The topmost have none."""
    if content.page_id is None:
        return None
    above = await session.scalar(
        select(Page).where(Page.id == select(Page.parent_id).where(Page.id == content.page_id).scalar_subquery())
    )
    if above is None:
        return None
    post_id = await session.scalar(
        select(Publication.post_id)
        .join(Content, Content.id == Publication.content_id)
        .where(
            Content.page_id == above.id,
            Publication.integration_id == integration_id,
            Publication.post_id.is_not(None),
        )
    )
    return above.title, post_id

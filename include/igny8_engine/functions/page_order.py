"""Pages are published after the page that they are below: WordPress is told its id."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Content, JobItem, Page, Publication

_ABOVE: Final = "above"
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 1.0
"""Seconds between two looks at whether the page above is through."""


async def pages_from_above(
    session: AsyncSession, rows: Sequence[tuple[int, str]]
) -> list[tuple[int, str, dict[str, JsonValue]]]:
    """The texts (ids and labels), pages after those that they are below; else in the order given.

    Each with what :func:`wait_for_page_above` has to know of it.
    """
    found = await session.execute(select(Content.id, Content.page_id).where(Content.id.in_([row[0] for row in rows])))
    pages: dict[int, int] = {row.id: row.page_id for row in found if row.page_id is not None}
    if not pages:
        return [(content_id, label, {}) for content_id, label in rows]
    site = select(Page.site_id).where(Page.id.in_(pages.values()))
    of_site = await session.execute(select(Page.id, Page.parent_id).where(Page.site_id.in_(site)))
    parents: dict[int, int | None] = {row.id: row.parent_id for row in of_site}
    contents = {page: content_id for content_id, page in pages.items()}

    def above(content_id: int) -> list[int]:
        """The pages above one, the nearest first."""
        line: list[int] = []
        page = parents.get(pages.get(content_id, 0))
        while page is not None and page not in line:
            line.append(page)
            page = parents.get(page)
        return line

    ordered: dict[int, tuple[int, str, dict[str, JsonValue]]] = {}
    for content_id, label in sorted(rows, key=lambda row: len(above(row[0]))):
        nearest = contents.get(next(iter(above(content_id)), 0))
        # None waits for one that comes later, as pages that are below each other would.
        ordered[content_id] = (content_id, label, {_ABOVE: nearest} if nearest in ordered else {})
    return list(ordered.values())


async def wait_for_page_above(database: Database, job_id: int, payload: Mapping[str, JsonValue]) -> None:
    """Wait until the page above is through, if it is published by the same job, where it comes first."""
    if _ABOVE not in payload:
        return
    state = select(JobItem.state).where(JobItem.job_id == job_id, JobItem.item_id == payload[_ABOVE])
    wait = _FIRST_WAIT
    while True:
        async with database.transaction() as session:
            if await session.scalar(state) not in {"pending", "running"}:
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

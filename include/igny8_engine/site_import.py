"""Importing what a WordPress has already: topic memory and internal links then know it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from html import unescape
from typing import Any, Final, Literal, cast

from pydantic import BaseModel, Field, JsonValue
from sqlalchemy import ColumnElement, Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from igny8_engine.db.connect import IMPORTING
from igny8_engine.db.tables import Integration, Publication, SiteImport, SitePost
from igny8_engine.parts import Parts
from igny8_engine.publications import site_client
from igny8_engine.title_vectors import remember_titles
from igny8_engine.wordpress.answers import Kind, Post, Taxonomy
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import Patience

PAGE: Final = 100
"""How many posts are asked for at once: the most that WordPress gives."""

_SECONDS: Final = 5.0
"""How long one call reads on; somebody waits and wants to see how far it is."""
_PATIENCE: Final = Patience(attempts=4, timeout=30.0, longest_wait=5.0)
_TAXONOMIES: Final[tuple[Taxonomy, ...]] = ("categories", "tags")


class ImportProgress(BaseModel):
    """How far an import is."""

    state: Literal["never", "running", "done"] = Field(
        description="never: none was begun; running: the next call goes on; done: the next call begins a new one."
    )
    done: int = Field(default=0, description="How many posts and pages it has read.")
    total: int = Field(default=0, description="How many there were when it began.")
    started_at: dt.datetime | None = None
    finished_at: dt.datetime | None = None


async def continue_import(parts: Parts, integration: Integration) -> ImportProgress:
    """Read the next pages of posts, for some seconds; begin a new import where none is under way.

    Every page is stored with the place to go on from, so that a crash loses none and repeats one at most, which changes
    nothing. When all are read, those that the WordPress has no longer are forgotten.

    Raises:
        WordPressError: by cause. What was read is kept.
    """
    client = site_client(parts, integration, patience=_PATIENCE)
    names: dict[Taxonomy, dict[int, str]] = {taxonomy: {} for taxonomy in _TAXONOMIES}
    async with parts.database.locked(IMPORTING, str(integration.id)):
        place = await _place(parts, client, integration.id)
        began = time.monotonic()
        while place.kind is not None:
            kind = cast("Kind", place.kind)
            posts, of_kind = await client.list_posts(kind, place.page, PAGE)
            titles = [_plain(post) for post in posts]
            # What topic memory compares them by takes a second of a core for a page: meanwhile the site is asked.
            await asyncio.gather(
                _learn_names(client, posts, names), remember_titles(parts.database, integration.site_id, titles)
            )
            async with parts.database.transaction() as session:
                await _store(session, place, kind, posts, names)
                if not _move_on(place, of_kind, read=len(posts)):
                    await _finish(session, place)
                await session.merge(place)
            if time.monotonic() - began >= _SECONDS:
                break
    async with parts.database.transaction() as session:
        return await import_progress(session, integration.id)


async def import_progress(session: AsyncSession, integration_id: int) -> ImportProgress:
    """How far the last import of a WordPress is."""
    place = await session.get(SiteImport, integration_id)
    if place is None:
        return ImportProgress(state="never")
    done = await session.scalar(
        select(func.count()).where(SitePost.integration_id == integration_id, SitePost.round == place.round)
    )
    return ImportProgress(
        state="running" if place.kind else "done",
        done=done or 0,
        total=max(place.total, done or 0) if place.kind else done or 0,
        started_at=place.started_at,
        finished_at=place.finished_at,
    )


def imported_posts(site_id: int, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    """The query for what was imported from a site's WordPresses, but for what the engine has published there itself."""
    ours = select(Publication.id).where(
        Publication.integration_id == SitePost.integration_id, Publication.post_id == SitePost.post_id
    )
    return (
        select(*columns)
        .join(Integration, Integration.id == SitePost.integration_id)
        .where(Integration.site_id == site_id, ~ours.exists())
        .order_by(SitePost.id)
    )


async def _place(parts: Parts, client: WordPressClient, integration_id: int) -> SiteImport:
    """Where to go on, or the beginning of a new import."""
    async with parts.database.transaction() as session:
        place = await session.get(SiteImport, integration_id)
    if place is not None and place.kind is not None:
        return place
    await client.user()  # strangers are shown what is live, so that refused credentials would not show at all
    total = sum([(await client.list_posts(kind, 1, 1))[1] for kind in ("post", "page")])
    new = SiteImport(
        integration_id=integration_id,
        round=place.round + 1 if place else 1,
        kind="post",
        page=1,
        of_kind=None,
        total=total,
        started_at=dt.datetime.now(dt.UTC),
        finished_at=None,
    )
    async with parts.database.transaction() as session:
        return await session.merge(new)


async def _learn_names(client: WordPressClient, posts: list[Post], names: dict[Taxonomy, dict[int, str]]) -> None:
    for taxonomy in _TAXONOMIES:
        used = {number for post in posts for number in getattr(post, taxonomy)}
        names[taxonomy] |= await client.term_names(taxonomy, used - names[taxonomy].keys())


async def _store(
    session: AsyncSession, place: SiteImport, kind: Kind, posts: list[Post], names: dict[Taxonomy, dict[int, str]]
) -> None:
    if not posts:
        return
    rows = [
        {
            "integration_id": place.integration_id,
            "post_id": post.id,
            "kind": kind,
            "title": _plain(post),
            "slug": post.slug,
            "link": post.link,
            "status": post.status,
            "terms": _terms(post, names),
            "round": place.round,
        }
        for post in posts
    ]
    statement = insert(SitePost).values(rows)
    changed = {name: statement.excluded[name] for name in rows[0] if name not in {"integration_id", "post_id"}}
    await session.execute(statement.on_conflict_do_update(index_elements=["integration_id", "post_id"], set_=changed))


def _terms(post: Post, names: dict[Taxonomy, dict[int, str]]) -> dict[str, JsonValue]:
    return {
        taxonomy: [names[taxonomy][number] for number in getattr(post, taxonomy) if number in names[taxonomy]]
        for taxonomy in _TAXONOMIES
    }


def _plain(post: Post) -> str:
    title = post.title.raw if post.title.raw is not None else post.title.rendered
    return " ".join(unescape(title).replace("\x00", "").split())


def _move_on(place: SiteImport, of_kind: int, *, read: int) -> bool:
    """To the page after this one; or to one before it, where posts that were deleted have let others move up.

    Returns whether there is one.
    """
    moved_up = max(0, (place.of_kind or 0) - of_kind)
    last = place.page * PAGE >= of_kind or not read
    place.of_kind = of_kind
    if moved_up:
        place.page = max(1, place.page - -(-moved_up // PAGE))
    elif not last:
        place.page += 1
    else:
        place.kind, place.page, place.of_kind = ("page" if place.kind == "post" else None), 1, None
    return place.kind is not None


async def _finish(session: AsyncSession, place: SiteImport) -> None:
    place.finished_at = dt.datetime.now(dt.UTC)
    await session.execute(
        delete(SitePost).where(SitePost.integration_id == place.integration_id, SitePost.round < place.round)
    )

"""Links to what was taken down: the posts of a WordPress that have them, and how they lose them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import BaseModel, Field
from sqlalchemy import ColumnElement, Row, or_, select, update

from igny8_engine.db.connect import PUBLISHING
from igny8_engine.db.tables import Content, Integration, Publication
from igny8_engine.errors import EngineError
from igny8_engine.functions.internal_links import ref_of, without_targets
from igny8_engine.parts import Parts
from igny8_engine.publications import save_receipt
from igny8_engine.wordpress.article import Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.errors import WordPressError
from igny8_engine.wordpress.takedown import ArticleOnSite
from igny8_engine.wordpress.unlinking import take_links_out

_AT_ONCE: Final = 4


class WithdrawalFailure(BaseModel):
    """Why an article could not be taken down, or a post not be corrected."""

    code: str = Field(description="The cause, for programs.")
    message: str = Field(description="The cause, for people.")
    hint: str | None = Field(default=None, description="What to do about it.")


class LinkingPost(BaseModel):
    """A post that led to what was taken down."""

    content_id: int
    title: str
    post_id: int | None = None
    change: Literal["corrected", "edited", "failed"] = Field(
        description=(
            "corrected: the links are out of it, their words stay; edited: people have changed the post since, and it "
            "was left alone; failed: see error. The same command again takes up what is left."
        )
    )
    error: WithdrawalFailure | None = None


@dataclass(frozen=True, slots=True)
class _Dead:
    """What is down."""

    addresses: frozenset[str]
    refs: frozenset[str]
    """What it is known by among the links that were put in."""


async def correct_links(
    parts: Parts, client: WordPressClient, integration: Integration, down: Sequence[int]
) -> list[LinkingPost]:
    """Take the links to texts that are down out of all other texts' posts on the same WordPress.

    What cannot be corrected is told and keeps none of the others; but once the site is away, the rest is not tried.
    """
    async with parts.database.transaction() as session:
        of_down = await session.execute(
            select(Content.id, Content.slug, Publication.left_url)
            .join(Publication, Publication.content_id == Content.id)
            .where(
                Content.id.in_(down), Publication.integration_id == integration.id, Publication.left_url.is_not(None)
            )
        )
        texts = of_down.all()
        if not texts:
            return []
        leads_there = or_(*(_leads_to(row.id, row.slug) for row in texts))
        found = await session.execute(
            select(Content.id, Content.title)
            .join(Publication, Publication.content_id == Content.id)
            .where(
                Publication.integration_id == integration.id,
                Content.id.not_in([row.id for row in texts]),
                leads_there,
            )
            .order_by(Content.id)
        )
        linking = found.all()
    home = integration.url.rstrip("/")
    dead = _Dead(
        addresses=frozenset(address for row in texts for address in (row.left_url, f"{home}/{row.slug}/")),
        refs=frozenset(ref_of(row.id) for row in texts),
    )
    places = asyncio.Semaphore(_AT_ONCE)
    away: list[WordPressError] = []

    async def one(text: Row[int, str]) -> LinkingPost | None:
        async with places:
            try:
                if away:
                    raise away[0]
                return await _correct(parts, client, integration.id, text.id, dead)
            except EngineError as error:
                if isinstance(error, WordPressError) and error.retryable:
                    away.append(error)
                failure = WithdrawalFailure(code=error.code, message=error.message, hint=error.hint)
                return LinkingPost(content_id=text.id, title=text.title, change="failed", error=failure)

    corrected = await asyncio.gather(*(one(text) for text in linking))
    return [post for post in corrected if post is not None]


def _leads_to(content_id: int, slug: str) -> ColumnElement[bool]:
    """Whether a text leads to another: by a link that was put in, or by one that was written."""
    put_in: dict[str, Any] = {"links": [{"to": ref_of(content_id)}]}
    return Publication.links.contains(put_in) | Content.html.contains(f'href="/{slug}/"', autoescape=True)


async def _correct(
    parts: Parts,
    client: WordPressClient,
    integration_id: int,
    content_id: int,
    dead: _Dead,
) -> LinkingPost | None:
    here = (Publication.content_id == content_id) & (Publication.integration_id == integration_id)
    async with parts.database.locked(PUBLISHING, f"{integration_id}/{content_id}"):
        async with parts.database.transaction() as session:
            content = await session.get(Content, content_id)
            publication = await session.scalar(select(Publication).where(here))
        if content is None or publication is None:
            return None

        async def save(receipt: Receipt) -> None:
            async with parts.database.transaction() as session:
                await save_receipt(session, integration_id, content_id, receipt)

        article = ArticleOnSite(content.key, content.slug, "page" if content.kind == "page" else "post")
        receipt = Receipt.from_json(publication.receipt)
        unlinked = await take_links_out(client, article, receipt, dead.addresses, save=save)
        if unlinked.change != "edited":
            async with parts.database.transaction() as session:
                await session.execute(
                    update(Publication).where(here).values(links=without_targets(publication.links, dead.refs))
                )
    if unlinked.change == "unchanged":
        return None
    return LinkingPost(content_id=content_id, title=content.title, post_id=unlinked.post_id, change=unlinked.change)

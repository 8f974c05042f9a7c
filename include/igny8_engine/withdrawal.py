"""Taking published texts down from a WordPress by command."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Sequence
from typing import Final, Literal

from pydantic import BaseModel, Field
from sqlalchemy import func, select, update

from igny8_engine.db.connect import LINKS, PUBLISHING, lock_row
from igny8_engine.db.tables import Content, Integration, Publication
from igny8_engine.dead_links import LinkingPost, WithdrawalFailure, correct_links
from igny8_engine.drip import release_slot
from igny8_engine.errors import EngineError, InvalidRequestError, Problem
from igny8_engine.parts import Parts
from igny8_engine.publications import UP, save_receipt, site_client
from igny8_engine.wordpress.article import Dropped, Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import Patience
from igny8_engine.wordpress.takedown import ArticleOnSite, DownTo, TakenDown, take_down

_AT_ONCE: Final = 4
_PATIENCE: Final = Patience(attempts=3, timeout=15.0, longest_wait=5.0)
"""Somebody waits for the answer."""
_LEFT: Final = func.coalesce(Publication.post_url, Publication.left_url)


class WithdrawalWarning(BaseModel):
    """Something that is otherwise than one would expect."""

    name: Dropped = Field(description="What it is about, for programs.")
    message: str = Field(description="What, in a sentence.")


class Withdrawn(BaseModel):
    """What has become of one article."""

    content_id: int
    title: str
    change: Literal["taken_down", "unchanged", "gone", "never_published", "failed"] = Field(
        description=(
            "taken_down: now; unchanged: it was down already; gone: the site has no post of it any more; "
            "never_published: it never was there; failed: see error."
        )
    )
    post_id: int | None = None
    status: str | None = Field(default=None, description="The post's status on the site, as it was read back.")
    warnings: list[WithdrawalWarning] = []
    error: WithdrawalFailure | None = None


class Withdrawal(BaseModel):
    """What has become of all of them, in the order in which they were named."""

    items: list[Withdrawn]
    done: int = Field(description="How many are down now.")
    failed: int = Field(description="How many are not.")
    linking: list[LinkingPost] = Field(
        description="The other posts of the site that led to what is down, and what has become of their links there."
    )


async def withdraw(parts: Parts, integration: Integration, content_ids: Sequence[int], to: DownTo) -> Withdrawal:
    """Take texts down from a WordPress. The same again changes nothing and says so.

    What cannot be taken down is told in its item and keeps none of the others.

    Raises:
        InvalidRequestError: the site has no such text.
        WrongSecretKeyError: the password cannot be read.
    """
    wanted = list(dict.fromkeys(content_ids))
    async with parts.database.transaction() as session:
        rows = await session.scalars(
            select(Content).where(Content.id.in_(wanted), Content.site_id == integration.site_id)
        )
        texts = {text.id: text for text in rows}
    missing = [content_id for content_id in wanted if content_id not in texts]
    if missing:
        named = ", ".join(map(str, missing))
        raise InvalidRequestError([Problem("content_ids", f"the site has no article {named}", list(missing))])
    client = site_client(parts, integration, patience=_PATIENCE)
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(text: Content) -> Withdrawn:
        async with places:
            try:
                return await _withdraw(parts, client, integration.id, text, to)
            except EngineError as error:
                failure = WithdrawalFailure(code=error.code, message=error.message, hint=error.hint)
                return Withdrawn(content_id=text.id, title=text.title, change="failed", error=failure)

    items = await asyncio.gather(*(one(texts[content_id]) for content_id in wanted))
    failed = sum(item.change == "failed" for item in items)
    # Whoever publishes leads there no more, since what is down is marked; what leads there already is corrected now.
    down = [item.content_id for item in items if item.change != "failed"]
    linking = await correct_links(parts, client, integration, down)
    return Withdrawal(items=list(items), done=len(items) - failed, failed=failed, linking=linking)


async def _withdraw(parts: Parts, client: WordPressClient, integration_id: int, text: Content, to: DownTo) -> Withdrawn:
    here = (Publication.content_id == text.id) & (Publication.integration_id == integration_id)
    async with parts.database.locked(PUBLISHING, f"{integration_id}/{text.id}"):
        async with parts.database.transaction() as session:
            stored = await session.scalar(select(Publication.receipt).where(here))
        if stored is None:
            return Withdrawn(content_id=text.id, title=text.title, change="never_published")

        async def before(receipt: Receipt) -> None:
            async with parts.database.transaction() as session:
                await save_receipt(session, integration_id, text.id, receipt)
                await lock_row(session, LINKS, integration_id)
                # What is on its way down counts as down: nothing leads to it any more, whatever happens now.
                await session.execute(update(Publication).where(here).values(post_status=None, left_url=_LEFT))

        article = ArticleOnSite(text.key, text.slug, "page" if text.kind == "page" else "post")
        down = await take_down(client, article, Receipt.from_json(stored), to, before=before)
        await _store(parts, integration_id, text.id, down)
    warnings = [WithdrawalWarning(name=warning.name, message=warning.message) for warning in down.warnings]
    return Withdrawn(
        content_id=text.id,
        title=text.title,
        change=down.change,
        post_id=down.post_id,
        status=down.status,
        warnings=warnings,
    )


async def _store(parts: Parts, integration_id: int, content_id: int, down: TakenDown) -> None:
    of_text = Publication.content_id == content_id
    async with parts.database.transaction() as session:
        await session.execute(
            update(Publication)
            .where(of_text, Publication.integration_id == integration_id)
            .values(post_status=down.status or "gone", post_url=None, live_at=None, left_url=_LEFT)
        )
        await release_slot(session, integration_id, content_id, after=dt.datetime.now(dt.UTC))
        elsewhere = select(Publication.id).where(
            of_text, Publication.integration_id != integration_id, Publication.post_status.in_(UP)
        )
        await session.execute(
            update(Content)
            .where(Content.id == content_id, Content.status == "published", ~elsewhere.exists())
            .values(status="withdrawn")
        )

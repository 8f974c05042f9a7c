"""Publish texts to a WordPress site."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, TypedDict

from pydantic import JsonValue
from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer
from typing_extensions import override

from igny8.actions.drip import Drip
from igny8.actions.events import CONTENT_PUBLISHED
from igny8.actions.items import Collection
from igny8.actions.publish_to_wordpress import PublishToWordPressParams
from igny8_engine.db.connect import PUBLISHING
from igny8_engine.db.tables import Content, Image, Integration, Publication
from igny8_engine.drip import release_slot, slot_in_order
from igny8_engine.errors import ItemFailedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.functions.internal_links import Linkable, keep_targets, link_targets, put_links
from igny8_engine.functions.page_order import page_above, pages_from_above, wait_for_page_above
from igny8_engine.functions.texts import strings
from igny8_engine.html import with_links, without_links
from igny8_engine.parts import Parts
from igny8_engine.publications import find_integration, save_receipt
from igny8_engine.wordpress.article import ArticleToPublish, Picture, Published, PublishWarning, Receipt
from igny8_engine.wordpress.client import WordPressClient
from igny8_engine.wordpress.connection import SiteMemory
from igny8_engine.wordpress.errors import WordPressError
from igny8_engine.wordpress.publish import publish_article
from igny8_engine.wordpress.seo import SeoTexts

_AT_ONCE = 32
"""How many texts one process publishes at once to all sites: each holds a connection to the database for its lock."""

_NO_ORIGINAL = "The original is not live where it should be, so that the post names none."

_REMEMBERED = 60.0
"""How long, in seconds, what a site has said of itself and of its terms is not asked for again."""


class _Scheduled(TypedDict, total=False):
    status: Literal["publish"]
    publish_at: str


@dataclass(frozen=True, slots=True)
class _Known:
    content_id: int
    integration_id: int
    article: ArticleToPublish
    url: str
    username: str
    password: str
    receipt: Receipt | None
    linkable: Linkable
    notes: tuple[PublishWarning, ...]
    """What is otherwise than asked for before the site is asked."""


class _Memories:
    """What is known of each site, for a while. A site that is connected anew, or that has failed, is asked anew."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str], tuple[float, SiteMemory]] = {}

    def of(self, known: _Known) -> SiteMemory:
        now = time.monotonic()
        self._kept = {site: kept for site, kept in self._kept.items() if now - kept[0] < _REMEMBERED}
        return self._kept.setdefault((known.url, known.username, known.password), (now, SiteMemory()))[1]

    def forget(self, known: _Known) -> None:
        self._kept.pop((known.url, known.username, known.password), None)


class PublishToWordPress(Function[PublishToWordPressParams]):
    """Publishes each text, never twice: what was done is written down after every step at the site."""

    type: ClassVar[str] = "publish_to_wordpress"
    phase: ClassVar[str] = "publishing"

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)
        self._at_site: dict[int, asyncio.Semaphore] = {}
        self._memories = _Memories()

    @override
    def at_once(self, parts: Parts) -> int:
        """As many as one site is given at once, by all jobs together."""
        return parts.settings.publish_at_once

    @override
    def provider(self, parts: Parts, params: PublishToWordPressParams) -> str | None:
        """Nothing is written or drawn here."""
        return None

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: PublishToWordPressParams
    ) -> list[Problem]:
        """Texts must be named, and the integration be one of the site's."""
        problems = required(params, "content_ids")
        wanted = params.integration_id
        if isinstance(wanted, int) and not await find_integration(session, site_id, wanted):
            problems.append(Problem("params.integration_id", f"the site has no integration {wanted}", wanted))
        original = params.canonical_integration_id
        if isinstance(original, int):
            path = "params.canonical_integration_id"
            if original == wanted:
                problems.append(Problem(path, "it is where the posts go; a copy has its original elsewhere", original))
            elif not await find_integration(session, site_id, original):
                problems.append(Problem(path, f"the site has no integration {original}", original))
        return problems

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[PublishToWordPressParams]) -> list[Chosen]:
        """One item for each text, pages after those that they are below."""
        rows = await choose_rows(session, order.site_id, Collection.CONTENT, order.params.content_ids)
        rows = await pages_from_above(session, rows)
        price = order.params.price().total(1)
        return [Chosen(item, label, price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[PublishToWordPressParams], item: Chosen) -> Store:
        """Publish one text, alone in all processes."""
        integration_id = int(str(order.params.integration_id))
        at_site = self._at_site.setdefault(integration_id, asyncio.Semaphore(parts.settings.publish_at_once))
        await wait_for_page_above(parts.database, order.job_id, item.item_id)
        # The site's places first: those who wait for a slow site must not take the places of others.
        async with at_site, self._places, parts.database.locked(PUBLISHING, f"{integration_id}/{item.item_id}"):
            async with parts.database.transaction() as session:
                known = await _begin(session, parts, order, integration_id, item.item_id)
            linked = await put_links(known.linkable, order.params.internal_links)
            async with parts.database.transaction() as session:
                # Stored first: whatever happens at the site, the same links are put in again. Whoever takes down what
                # they lead to waits until they are stored, and corrects them then.
                await keep_targets(session, integration_id, linked.record)
                await _change(session, integration_id, item.item_id, links=linked.record)
            memory = self._memories.of(known)
            client = WordPressClient(known.url, known.username, known.password, http=parts.http, memory=memory)

            async def save(receipt: Receipt) -> None:
                async with parts.database.transaction() as session:
                    await save_receipt(session, integration_id, item.item_id, receipt)

            article = replace(known.article, html=linked.html)
            try:
                if order.params.drip is not None:
                    zone = (await client.index()).zone
                    article = replace(article, **await _slot(parts, order, known, order.params.drip, zone))
                published = await publish_article(
                    client,
                    article,
                    known.receipt,
                    save=save,
                    on_edited=order.params.on_edited,
                )
            except WordPressError:
                self._memories.forget(known)
                raise
            async with parts.database.transaction() as session:
                # Under the lock, so that it can't be stored after what somebody does who takes the text down.
                await _change(
                    session,
                    integration_id,
                    item.item_id,
                    post_url=published.url,
                    post_status=published.status,
                    live_at=_live_at(published),
                    left_url=None,
                )
                if published.status in {"publish", "private"}:
                    await release_slot(session, integration_id, item.item_id, after=dt.datetime.now(dt.UTC))
            zone = (await client.index()).zone

        async def store(session: AsyncSession) -> Stored:
            return await _store(
                session, integration_id, item.item_id, published, notes=known.notes, links=linked.links, zone=zone
            )

        return store


async def _begin(
    session: AsyncSession, parts: Parts, order: Order[PublishToWordPressParams], integration_id: int, content_id: int
) -> _Known:
    integration = await find_integration(session, order.site_id, integration_id)
    content = await session.get(Content, content_id)
    if integration is None or content is None:
        raise ItemFailedError(f"The {'integration' if content else 'text'} is gone.")
    # The trace of what is about to be done, before anything is.
    await session.execute(
        insert(Publication)
        .values(content_id=content_id, integration_id=integration_id, receipt={})
        .on_conflict_do_nothing(index_elements=["content_id", "integration_id"])
    )
    image = await session.scalar(select(Image).options(undefer(Image.data)).where(Image.content_id == content_id))
    publication = (
        await session.scalars(
            select(Publication).where(
                Publication.content_id == content_id, Publication.integration_id == integration_id
            )
        )
    ).one()
    addresses, left = await _addresses(session, order.site_id, integration)
    html = with_links(without_links(content.html, left), addresses)
    original = await _original(session, order.params.canonical_integration_id, content_id)
    above = await page_above(session, content, integration_id)
    article = ArticleToPublish(
        key=content.key,
        title=content.title,
        slug=content.slug,
        html=html,
        excerpt=content.excerpt,
        kind="page" if content.kind == "page" else "post",
        status=order.params.status,
        categories=(content.category,) if content.category and content.kind == "article" else (),
        tags=strings(content.tags) if content.kind == "article" else (),
        author=order.params.author or "",
        picture=Picture(image.data, image.media_type, image.alt, title=content.title) if image else None,
        seo=SeoTexts(content.meta_title, content.meta_description, content.focus_keyword, original or ""),
        parent=above[1] if above else None,
        publish_at=order.params.publish_at or "",
    )
    password = parts.passwords.decrypt(integration.password, integration.name)
    receipt = Receipt.from_json(publication.receipt) if publication.receipt else None
    targets = await link_targets(session, integration, content) if order.params.internal_links else ()
    linkable = Linkable(html, (content.title, content.focus_keyword), targets, publication.links)
    return _Known(
        content_id=content_id,
        integration_id=integration_id,
        article=article,
        url=integration.url,
        username=integration.username,
        password=password,
        receipt=receipt,
        linkable=linkable,
        notes=tuple(_notes(above, original)),
    )


def _notes(above: tuple[str, int | None] | None, original: str | None) -> Iterator[PublishWarning]:
    """What is otherwise than asked for before the site is asked."""
    if above is not None and above[1] is None:
        yield PublishWarning("parent", f"The page {above[0]!r}, which it is below, is not on this site yet.")
    if original == "":
        yield PublishWarning("canonical", _NO_ORIGINAL)


async def _original(session: AsyncSession, integration_id: object, content_id: int) -> str | None:
    """The address of the original, empty where it is not live; ``None`` where none is asked for."""
    if integration_id is None:
        return None
    live = select(Publication.post_url).where(
        Publication.content_id == content_id,
        Publication.integration_id == int(str(integration_id)),
        Publication.post_status == "publish",
    )
    return await session.scalar(live) or ""


async def _slot(
    parts: Parts, order: Order[PublishToWordPressParams], known: _Known, drip: Drip, zone: dt.tzinfo
) -> _Scheduled:
    """When the text goes live. One that has its time keeps it; one that is live needs none."""
    async with parts.database.transaction() as session:
        slot = await slot_in_order(
            session,
            order.job_id,
            known.integration_id,
            known.content_id,
            drip,
            zone=zone,
            now=dt.datetime.now(dt.UTC),
        )
    if slot is None:
        return {"status": "publish"}
    return {"publish_at": slot.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _live_at(published: Published) -> dt.datetime | None:
    """When the post goes or went live."""
    return dt.datetime.fromisoformat(published.live_at).replace(tzinfo=dt.UTC) if published.live_at else None


def _appears(published: Published, zone: dt.tzinfo) -> dict[str, JsonValue]:
    """When the post goes live, on the site's clock, if it is scheduled."""
    moment = _live_at(published)
    if moment is None or published.status != "future":
        return {}
    return {"appears_at": moment.astimezone(zone).isoformat()}


async def _addresses(session: AsyncSession, site_id: int, integration: Integration) -> tuple[dict[str, str], list[str]]:
    """Where the site's texts are at this WordPress, by their addresses relative to the site; and those taken down."""
    at_integration = (Publication.content_id == Content.id) & (Publication.integration_id == integration.id)
    found = await session.execute(
        select(Content.slug, Publication.post_url, Publication.left_url)
        .outerjoin(Publication, at_integration)
        .where(Content.site_id == site_id)
    )
    home = integration.url.rstrip("/")
    texts = found.all()
    addresses = {f"/{row.slug}/": _final(row.post_url) or f"{home}/{row.slug}/" for row in texts}
    return addresses, [f"/{row.slug}/" for row in texts if row.left_url is not None]


def _final(url: str | None) -> str | None:
    """The address of a post that is live; drafts have one that changes."""
    return None if url is None or "?" in url else url


async def _change(session: AsyncSession, integration_id: int, content_id: int, **values: object) -> None:
    """Change what is stored of a text at an integration."""
    await session.execute(
        update(Publication)
        .where(Publication.content_id == content_id, Publication.integration_id == integration_id)
        .values(values)
    )


async def _store(
    session: AsyncSession,
    integration_id: int,
    content_id: int,
    published: Published,
    *,
    notes: Sequence[PublishWarning],
    links: Sequence[tuple[str, str]],
    zone: dt.tzinfo,
) -> Stored:
    updated = await session.execute(
        update(Content)
        .where(Content.id == content_id)
        .values(status="published", published_at=func.coalesce(Content.published_at, dt.datetime.now(dt.UTC)))
        .returning(Content.title, Content.cluster_id)
    )
    content = updated.one()
    return Stored(
        {
            "content_id": content_id,
            "post_id": published.post_id,
            "post_url": published.url,
            "status": published.status,
            "change": published.change,
            **({"asked": f"{content.title!r}: {published.asked} {published.url}"} if published.asked else {}),
            **_appears(published, zone),
            **({"links": [{"words": words, "url": url} for words, url in links]} if links else {}),
            "warnings": [
                {"name": warning.name, "message": warning.message} for warning in (*notes, *published.warnings)
            ],
        },
        {"post_ids": [published.post_id], "post_urls": [published.url]},
        credits=0 if published.change == "skipped" else None,
        # Where a person's edit was left alone, nothing was brought there.
        happening=None
        if published.change == "skipped"
        else Happening(
            CONTENT_PUBLISHED,
            {
                "content_id": content_id,
                "title": content.title,
                "cluster_id": content.cluster_id,
                "integration_id": integration_id,
                "post_id": published.post_id,
                "post_url": published.url,
                "status": published.status,
                "change": published.change,
            },
        ),
    )

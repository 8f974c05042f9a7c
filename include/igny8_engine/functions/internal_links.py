"""Which posts of its site a text leads to, chosen once and stored, so that nothing is written anew for nothing."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.clustering.closeness import closeness
from igny8_engine.db.connect import LINKS, lock_row
from igny8_engine.db.tables import Content, Integration, Publication, SitePost
from igny8_engine.errors import OutdatedError
from igny8_engine.site_import import imported_posts
from igny8_engine.wordpress.internal_links import Target, Words, find_options, ranked, with_internal_links

_TEXT: Final = "content:"
_CLOSE_ENOUGH: Final = 0.4
"""How close the titles must be where the words are not the other's keyword: about what the same subject has."""


@dataclass(frozen=True, slots=True)
class Linkable:
    """A text, and what it may lead to."""

    html: str
    titles: tuple[str, ...]
    """What it is about itself: its title and its keyword."""
    targets: tuple[Target, ...]
    recorded: dict[str, JsonValue]
    """What was chosen when it was last published."""


@dataclass(frozen=True, slots=True)
class Linked:
    """A text with its links."""

    html: str
    links: tuple[tuple[str, str], ...]
    """The words and the addresses that they lead to."""
    record: dict[str, JsonValue]


async def link_targets(session: AsyncSession, integration: Integration, content: Content) -> tuple[Target, ...]:
    """The posts that are live on a WordPress, but for the text's own: published by the engine, and imported."""
    published = await session.execute(
        select(Content.id, Publication.post_url, Content.title, Content.focus_keyword, Content.cluster_id)
        .join(Publication, Publication.content_id == Content.id)
        .where(
            Publication.integration_id == integration.id,
            Publication.post_status == "publish",
            Publication.post_url.is_not(None),
            Content.id != content.id,
        )
        .order_by(Content.id)
    )
    ours = [
        Target(ref_of(row.id), row.post_url, row.title, row.focus_keyword, _same(row.cluster_id, content))
        for row in published
    ]
    query = imported_posts(integration.site_id, SitePost.post_id, SitePost.link, SitePost.title).where(
        SitePost.integration_id == integration.id, SitePost.status == "publish"
    )
    # The front page is where every menu leads to.
    others = [
        Target(f"post:{row.post_id}", row.link, row.title)
        for row in await session.execute(query)
        if urlsplit(row.link).path.strip("/") or urlsplit(row.link).query
    ]
    return (*ours, *others)


async def keep_targets(session: AsyncSession, integration_id: int, record: dict[str, JsonValue]) -> None:
    """See that what the chosen links lead to is live; whoever takes it down waits until the transaction ends.

    Raises:
        OutdatedError: one has been taken down since the links were chosen.
    """
    wanted = [int(ref.removeprefix(_TEXT)) for _, ref in _recorded(record) if ref.startswith(_TEXT)]
    if not wanted:
        return
    await lock_row(session, LINKS, integration_id)
    live = await session.scalars(
        select(Publication.content_id).where(
            Publication.content_id.in_(wanted),
            Publication.integration_id == integration_id,
            Publication.post_status == "publish",
        )
    )
    if len(live.all()) < len(wanted):
        raise OutdatedError("A post that was to be led to has been taken down meanwhile.")


async def put_links(text: Linkable, most: int) -> Linked:
    """The text with up to that many links more.

    The links of last time stay where their posts are still live. Others are looked for only when the text or the number
    is another one.
    """
    if not most:
        return Linked(text.html, (), {})
    return await asyncio.to_thread(_put_links, text, most)


def _put_links(text: Linkable, most: int) -> Linked:
    live = {target.ref: target for target in text.targets}
    of: dict[str, JsonValue] = {"text": hashlib.sha256(text.html.encode()).hexdigest(), "most": most}
    chosen = [(phrase, live[ref]) for phrase, ref in _recorded(text.recorded) if ref in live][:most]
    if {name: text.recorded.get(name) for name in of} != of:
        left = [target for target in text.targets if target not in {target for _, target in chosen}]
        options = find_options(text.html, text.titles, left)
        close = closeness(text.titles[0], [option.target.title for option in options])
        alike = {option.target.ref: value for option, value in zip(options, close, strict=True)}
        chosen += [(option.phrase, option.target) for option in ranked(options, alike, _CLOSE_ENOUGH)]
    html, kept = text.html, list[tuple[Words, Target]]()
    for phrase, target in chosen:
        if len(kept) == most:
            break
        html, placed = with_internal_links(html, [(phrase, target.url)])
        kept += [(phrase, target)] * len(placed)
    links: list[JsonValue] = [{"words": list(phrase), "to": target.ref} for phrase, target in kept]
    shown = tuple((" ".join(phrase), target.url) for phrase, target in kept)
    return Linked(html, shown, {**of, "links": links})


def _recorded(record: dict[str, JsonValue]) -> list[tuple[Words, str]]:
    links = record.get("links")
    return [
        (tuple(str(word) for word in words), str(link["to"]))
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict) and isinstance(words := link.get("words"), list)
    ]


def ref_of(content_id: int) -> str:
    """What a text is known by among the links."""
    return f"{_TEXT}{content_id}"


def without_targets(record: dict[str, JsonValue], refs: Collection[str]) -> dict[str, JsonValue]:
    """What was chosen for a text, without the links that led there."""
    links = record.get("links")
    if not isinstance(links, list):
        return record
    return {**record, "links": [link for link in links if not (isinstance(link, dict) and link.get("to") in refs)]}


def _same(cluster_id: int | None, content: Content) -> bool:
    return cluster_id is not None and cluster_id == content.cluster_id

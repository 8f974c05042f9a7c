"""What several functions know of clusters and texts: briefs for the writer, and where a text may live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from pydantic import JsonValue
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.items import Collection
from igny8_engine.db.tables import Cluster, Content, Keyword
from igny8_engine.errors import ItemFailedError, OutdatedError
from igny8_engine.html import sanitize, word_count
from igny8_engine.selection import column
from igny8_engine.writing.model import ClusterBrief, Intent, KeywordFact, TextDraft
from igny8_engine.writing.slug import distinct_slug, slug

_NEIGHBOURS = 12


def keyword_fact(keyword: Keyword) -> KeywordFact:
    """A keyword as writers see it."""
    return KeywordFact(
        phrase=keyword.phrase,
        volume=keyword.volume,
        difficulty=None if keyword.difficulty is None else float(keyword.difficulty),
        intent=cast("Intent | None", keyword.intent),
    )


async def keyword_facts(session: AsyncSession, cluster_id: int | None) -> tuple[KeywordFact, ...]:
    """A cluster's keywords by volume, largest first."""
    if cluster_id is None:
        return ()
    keywords = await session.scalars(
        select(Keyword)
        .where(Keyword.cluster_id == cluster_id)
        .order_by(Keyword.volume.desc().nulls_last(), Keyword.normalized)
    )
    return tuple(keyword_fact(keyword) for keyword in keywords)


async def cluster_brief(session: AsyncSession, cluster_id: int, site_name: str) -> ClusterBrief:
    """A cluster as writers see it.

    Raises:
        ItemFailedError: it is gone, or has no keywords.
    """
    cluster = await session.get(Cluster, cluster_id)
    keywords = await keyword_facts(session, cluster_id)
    if cluster is None or not keywords:
        raise ItemFailedError(f"The cluster {cluster_id} has no keywords to write about.")
    neighbours = await session.scalars(
        select(Cluster.name)
        .where(Cluster.site_id == cluster.site_id, Cluster.id != cluster_id)
        .order_by(column(Collection.CLUSTERS, "opportunity").desc(), Cluster.id)
        .limit(_NEIGHBOURS)
    )
    return ClusterBrief(name=cluster.name, keywords=keywords, site_name=site_name, neighbours=tuple(neighbours.all()))


async def taken_titles(session: AsyncSession, site_id: int, *, but: int = 0) -> set[str]:
    """The titles of a site's texts in lower case, save the one text named."""
    return set(
        await session.scalars(select(func.lower(Content.title)).where(Content.site_id == site_id, Content.id != but))
    )


async def _fresh_slug(session: AsyncSession, site_id: int, wish: str) -> str:
    """The wished-for last part of an address, with a number behind it where another text has it already."""
    taken = await session.scalars(
        select(Content.slug).where(Content.site_id == site_id, Content.slug.startswith(slug(wish), autoescape=True))
    )
    return distinct_slug(wish, set(taken), "text")


async def free_title(session: AsyncSession, site_id: int, title: str, fallback: str) -> str:
    """The title, or else the fallback, whichever no other text of the site has.

    Raises:
        OutdatedError: both are taken.
    """
    taken = await taken_titles(session, site_id)
    for candidate in (title, fallback):
        if candidate.lower() not in taken:
            return candidate
    raise OutdatedError(f"The site has a text called {title!r} already.")


async def text_columns(session: AsyncSession, site_id: int, draft: TextDraft, title: str) -> dict[str, object]:
    """A draft as a row of the table of texts has it, with clean HTML.

    Raises:
        ItemFailedError: nothing is left of the text after cleaning it.
    """
    html = sanitize(draft.html)
    words = word_count(html)
    if not words:
        raise ItemFailedError(f"The text {draft.title!r} came out empty.")
    return {
        "title": title,
        "slug": await _fresh_slug(session, site_id, draft.slug or title),
        "excerpt": draft.excerpt,
        "meta_title": draft.meta_title,
        "meta_description": draft.meta_description,
        "focus_keyword": draft.focus_keyword,
        "category": draft.category,
        "tags": list(draft.tags),
        "html": html,
        "word_count": words,
    }


def as_draft(content: Content) -> TextDraft:
    """A stored text as writers see it."""
    return TextDraft(
        title=content.title,
        slug=content.slug,
        excerpt=content.excerpt,
        meta_title=content.meta_title,
        meta_description=content.meta_description,
        focus_keyword=content.focus_keyword,
        html=content.html,
        category=content.category,
        tags=strings(content.tags),
    )


def strings(values: Sequence[JsonValue]) -> tuple[str, ...]:
    """The texts in a stored list."""
    return tuple(value for value in values if isinstance(value, str))

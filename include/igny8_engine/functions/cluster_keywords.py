"""Group keywords into clusters."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import ClassVar

from pydantic import JsonValue
from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.cluster_keywords import ClusterKeywordsParams
from igny8.actions.events import KEYWORDS_CLUSTERED
from igny8.actions.items import Collection
from igny8.actions.params import Selector
from igny8.conditions import Condition, Operator
from igny8_engine.clustering import cluster_phrases, cluster_vectors, name_cluster
from igny8_engine.db.connect import lock_site
from igny8_engine.db.tables import Cluster, Idea, Keyword, Sector
from igny8_engine.errors import Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.functions.texts import keyword_fact
from igny8_engine.parts import Parts
from igny8_engine.selection import column

__all__ = ["ClusterKeywords", "cluster_phrases"]

_OFFLINE = "offline"


class ClusterKeywords(Function[ClusterKeywordsParams]):
    """Groups the named keywords anew. Its one item is all of them together, as a group needs to see them all."""

    type: ClassVar[str] = "cluster_keywords"
    phase: ClassVar[str] = "clustering keywords"

    @override
    def provider(self, parts: Parts, params: ClusterKeywordsParams) -> str | None:
        """The model that compares the keywords, or ``offline``."""
        return parts.settings.embedding_model if parts.providers.embedder else _OFFLINE

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: ClusterKeywordsParams
    ) -> list[Problem]:
        """Keywords or a sector must be named, and the sector be one of the site's."""
        if params.keyword_ids is None and params.sector_id is None:
            return [Problem("params.keyword_ids", "it is missing; give ids, a selector, or a sector_id")]
        if isinstance(params.sector_id, int) and not await session.scalar(
            select(Sector.id).where(Sector.id == params.sector_id, Sector.site_id == site_id)
        ):
            return [Problem("params.sector_id", f"the site has no sector {params.sector_id}", params.sector_id)]
        return []

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[ClusterKeywordsParams]) -> list[Chosen]:
        """All keywords as one item. A sector alone stands for its new keywords."""
        wanted = order.params.keyword_ids
        if wanted is None:
            wanted = Selector(where=[Condition(field="status", operator=Operator.EQUALS, value="new")])
        rows = await choose_rows(session, order.site_id, Collection.KEYWORDS, wanted)
        ids = [row[0] for row in rows]
        if order.params.sector_id is not None and ids:
            of_sector = set(
                await session.scalars(
                    select(Keyword.id).where(Keyword.id.in_(ids), Keyword.sector_id == order.params.sector_id)
                )
            )
            ids = [item for item in ids if item in of_sector]
        if not ids:
            return []
        price = order.params.price().total(len(ids))
        return [Chosen(ids[0], f"{len(ids)} keywords", price, {"keyword_ids": list[JsonValue](ids)})]

    @override
    def touched(self, items: Sequence[Chosen]) -> list[int]:
        """The keywords."""
        return [keyword for item in items for keyword in _ids(item)]

    @override
    async def work(self, parts: Parts, order: Order[ClusterKeywordsParams], item: Chosen) -> Store:
        """Compare the keywords and group them."""
        async with parts.database.transaction() as session:
            keywords = (
                await session.scalars(
                    select(Keyword).where(Keyword.id.in_(_ids(item))).order_by(Keyword.normalized, Keyword.id)
                )
            ).all()
        phrases = [keyword.phrase for keyword in keywords]
        if parts.providers.embedder:
            vectors = await parts.providers.embedder(phrases)
            labels = await asyncio.to_thread(cluster_vectors, phrases, vectors)
        else:
            labels = await asyncio.to_thread(cluster_phrases, phrases)
        groups: dict[int, list[Keyword]] = {}
        for keyword, label in zip(keywords, labels, strict=True):
            groups.setdefault(label, []).append(keyword)

        async def store(session: AsyncSession) -> Stored:
            return await _store(session, order, list(groups.values()))

        return store


def _ids(item: Chosen) -> list[int]:
    ids = item.payload["keyword_ids"]
    return [value for value in ids if isinstance(value, int)] if isinstance(ids, list) else []


async def _store(
    session: AsyncSession, order: Order[ClusterKeywordsParams], groups: Sequence[Sequence[Keyword]]
) -> Stored:
    await lock_site(session, order.site_id)
    ids = [keyword.id for group in groups for keyword in group]
    left = set(
        await session.scalars(
            select(Keyword.cluster_id).where(Keyword.id.in_(ids), Keyword.cluster_id.is_not(None)).distinct()
        )
    )
    made = []
    for group in groups:
        sectors = {keyword.sector_id for keyword in group}
        cluster = Cluster(
            site_id=order.site_id,
            sector_id=order.params.sector_id or (sectors.pop() if len(sectors) == 1 else None),
            name=name_cluster([keyword_fact(keyword) for keyword in group]),
        )
        session.add(cluster)
        await session.flush()
        await session.execute(
            update(Keyword)
            .where(Keyword.id.in_([keyword.id for keyword in group]))
            .values(cluster_id=cluster.id, status="clustered")
        )
        made.append(cluster.id)
    # A cluster that all its keywords have left is of no more use, unless something was planned from it.
    await session.execute(
        delete(Cluster).where(
            Cluster.id.in_(left),
            Cluster.status == "new",
            ~select(Keyword.id).where(Keyword.cluster_id == Cluster.id).exists(),
            ~select(Idea.id).where(Idea.cluster_id == Cluster.id).exists(),
        )
    )
    ranked = await session.scalars(
        select(Cluster.id)
        .where(Cluster.id.in_(made))
        .order_by(column(Collection.CLUSTERS, "opportunity").desc(), Cluster.id)
    )
    cluster_ids: list[JsonValue] = list(ranked.all())
    told: dict[str, JsonValue] = {
        "keyword_count": len(ids),
        "cluster_count": len(made),
        "cluster_ids": cluster_ids,
    }
    return Stored(
        {"keywords": len(ids), "clusters": len(made)},
        {"cluster_ids": cluster_ids},
        happening=Happening(KEYWORDS_CLUSTERED, told),
    )

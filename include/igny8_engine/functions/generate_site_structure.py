"""Plan the pages of a site from its clusters."""

from __future__ import annotations

from typing import ClassVar

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.events import PAGES_PLANNED
from igny8.actions.generate_site_structure import GenerateSiteStructureParams
from igny8.actions.items import Collection
from igny8_engine.db.connect import lock_site
from igny8_engine.db.tables import Cluster, Page
from igny8_engine.errors import ItemFailedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.functions.texts import cluster_brief
from igny8_engine.parts import Parts
from igny8_engine.selection import column
from igny8_engine.writing.model import PagePlan
from igny8_engine.writing.slug import slug

_CLUSTERS = 60
"""How many clusters a plan looks at, those with the largest opportunities."""


class GenerateSiteStructure(Function[GenerateSiteStructureParams]):
    """Plans the site's pages. Pages that are there already stay; those still to be written follow the new plan."""

    type: ClassVar[str] = "generate_site_structure"
    phase: ClassVar[str] = "planning pages"

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: GenerateSiteStructureParams
    ) -> list[Problem]:
        """The site must be the job's own."""
        if params.site_id in {None, site_id} or not isinstance(params.site_id, int):
            return []
        return [Problem("params.site_id", f"the job's site has the number {site_id}", params.site_id)]

    @override
    async def choose(
        self, session: AsyncSession, parts: Parts, order: Order[GenerateSiteStructureParams]
    ) -> list[Chosen]:
        """The site is the one item."""
        return [Chosen(order.site_id, order.site_name, order.params.price().total(1))]

    @override
    async def work(self, parts: Parts, order: Order[GenerateSiteStructureParams], item: Chosen) -> Store:
        """Plan the pages."""
        clusters: dict[str, int] = {}
        async with parts.database.transaction() as session:
            found = await session.execute(
                select(Cluster.id, Cluster.name)
                .where(Cluster.site_id == order.site_id, column(Collection.CLUSTERS, "keyword_count") > 0)
                .order_by(column(Collection.CLUSTERS, "opportunity").desc(), Cluster.id)
                .limit(_CLUSTERS)
            )
            for row in found:
                clusters.setdefault(row.name, row.id)
            briefs = [await cluster_brief(session, cluster, order.site_name) for cluster in clusters.values()]
        if not briefs:
            raise ItemFailedError(f"The site {order.site_name!r} has no clusters yet.", hint="Cluster keywords first.")
        plans = await parts.providers.writer.structure(order.site_name, briefs)
        if not plans:
            raise ItemFailedError("The plan came out without a page.")

        async def store(session: AsyncSession) -> Stored:
            await lock_site(session, order.site_id)
            ids = await _store(session, order.site_id, plans, clusters)
            page_ids = list[JsonValue](ids)
            return Stored(
                {"pages": len(ids), "titles": [plan.title for plan in plans]},
                {"page_ids": page_ids},
                happening=Happening(PAGES_PLANNED, {"page_count": len(ids), "page_ids": page_ids}),
            )

        return store


async def _store(session: AsyncSession, site_id: int, plans: list[PagePlan], clusters: dict[str, int]) -> list[int]:
    there = {page.slug: page for page in await session.scalars(select(Page).where(Page.site_id == site_id))}
    by_key: dict[str, Page] = {}
    for plan in plans:
        address = slug(plan.slug or plan.title, "page")
        parent = by_key.get(plan.parent_key) if plan.parent_key else None
        page = there.get(address)
        if page is None:
            page = Page(site_id=site_id, slug=address, title=plan.title, purpose=plan.purpose)
            session.add(page)
            there[address] = page
        if page.status != "written":
            page.title, page.purpose = plan.title, plan.purpose
            page.cluster_id = clusters.get(plan.cluster_name) if plan.cluster_name else None
            page.parent_id = parent.id if parent and parent is not page else None
        await session.flush()
        by_key[plan.key] = page
    return list(dict.fromkeys(page.id for page in by_key.values()))

"""The writer that needs no model: it composes texts from what the clusters say."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from igny8_engine.writing.article import article
from igny8_engine.writing.cluster import Subject
from igny8_engine.writing.ideas import ideas
from igny8_engine.writing.model import (
    ArticleBrief,
    ClusterBrief,
    IdeaDraft,
    OptimizeBrief,
    Optimized,
    PageBrief,
    PagePlan,
    TextDraft,
)
from igny8_engine.writing.pages import page
from igny8_engine.writing.repair import optimize
from igny8_engine.writing.structure import structure


class OfflineWriter:
    """Writes without a model. The same brief always gives the same text."""

    @property
    def provider(self) -> str:
        """``offline``."""
        return "offline"

    async def ideas(self, cluster: ClusterBrief, count: int, taken: Sequence[str]) -> list[IdeaDraft]:
        """Up to ``count`` ideas, none with a title in ``taken``, whatever its case."""
        return await asyncio.to_thread(ideas, Subject(cluster), count, tuple(taken))

    async def article(self, brief: ArticleBrief) -> TextDraft:
        """Write an article of 400 words or more."""
        return await asyncio.to_thread(article, brief)

    async def page(self, brief: PageBrief) -> TextDraft:
        """Write a page."""
        return await asyncio.to_thread(page, brief)

    async def structure(self, site_name: str, clusters: Sequence[ClusterBrief]) -> list[PagePlan]:
        """Plan the pages of a site, parents before children, at most three levels deep."""
        return await asyncio.to_thread(structure, site_name, tuple(clusters))

    async def optimize(self, brief: OptimizeBrief) -> Optimized:
        """Score and repair a text; a repaired text comes back unchanged."""
        return await asyncio.to_thread(optimize, brief)

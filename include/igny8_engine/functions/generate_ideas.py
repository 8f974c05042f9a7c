"""Find article ideas in clusters, and queue a writing task for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import JsonValue
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.events import IDEAS_GENERATED
from igny8.actions.generate_ideas import GenerateIdeasParams
from igny8.actions.items import Collection
from igny8_engine.db.connect import lock_site
from igny8_engine.db.tables import Cluster, Content, Idea, Task
from igny8_engine.errors import ItemFailedError, OutdatedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Outputs, Store, Stored
from igny8_engine.functions.texts import cluster_brief
from igny8_engine.functions.twins import Topic, Twin, find_twins, nearer, topics_for_ideas
from igny8_engine.parts import Parts
from igny8_engine.title_vectors import remember_titles


class GenerateIdeas(Function[GenerateIdeasParams]):
    """Asks the writer for ideas, and sees to it that no title is given twice on a site."""

    type: ClassVar[str] = "generate_ideas"
    phase: ClassVar[str] = "finding ideas"

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: GenerateIdeasParams
    ) -> list[Problem]:
        """Clusters must be named."""
        return required(params, "cluster_ids")

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[GenerateIdeasParams]) -> list[Chosen]:
        """One item for each cluster."""
        rows = await choose_rows(session, order.site_id, Collection.CLUSTERS, order.params.cluster_ids)
        price = order.params.price().total(1)
        return [Chosen(item, label, price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[GenerateIdeasParams], item: Chosen) -> Store:
        """Find a cluster's ideas."""
        async with parts.database.transaction() as session:
            brief = await cluster_brief(session, item.item_id, order.site_name)
            taken = await _titles(session, order.site_id)
            topics = await topics_for_ideas(session, order.site_id) if order.params.topic_memory else []
        ideas = await parts.providers.writer.ideas(brief, order.params.ideas_per_cluster, sorted(taken.values()))
        if not ideas:
            raise ItemFailedError(f"No idea was found for the cluster {brief.name!r} that the site doesn't have yet.")
        memory = order.params.topic_memory
        if memory is not None:
            # Those of the ideas too: most are stored, and no lock is held while they are read.
            titles = [*(topic.title for topic in topics), *(idea.title for idea in ideas)]
            await remember_titles(parts.database, order.site_id, titles)
        volumes = {keyword.phrase: keyword.volume for keyword in brief.keywords}

        async def store(session: AsyncSession) -> Stored:
            await lock_site(session, order.site_id)
            now_taken = await _titles(session, order.site_id)
            kept = [idea for idea in ideas if idea.title.lower() not in now_taken]
            if not kept:
                raise OutdatedError(f"Every title found for {brief.name!r} is taken by now.")
            idea_ids: list[JsonValue] = []
            task_ids: list[JsonValue] = []
            titles: list[JsonValue] = []
            twins: list[JsonValue] = []
            drafts = list({idea.title.lower(): idea for idea in kept}.values())
            found: list[Twin | None] = [None] * len(drafts)
            if memory is not None:
                now = await topics_for_ideas(session, order.site_id)
                told = [draft.title for draft in drafts]
                found = await find_twins(session, order.site_id, told, now, memory.similarity)
            new: list[Topic] = []
            for draft, known_twin in zip(drafts, found, strict=True):
                twin = nearer(draft.title, new, memory.similarity, known_twin) if memory is not None else None
                if memory is not None and twin is not None:
                    twins.append({"title": draft.title, "kept": memory.on_twin != "skip", "twin": twin.told()})
                    if memory.on_twin == "skip":
                        continue
                idea = Idea(
                    site_id=order.site_id,
                    cluster_id=item.item_id,
                    title=draft.title,
                    keyword=draft.keyword,
                    volume=volumes.get(draft.keyword),
                    outline=list(draft.outline),
                    questions=list(draft.questions),
                    summary=draft.summary,
                    status="scheduled",
                )
                session.add(idea)
                await session.flush()
                task = Task(site_id=order.site_id, idea_id=idea.id, cluster_id=item.item_id, title=draft.title)
                session.add(task)
                await session.flush()
                new.append(Topic(Collection.IDEAS, idea.id, idea.title, idea.status))
                idea_ids.append(idea.id)
                task_ids.append(task.id)
                titles.append(idea.title)
            await session.execute(update(Cluster).where(Cluster.id == item.item_id).values(status="mapped"))
            result: dict[str, JsonValue] = {"titles": titles, **({"twins": twins} if twins else {})}
            # What leads to nothing new is not paid for.
            outputs: Outputs = {"idea_ids": idea_ids, "task_ids": task_ids}
            return Stored(result, outputs, credits=None if idea_ids else 0)

        return store

    @override
    def of_all(self, items: Sequence[Chosen], done: Sequence[Outputs]) -> Happening | None:
        """One event for all the clusters: a rule writes their articles together. None when all ideas were twins."""
        ideas = [value for part in done for value in part["idea_ids"]]
        tasks = [value for part in done for value in part["task_ids"]]
        if not ideas:
            return None
        clusters = list[JsonValue](item.item_id for item in items)
        return Happening(
            IDEAS_GENERATED,
            {"idea_count": len(ideas), "idea_ids": ideas, "task_ids": tasks, "cluster_ids": clusters},
        )


async def _titles(session: AsyncSession, site_id: int) -> dict[str, str]:
    """The titles that the site's ideas and texts have, by their lower case."""
    titles = await session.execute(
        select(func.lower(Idea.title), Idea.title)
        .where(Idea.site_id == site_id)
        .union(select(func.lower(Content.title), Content.title).where(Content.site_id == site_id))
    )
    return {row[0]: row[1] for row in titles}

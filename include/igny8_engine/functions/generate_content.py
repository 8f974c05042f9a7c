"""Write the articles of tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pydantic import JsonValue
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession
from typing_extensions import override

from igny8.actions.events import CONTENT_WRITTEN
from igny8.actions.generate_content import GenerateContentParams
from igny8.actions.items import Collection
from igny8.actions.topic_memory import TopicMemory
from igny8_engine.db.connect import lock_site
from igny8_engine.db.tables import Content, Idea, Task
from igny8_engine.errors import ItemFailedError, OutdatedError, Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.functions.choosing import choose_rows, required
from igny8_engine.functions.function import Chosen, Function, Order, Store, Stored
from igny8_engine.functions.texts import cluster_brief, free_title, strings, text_columns
from igny8_engine.functions.twins import Topic, Twin, find_twin, topics_for_task
from igny8_engine.parts import Parts
from igny8_engine.title_vectors import remember_titles
from igny8_engine.writing.model import ArticleBrief, IdeaDraft


class GenerateContent(Function[GenerateContentParams]):
    """Has each task's article written. A task that is completed already hands on its article and costs nothing."""

    type: ClassVar[str] = "generate_content"
    phase: ClassVar[str] = "writing articles"

    @override
    async def check(
        self, session: AsyncSession, parts: Parts, site_id: int, params: GenerateContentParams
    ) -> list[Problem]:
        """Tasks must be named."""
        return required(params, "task_ids")

    @override
    async def choose(self, session: AsyncSession, parts: Parts, order: Order[GenerateContentParams]) -> list[Chosen]:
        """One item for each task; what is written already has no price."""
        rows = await choose_rows(session, order.site_id, Collection.TASKS, order.params.task_ids)
        written = set(
            await session.scalars(
                select(Content.task_id).where(Content.site_id == order.site_id, Content.task_id.is_not(None))
            )
        )
        price = order.params.price().total(1)
        return [Chosen(item, label, 0 if item in written else price) for item, label in rows]

    @override
    async def work(self, parts: Parts, order: Order[GenerateContentParams], item: Chosen) -> Store:
        """Write one article."""
        async with parts.database.transaction() as session:
            written = await _written(session, item.item_id)
            row = await session.get(Task, item.item_id)
            idea = await session.get(Idea, row.idea_id) if row else None
            if idea is None or idea.cluster_id is None:
                raise ItemFailedError(f"The task {item.item_id} has no idea or cluster any more.")
            brief = ArticleBrief(_draft(idea), await cluster_brief(session, idea.cluster_id, order.site_name))
            memory = order.params.topic_memory
            topics = await topics_for_task(session, order.site_id, item.item_id) if memory and not written else []
        if written:
            return _hand_on(written)
        twin = await _twin(parts, order.site_id, idea.title, topics, memory) if memory else None
        if memory and twin and memory.on_twin != "keep":
            return _leave_out(item.item_id, idea.title, twin, is_asked=memory.on_twin == "ask")
        text = await parts.providers.writer.article(brief)

        async def store(session: AsyncSession) -> Stored:
            await lock_site(session, order.site_id)
            if await _written(session, item.item_id):
                raise OutdatedError(f"The article {idea.title!r} was written by another job.")
            title = await free_title(session, order.site_id, text.title, idea.title)
            content = Content(
                site_id=order.site_id,
                task_id=item.item_id,
                cluster_id=idea.cluster_id,
                kind="article",
                **await text_columns(session, order.site_id, text, title),
            )
            session.add(content)
            await session.flush()
            await session.execute(update(Task).where(Task.id == item.item_id).values(status="completed"))
            await session.execute(update(Idea).where(Idea.id == idea.id).values(status="written"))
            return Stored(
                {
                    "content_id": content.id,
                    "title": content.title,
                    "words": content.word_count,
                    **({"twin": twin.told()} if twin else {}),
                },
                {"content_ids": [content.id]},
                happening=Happening(
                    CONTENT_WRITTEN,
                    {
                        "content_id": content.id,
                        "title": content.title,
                        "word_count": content.word_count,
                        "task_id": item.item_id,
                        "cluster_id": idea.cluster_id,
                    },
                ),
            )

        return store


async def _twin(parts: Parts, site_id: int, title: str, topics: Sequence[Topic], memory: TopicMemory) -> Twin | None:
    await remember_titles(parts.database, site_id, [title, *(topic.title for topic in topics)])
    async with parts.database.transaction() as session:
        return await find_twin(session, site_id, title, topics, memory.similarity)


async def _written(session: AsyncSession, task_id: int) -> Content | None:
    return await session.scalar(select(Content).where(Content.task_id == task_id))


def _hand_on(content: Content) -> Store:
    async def store(_: AsyncSession) -> Stored:
        return Stored(
            {"content_id": content.id, "title": content.title, "words": content.word_count, "written_before": True},
            {"content_ids": [content.id]},
            credits=0,
        )

    return store


def _leave_out(task_id: int, title: str, twin: Twin, *, is_asked: bool) -> Store:
    async def store(session: AsyncSession) -> Stored:
        # Out of the queue, so that it does not take the place of another one in every run.
        await session.execute(update(Task).where(Task.id == task_id, Task.status == "queued").values(status="skipped"))
        told = f"{title!r} {'is not written yet' if is_asked else 'was not written'}: it is {twin}."
        result: dict[str, JsonValue] = {"asked" if is_asked else "skipped": told, "title": title, "twin": twin.told()}
        return Stored(result, {"content_ids": []}, credits=0)

    return store


def _draft(idea: Idea) -> IdeaDraft:
    return IdeaDraft(
        title=idea.title,
        keyword=idea.keyword,
        outline=strings(idea.outline),
        questions=strings(idea.questions),
        summary=idea.summary,
    )

"""Topic memory: which of a site's ideas, texts and imported posts is the twin of one that is about to be made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.items import COLLECTIONS, Collection
from igny8_engine.clustering.closeness import closeness
from igny8_engine.db.tables import Content, Idea, SitePost, Task
from igny8_engine.site_import import imported_posts
from igny8_engine.title_vectors import closest_titles


@dataclass(frozen=True, slots=True)
class Topic:
    """Something that the site has or plans."""

    collection: Collection | None
    """Nothing for a post that was imported from the site's WordPress."""
    id: int
    """Of such a post its number there."""
    title: str
    status: str


@dataclass(frozen=True, slots=True)
class Twin:
    """The topic that is closest to a title."""

    topic: Topic
    similarity: float

    def told(self) -> dict[str, JsonValue]:
        """The twin as an item's result names it."""
        return {
            "collection": self.topic.collection.value if self.topic.collection else "site_posts",
            "id": self.topic.id,
            "title": self.topic.title,
            "status": self.topic.status,
            "similarity": self.similarity,
        }

    def __str__(self) -> str:
        collection = self.topic.collection
        singular = COLLECTIONS[collection].singular if collection else "post on the site"
        return (
            f"{self.similarity * 100:.0f}% like the {singular} {self.topic.id}, {self.topic.title!r} "
            f"({self.topic.status})"
        )


async def topics_for_ideas(session: AsyncSession, site_id: int) -> list[Topic]:
    """What a new idea is compared with: all ideas, which are queued as tasks, all texts and imported posts."""
    ideas = await session.execute(select(Idea.id, Idea.title, Idea.status).where(Idea.site_id == site_id))
    return [*(Topic(Collection.IDEAS, *row) for row in ideas), *await _texts(session, site_id)]


async def topics_for_task(session: AsyncSession, site_id: int, task_id: int) -> list[Topic]:
    """What a task is compared with before it is written: what was queued before it, all texts and imported posts.

    Of two twins in the queue the later one so gives way, whichever comes to be looked at first. The queue is read
    before the texts, so that a task that is written in between is found in one of them.
    """
    tasks = await session.execute(
        select(Task.id, Task.title, Task.status).where(
            Task.site_id == site_id, Task.status == "queued", Task.id < task_id
        )
    )
    queued = [Topic(Collection.TASKS, *row) for row in tasks]
    return [*queued, *await _texts(session, site_id)]


async def _texts(session: AsyncSession, site_id: int) -> list[Topic]:
    texts = await session.execute(select(Content.id, Content.title, Content.status).where(Content.site_id == site_id))
    posts = await session.execute(imported_posts(site_id, SitePost.post_id, SitePost.title, SitePost.status))
    return [*(Topic(Collection.CONTENT, *row) for row in texts), *(Topic(None, *row) for row in posts)]


async def find_twin(
    session: AsyncSession, site_id: int, title: str, topics: Sequence[Topic], similarity: float
) -> Twin | None:
    """The topic that is closest to the title, if one is at least that close."""
    [twin] = await find_twins(session, site_id, [title], topics, similarity)
    return twin


async def find_twins(
    session: AsyncSession, site_id: int, titles: Sequence[str], topics: Sequence[Topic], similarity: float
) -> list[Twin | None]:
    """For each title the topic that is closest, if one is at least that close."""
    closest = await closest_titles(session, site_id, titles, [topic.title for topic in topics])
    return [
        Twin(topics[found[0]], found[1]) if found is not None and found[1] >= similarity else None for found in closest
    ]


def nearer(title: str, topics: Sequence[Topic], similarity: float, than: Twin | None) -> Twin | None:
    """The closest of a few more topics, if it is a closer twin than the one that was found."""
    alike = closeness(title, [topic.title for topic in topics])
    best = max(range(len(topics)), key=alike.__getitem__, default=None)
    if best is None or alike[best] < similarity or (than is not None and alike[best] <= than.similarity):
        return than
    return Twin(topics[best], alike[best])

"""Topic memory: twins of what the site has or plans are left out or kept, named, and never paid for when left out."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

import pytest
from conftest_engine import Engine
from sqlalchemy import delete, select, update

from igny8_engine import title_vectors
from igny8_engine.clustering import closeness
from igny8_engine.clustering.sentence_vectors import sentence_vectors
from igny8_engine.db.tables import Content, Idea, Site, Task, TitleVector
from igny8_engine.title_vectors import closest_titles, remember_titles
from igny8_engine.writing.model import ArticleBrief, ClusterBrief, IdeaDraft, TextDraft, Writer

SKIP = {"similarity": 0.9, "on_twin": "skip"}
ASK = {"similarity": 0.9, "on_twin": "ask"}
KEEP = {"similarity": 0.9, "on_twin": "keep"}


class TitledWriter:
    """The offline writer, whose ideas have the titles that it is told."""

    def __init__(self, inner: Writer, titles: Sequence[str]) -> None:
        self.inner = inner
        self.titles = titles
        self.written: list[str] = []
        self.provider = inner.provider

    async def ideas(self, cluster: ClusterBrief, count: int, taken: Sequence[str]) -> list[IdeaDraft]:
        (first,) = await self.inner.ideas(cluster, 1, taken)
        return [dataclasses.replace(first, title=title) for title in self.titles[:count]]

    async def article(self, brief: ArticleBrief) -> TextDraft:
        self.written.append(brief.idea.title)
        return dataclasses.replace(await self.inner.article(brief), title=brief.idea.title)


@pytest.fixture
def writer(engine: Engine) -> TitledWriter:
    made = TitledWriter(engine.parts.providers.writer, [])
    engine.write_with(made)
    return made


async def titled_tasks(engine: Engine, *titles: str) -> list[int]:
    tasks = await engine.add_tasks(len(titles))
    async with engine.parts.database.transaction() as session:
        for task_id, title in zip(tasks, titles, strict=True):
            task = (await session.scalars(select(Task).where(Task.id == task_id))).one()
            task.title = title
            await session.execute(update(Idea).where(Idea.id == task.idea_id).values(title=title))
    return tasks


async def statuses(engine: Engine, tasks: Sequence[int]) -> list[str]:
    async with engine.parts.database.transaction() as session:
        found = {row.id: row.status for row in await session.scalars(select(Task).where(Task.id.in_(tasks)))}
    return [found[task] for task in tasks]


def results(job: dict[str, Any]) -> list[dict[str, Any]]:
    return [item["result"] for item in job["items"]]


async def test_a_task_whose_twin_is_written_or_queued_before_it_is_not_written(
    engine: Engine, writer: TitledWriter
) -> None:
    *tasks, late, last = await titled_tasks(
        engine,
        "How to Descale an Espresso Machine",
        "Growing Tomatoes in Pots",
        "How Do You Descale Your Espresso Machine?",
        "How to Grow Tomatoes in Pots",
        "How Do You Grow Tomatoes in Pots?",
    )
    before = (await engine.credits())["balance"]
    job = await engine.run("generate_content", {"task_ids": tasks, "topic_memory": SKIP}, "run/1/write")
    assert (job["state"], job["done"], job["failed"]) == ("succeeded", 3, 0)
    assert sorted(writer.written) == ["Growing Tomatoes in Pots", "How to Descale an Espresso Machine"]
    assert len(job["outputs"]["content_ids"]) == 2
    assert job["credits"] == {"estimated": 150, "charged": 100}
    assert (await engine.credits())["balance"] == before - 100
    assert await statuses(engine, tasks) == ["completed", "completed", "skipped"]
    left_out = results(job)[2]
    assert left_out["twin"]["title"] == "How to Descale an Espresso Machine"
    assert left_out["twin"]["similarity"] >= 0.9
    assert left_out["twin"]["collection"] in {"tasks", "content"}, "it may have been written meanwhile"
    assert left_out["skipped"].startswith("'How Do You Descale Your Espresso Machine?' was not written: it is 9")

    # The same again, with an article that is there: the twin says which one, also where it is kept.
    kept = await engine.run("generate_content", {"task_ids": [late], "topic_memory": KEEP}, "run/2/write")
    (result,) = results(kept)
    async with engine.parts.database.transaction() as session:
        tomatoes = await session.scalar(select(Content.id).where(Content.title == "Growing Tomatoes in Pots"))
    assert (result["twin"]["collection"], result["twin"]["id"]) == ("content", tomatoes)
    assert kept["credits"]["charged"] == 50
    # Where people are to be asked, it is left unwritten for them.
    asked = await engine.run("generate_content", {"task_ids": [last], "topic_memory": ASK}, "run/2b/write")
    (result,) = results(asked)
    assert result["asked"].startswith("'How Do You Grow Tomatoes in Pots?' is not written yet: it is 9")
    assert (asked["outputs"], asked["credits"]["charged"]) == ({"content_ids": []}, 0)
    # By hand, what was left out can be written all the same.
    forced = await engine.run("generate_content", {"task_ids": [tasks[2]]}, "run/3/write")
    assert len(forced["outputs"]["content_ids"]) == 1


async def test_ideas_that_are_twins_of_others_or_of_each_other_are_left_out(
    engine: Engine, writer: TitledWriter
) -> None:
    await titled_tasks(engine, "How to Descale an Espresso Machine")
    async with engine.parts.database.transaction() as session:
        cluster = await session.scalar(select(Idea.cluster_id))
    params = {"cluster_ids": [cluster], "ideas_per_cluster": 4, "topic_memory": SKIP}
    writer.titles = [
        "How Do You Descale Your Espresso Machine?",
        "Gluten-Free Bread Recipe",
        "A Recipe for Gluten-Free Bread",
        "How to Train for a Marathon",
    ]
    job = await engine.run("generate_ideas", params, "run/1/ideas")
    (result,) = results(job)
    assert result["titles"] == ["Gluten-Free Bread Recipe", "How to Train for a Marathon"]
    assert [(twin["title"], twin["twin"]["title"], twin["kept"]) for twin in result["twins"]] == [
        ("How Do You Descale Your Espresso Machine?", "How to Descale an Espresso Machine", False),
        ("A Recipe for Gluten-Free Bread", "Gluten-Free Bread Recipe", False),
    ]
    assert len(job["outputs"]["idea_ids"]) == len(job["outputs"]["task_ids"]) == 2
    assert job["credits"]["charged"] == 15

    writer.titles = ["Gluten Free Bread Recipe"]
    nothing = await engine.run("generate_ideas", params, "run/2/ideas")
    assert nothing["state"] == "succeeded"
    assert nothing["outputs"] == {"idea_ids": [], "task_ids": []}
    assert nothing["credits"]["charged"] == 0
    events = (await engine.http.get("/v1/events")).json()["items"]
    assert sum(event["type"] == "ideas.generated" for event in events) == 1, "nothing has happened the second time"

    kept = await engine.run("generate_ideas", {**params, "topic_memory": ASK}, "run/3/ideas")
    (result,) = results(kept)
    assert result["titles"] == ["Gluten Free Bread Recipe"]
    assert result["twins"][0]["kept"] is True


async def test_a_title_is_read_once_for_all_processes_and_anew_by_another_version(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def counted(titles: Sequence[str], **more: Any) -> Any:
        read.extend(titles)
        return sentence_vectors(titles, **more)

    async def compared(*titles: str) -> tuple[list[tuple[int, float] | None], list[str]]:
        """What is closest, and what had to be read for it in a process that has just begun."""
        closeness._vectors.clear()
        read.clear()
        await remember_titles(engine.parts.database, site, topics)
        async with engine.parts.database.transaction() as session:
            return await closest_titles(session, site, titles, topics), sorted(read)

    monkeypatch.setattr(closeness, "sentence_vectors", counted)
    monkeypatch.setattr(title_vectors, "_AT_ONCE", 2)
    monkeypatch.setattr(title_vectors, "_READ_AT_ONCE", 1)
    async with engine.parts.database.transaction() as session:
        site = (await session.scalars(select(Site.id))).one()
    topics = ["Growing Tomatoes in Pots", "Descale a Kettle", "Best Kettles Under 50", "descale  a KETTLE", "Kettles"]
    wanted = ("How to descale a kettle", "Best Kettles Under 90")
    found, first = await compared(*wanted)
    one, other = found
    assert one is not None
    assert other is not None
    assert (one[0], one[1] > 0.8, other[0]) == (1, True, 4), "another price is another thing"
    asked = sorted(title.lower() for title in wanted)
    assert first == sorted([*asked, *{" ".join(topic.lower().split()) for topic in topics}])
    assert await compared(*wanted) == (found, asked)
    assert await compared() == ([], [])

    async with engine.parts.database.transaction() as session:
        await session.execute(update(TitleVector).values(version="another", vector=bytes(768)))
    assert await compared(*wanted) == (found, first)
    assert await compared(*wanted) == (found, asked)
    async with engine.parts.database.transaction() as session:
        # One that was forgotten, or never stored, is read in its place.
        await session.execute(delete(TitleVector).where(TitleVector.site_id == site))
        closeness._vectors.clear()
        assert await closest_titles(session, site, wanted, topics) == found
        assert await closest_titles(session, site, wanted, []) == [None, None]


async def test_the_engine_does_no_job_that_runs_in_airflow(engine: Engine) -> None:
    answer = await engine.start("http_request", {"url": "https://example.com"}, "run/1/call")
    assert answer.status_code == 422
    assert "runs in Airflow" in answer.text

"""What a job would do, asked beforehand."""

from __future__ import annotations

from typing import Any

import httpx
from conftest_engine import Engine
from sqlalchemy import select, update

from igny8_engine.db.tables import Account, Cluster, Job, Keyword, Sector, Site


async def preview(engine: Engine, type: str, params: dict[str, Any], **query: int) -> httpx.Response:
    body = {"type": type, "site": "home", "params": params}
    return await engine.http.post("/v1/jobs/preview", json=body, params=query)


async def test_it_says_what_a_job_would_do_and_starts_none(engine: Engine) -> None:
    await engine.add_tasks(3)
    async with engine.parts.database.transaction() as session:
        site_id = (await session.scalars(select(Site.id))).one()
        sector = Sector(site_id=site_id, name="Machines")
        session.add(sector)
        await session.flush()
        some = (await session.scalars(select(Keyword.id).order_by(Keyword.id).limit(5))).all()
        await session.execute(update(Keyword).where(Keyword.id.in_(some)).values(sector_id=sector.id, status="new"))
        await session.execute(update(Keyword).where(Keyword.id == some[0]).values(status="clustered"))
        sector_id = sector.id
    answer = await preview(engine, "cluster_keywords", {"sector_id": sector_id}, items=3)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["collection"], found["total"], found["credits"]) == ("keywords", 4, 10)
    assert [item["id"] for item in found["items"]] == list(some[1:4])
    assert {item["status"] for item in found["items"]} == {"new"}
    by_size = {"where": [], "order_by": "-keyword_count", "limit": 2}
    ideas = (await preview(engine, "generate_ideas", {"cluster_ids": by_size})).json()
    async with engine.parts.database.transaction() as session:
        clusters = (await session.scalars(select(Cluster.name).order_by(Cluster.id).limit(2))).all()
        assert await session.scalar(select(Job.id)) is None
        assert (await session.scalars(select(Account.reserved))).all() == [0]
    assert [item["label"] for item in ideas["items"]] == list(clusters)
    assert (ideas["credits"], ideas["done_before"]) == (30, 0)


async def test_a_job_is_charged_what_its_preview_said(engine: Engine) -> None:
    tasks = await engine.add_tasks(3)
    await engine.run("generate_content", {"task_ids": tasks[1]}, "one")
    found = (await preview(engine, "generate_content", {"task_ids": tasks})).json()
    assert (found["total"], found["done_before"], found["credits"]) == (3, 1, 100)
    assert [item["status"] for item in found["items"]] == ["queued", "completed", "queued"]
    job = await engine.run("generate_content", {"task_ids": tasks}, "all")
    assert job["credits"] == {"estimated": 100, "charged": 100}
    structure = (await preview(engine, "generate_site_structure", {})).json()
    assert (structure["collection"], structure["total"], structure["credits"]) == (None, 1, 20)
    planned = await engine.run("generate_site_structure", {}, "plan")
    await engine.run("generate_page_content", {"page_ids": planned["outputs"]["page_ids"][:1]}, "page")
    pages = (await preview(engine, "generate_page_content", {"page_ids": {"where": []}})).json()
    assert pages["done_before"] == 1
    assert pages["credits"] == 30 * (pages["total"] - 1)


async def test_what_no_job_could_be_started_with_is_refused_in_the_same_words(engine: Engine) -> None:
    bad = {
        "content_ids": {"where": [{"field": "colour", "operator": "equals", "value": 1}], "order_by": "size"},
        "integration_id": 9,
    }
    asked = await preview(engine, "publish_to_wordpress", bad)
    started = await engine.start("publish_to_wordpress", bad, "k")
    assert (asked.status_code, asked.json()) == (started.status_code, started.json())
    assert [problem["path"] for problem in asked.json()["error"]["problems"]] == [
        "params.content_ids.where.0.field",
        "params.content_ids.order_by",
        "params.integration_id",
    ]
    missing = await preview(engine, "generate_content", {"task_ids": [4, 5]})
    assert missing.status_code == 422
    assert missing.json()["error"]["problems"][0]["value"] == [4, 5]


async def test_nobody_looks_at_what_is_another_s(engine: Engine) -> None:
    tasks = await engine.add_tasks(1)
    async with engine.client(await engine.account("other", 100)) as other:
        body = {"type": "generate_content", "site": "home", "params": {"task_ids": tasks}}
        assert (await other.post("/v1/jobs/preview", json=body)).status_code == 404
        await other.post("/v1/sites", json={"slug": "home", "name": "Theirs"})
        answer = await other.post("/v1/jobs/preview", json=body)
        assert answer.status_code == 422
        assert f"no task {tasks[0]}" in answer.json()["error"]["message"]

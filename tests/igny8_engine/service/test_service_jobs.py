"""Jobs: started once, followed by long polls, cancelled, resumed; all eight functions for real."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from conftest_engine import ENDED, Engine, ObedientWriter
from sqlalchemy import func, select, text

from igny8.actions import ACTION_TYPES
from igny8_engine.db.tables import Account, Content, Image, Job, LedgerEntry, Publication
from igny8_engine.html import sanitize
from igny8_engine.preview.store import PreviewStore
from igny8_engine.writing.model import OptimizeBrief, Optimized

KEYWORDS = """keyword,volume,difficulty
espresso machine,1000,30
best espresso machine,900,40
espresso machine with grinder,500,35
cheap espresso machine,400,20
how to clean an espresso machine,300,10
descale espresso machine,250,10
milk frother,200,10
best milk frother,150,10
electric milk frother,120,15
☕ mug,50,5
طاحونة قهوة,10,3
"""


@pytest.fixture
async def obedient(engine: Engine) -> ObedientWriter:
    writer = ObedientWriter(engine.parts.providers.writer)
    engine.write_with(writer)
    return writer


async def books_balance(engine: Engine) -> None:
    async with engine.parts.database.transaction() as session:
        account = (await session.scalars(select(Account).where(Account.name == "demo"))).one()
        sums = select(func.sum(LedgerEntry.amount), func.sum(LedgerEntry.reserved_change))
        row = (await session.execute(sums.where(LedgerEntry.account_id == account.id))).one()
        assert (account.balance, account.reserved) == (row[0], row[1])
        open_jobs = await session.scalar(select(func.sum(Job.reserved)))
        assert account.reserved == (open_jobs or 0)


async def test_keywords_become_published_articles(engine: Engine) -> None:  # noqa: PLR0915 - one story
    path = engine.parts.settings.preview_path
    assert path is not None
    password = PreviewStore(path).add_user("editor")
    engine.parts.http = httpx.AsyncClient(transport=httpx.ASGITransport(engine.app))
    answer = await engine.http.post("/v1/sites/home/keywords/import?filename=k.csv", content=KEYWORDS.encode())
    assert answer.json()["added"] == 11
    connected = await engine.http.post(
        "/v1/sites/home/integrations",
        json={"name": "preview", "url": "http://127.0.0.1/preview", "username": "editor", "password": password},
    )
    assert connected.status_code == 422  # a private address that nobody allowed
    engine.parts.targets._allowed = frozenset({"127.0.0.1"})
    connected = await engine.http.post(
        "/v1/sites/home/integrations",
        json={"name": "preview", "url": "http://127.0.0.1/preview", "username": "editor", "password": password},
    )
    assert connected.status_code == 201, connected.text
    assert "password" not in connected.json()

    new = {"where": [{"field": "status", "operator": "equals", "value": "new"}]}
    clustered = await engine.run("cluster_keywords", {"keyword_ids": new}, "run/1/cluster")
    clusters = clustered["outputs"]["cluster_ids"]
    assert clustered["provider"] == "offline"
    assert clustered["credits"] == {"estimated": 10, "charged": 10}
    listed = (await engine.http.get("/v1/sites/home/clusters?order_by=-opportunity")).json()["items"]
    assert [cluster["id"] for cluster in listed] == clusters
    keywords = (await engine.http.get("/v1/sites/home/keywords")).json()["items"]
    assert {keyword["status"] for keyword in keywords} == {"clustered"}
    assert {keyword["cluster_id"] for keyword in keywords} == set(clusters)

    ideas = await engine.run("generate_ideas", {"cluster_ids": clusters, "ideas_per_cluster": 2}, "run/1/ideas")
    tasks = ideas["outputs"]["task_ids"]
    assert len(tasks) == len(ideas["outputs"]["idea_ids"]) >= len(clusters)
    titles = [i["title"].lower() for i in (await engine.http.get("/v1/sites/home/ideas")).json()["items"]]
    assert len(titles) == len(set(titles))
    assert {c["status"] for c in (await engine.http.get("/v1/sites/home/clusters")).json()["items"]} == {"mapped"}

    written = await engine.run("generate_content", {"task_ids": tasks[:3]}, "run/1/write")
    contents = written["outputs"]["content_ids"]
    assert len(contents) == 3
    assert written["credits"]["charged"] == 150
    again = await engine.run("generate_content", {"task_ids": tasks[:3]}, "run/2/write")
    assert again["outputs"] == written["outputs"]
    assert again["credits"]["charged"] == 0

    illustrated = await engine.run("generate_images", {"content_id": contents}, "run/1/images")
    assert len(illustrated["outputs"]["image_ids"]) == 3
    assert illustrated["outputs"]["content_ids"] == contents
    anew = await engine.run("generate_images", {"content_id": contents[0], "size": "1024x1024"}, "run/2/images")
    image = anew["outputs"]["image_ids"][0]
    assert image not in illustrated["outputs"]["image_ids"]
    assert (await engine.http.get("/v1/sites/home/images")).json()["total"] == 3
    file = await engine.http.get(f"/v1/images/{image}/file")
    assert file.headers["content-type"].startswith("image/")
    assert len(file.content) > 1000

    optimized = await engine.run("optimize_content", {"content_ids": contents}, "run/1/optimize")
    assert optimized["outputs"]["content_ids"] == contents
    for content in (await engine.http.get("/v1/sites/home/content")).json()["items"]:
        assert content["status"] == "optimized"
        assert content["has_image"] is True
        assert content["seo_score"] > 0

    publish = {"content_ids": contents, "integration_id": connected.json()["id"], "status": "publish"}
    published = await engine.run("publish_to_wordpress", publish, "run/1/publish")
    assert published["state"] == "succeeded", published
    assert len(set(published["outputs"]["post_ids"])) == 3
    for url in published["outputs"]["post_urls"]:
        assert "/preview/" in url
        page = await engine.parts.http.get(url)
        assert page.status_code == 200
    second = await engine.run("publish_to_wordpress", publish, "run/2/publish")
    assert second["outputs"] == published["outputs"]

    planned = await engine.run("generate_site_structure", {}, "run/1/structure")
    pages = planned["outputs"]["page_ids"]
    replanned = await engine.run("generate_site_structure", {"site_id": 1}, "run/2/structure")
    assert replanned["outputs"]["page_ids"] == pages
    paged = await engine.run("generate_page_content", {"page_ids": pages}, "run/1/pages")
    assert len(paged["outputs"]["content_ids"]) == len(pages)
    handed_on = await engine.run("generate_page_content", {"page_ids": pages}, "run/2/pages")
    assert handed_on["outputs"] == paged["outputs"]
    assert handed_on["credits"]["charged"] == 0
    assert {p["status"] for p in (await engine.http.get("/v1/sites/home/pages")).json()["items"]} == {"written"}

    facts = (await engine.http.get("/v1/sites/home/facts")).json()["facts"]
    assert facts["content.published"] == 3
    assert facts["tasks.completed"] == 3
    whole = (await engine.http.get(f"/v1/content/{contents[0]}")).json()
    assert whole["html"] == sanitize(whole["html"])
    assert whole["posts"][0]["post_url"] == published["outputs"]["post_urls"][0]
    async with engine.parts.database.transaction() as session:
        titles = list(await session.scalars(select(func.lower(Content.title))))
        assert len(titles) == len(set(titles))
        assert await session.scalar(select(func.count()).select_from(Publication)) == 3
    await books_balance(engine)
    asked = await engine.run("request_approval", {"content_ids": contents}, "ask")
    assert (asked["outputs"]["content_ids"], asked["credits"]["charged"]) == (contents, 0)
    done = {job["type"] for job in (await engine.http.get("/v1/jobs?limit=100")).json()["items"]}
    assert done == {name for name, kind in ACTION_TYPES.items() if kind.run is None}


async def test_clustering_again_moves_keywords_and_leaves_no_empty_cluster(engine: Engine) -> None:
    await engine.http.post("/v1/sites/home/keywords/import", content=KEYWORDS.encode())
    first = await engine.run("cluster_keywords", {"keyword_ids": {}}, "a")
    second = await engine.run("cluster_keywords", {"keyword_ids": {}}, "b")
    found = (await engine.http.get("/v1/sites/home/clusters")).json()["items"]
    assert {cluster["id"] for cluster in found} == set(second["outputs"]["cluster_ids"])
    assert set(first["outputs"]["cluster_ids"]).isdisjoint(second["outputs"]["cluster_ids"])
    assert sum(cluster["keyword_count"] for cluster in found) == 11


async def test_a_sector_alone_stands_for_its_new_keywords(engine: Engine) -> None:
    sector = (await engine.http.post("/v1/sites/home/sectors", json={"name": "Machines"})).json()["id"]
    await engine.http.post(f"/v1/sites/home/keywords/import?sector_id={sector}", content=KEYWORDS.encode())
    await engine.http.post("/v1/sites/home/keywords/import", content=b"keyword\nout of it\n")
    job = await engine.run("cluster_keywords", {"sector_id": sector}, "a")
    assert job["items"][0]["label"] == "11 keywords"
    assert {c["sector_id"] for c in (await engine.http.get("/v1/sites/home/clusters")).json()["items"]} == {sector}
    nothing = await engine.run("cluster_keywords", {"sector_id": sector}, "b")
    assert (nothing["state"], nothing["total"], nothing["outputs"]) == ("succeeded", 0, {"cluster_ids": []})


async def test_one_failed_item_does_not_fail_the_others(engine: Engine, obedient: ObedientWriter) -> None:
    tasks = await engine.add_tasks(6)
    obedient.gate.set()
    obedient.fails = lambda title: "aaab" in title
    job = await engine.run("generate_content", {"task_ids": tasks}, "a")
    assert (job["state"], job["done"], job["failed"]) == ("succeeded", 5, 1)
    assert [item["state"] for item in job["items"]] == ["done", "failed", "done", "done", "done", "done"]
    assert "no article on" in job["items"][1]["error"]
    assert job["credits"] == {"estimated": 300, "charged": 250}
    assert (await engine.credits())["balance"] == 9750
    await books_balance(engine)


async def test_a_job_whose_items_all_failed_is_resumed_by_a_higher_attempt(
    engine: Engine, obedient: ObedientWriter
) -> None:
    tasks = await engine.add_tasks(2)
    obedient.gate.set()
    obedient.fails = lambda _: True
    job = await engine.run("generate_content", {"task_ids": tasks}, "a")
    assert job["state"] == "failed"
    assert job["error"]["code"] == "all_items_failed"
    assert job["error"]["retryable"] is False
    assert (await engine.credits())["balance"] == 10_000
    obedient.fails = lambda _: False
    same = await engine.run("generate_content", {"task_ids": tasks}, "a")
    assert (same["state"], same["version"]) == ("failed", job["version"])
    resumed = await engine.run("generate_content", {"task_ids": tasks}, "a", attempt=2)
    assert (resumed["id"], resumed["state"], resumed["attempt"]) == (job["id"], "succeeded", 2)
    assert (resumed["done"], resumed["failed"], resumed["error"]) == (2, 0, None)
    assert (await engine.credits()) == {"balance": 9900, "reserved": 0, "spent_today": 100}
    await books_balance(engine)


async def test_a_cancelled_job_keeps_what_is_done_and_gives_back_the_rest(
    engine: Engine, obedient: ObedientWriter
) -> None:
    tasks = await engine.add_tasks(7)
    job = (await engine.start("generate_content", {"task_ids": tasks}, "a")).json()
    await engine.until(job["id"], lambda _: obedient.waiting == 4)
    assert (await engine.credits())["reserved"] == 350
    obedient.gate.set()
    await engine.until(job["id"], lambda now: now["done"] >= 1)
    obedient.gate.clear()
    cancelled = await engine.http.post(f"/v1/jobs/{job['id']}/cancel")
    assert cancelled.status_code == 200
    ended = await engine.ended(job["id"])
    done = sum(item["state"] == "done" for item in ended["items"])
    if ended["state"] == "cancelled":
        assert 1 <= done == ended["done"]
        assert {item["state"] for item in ended["items"]} <= {"done", "pending"}
    assert await engine.credits() == {"balance": 10_000 - 50 * done, "reserved": 0, "spent_today": 50 * done}
    again = (await engine.http.post(f"/v1/jobs/{job['id']}/cancel")).json()
    assert again["version"] == ended["version"]
    obedient.gate.set()
    resumed = await engine.run("generate_content", {"task_ids": tasks}, "a", attempt=2)
    assert (resumed["state"], resumed["done"], resumed["credits"]["charged"]) == ("succeeded", 7, 350)
    assert len(obedient.written) == 7
    assert len(set(resumed["outputs"]["content_ids"])) == 7
    await books_balance(engine)


async def test_cancelling_interrupts_a_long_item(engine: Engine, obedient: ObedientWriter) -> None:
    job = (await engine.start("generate_content", {"task_ids": await engine.add_tasks(1)}, "a")).json()
    await engine.until(job["id"], lambda _: obedient.waiting == 1)
    started = time.monotonic()
    await engine.http.post(f"/v1/jobs/{job['id']}/cancel")
    assert (await engine.ended(job["id"]))["state"] == "cancelled"
    assert time.monotonic() - started < 20
    assert await engine.credits() == {"balance": 10_000, "reserved": 0, "spent_today": 0}


async def test_too_few_credits_stop_a_job_before_it_does_anything(engine: Engine, obedient: ObedientWriter) -> None:
    obedient.gate.set()
    key = await engine.account("poor", 60)
    async with engine.client(key) as poor:
        await poor.post("/v1/sites", json={"slug": "small", "name": "Small"})
        tasks = await engine.add_tasks(2, "small")
        body = {"type": "generate_content", "site": "small", "params": {"task_ids": tasks}}
        job = (await poor.post("/v1/jobs", headers={"Idempotency-Key": "a"}, json=body)).json()
        job = (await poor.get(f"/v1/jobs/{job['id']}?wait=30&version={job['version']}")).json()
        while job["state"] not in ENDED:
            job = (await poor.get(f"/v1/jobs/{job['id']}?wait=30&version={job['version']}")).json()
        assert job["state"] == "failed"
        assert job["error"]["code"] == "insufficient_credits"
        assert job["error"]["retryable"] is False
        assert "needs 100 credits" in job["error"]["message"]
        assert "has 60" in job["error"]["message"]
        assert (await poor.get("/v1/account")).json()["credits"] == {"balance": 60, "reserved": 0, "spent_today": 0}
    assert obedient.written == []


async def test_a_hundred_long_polls_wait_cheaply_and_hear_the_news_at_once(
    engine: Engine, obedient: ObedientWriter
) -> None:
    job = (await engine.start("generate_content", {"task_ids": await engine.add_tasks(1)}, "a")).json()
    now = await engine.until(job["id"], lambda _: obedient.waiting == 1)
    url = f"/v1/jobs/{job['id']}?wait=20&version={now['version']}"
    polls = [asyncio.create_task(engine.http.get(url)) for _ in range(100)]
    pool: Any = engine.parts.database.engine.pool
    async with asyncio.timeout(60):
        while sum(len(watches) for watches in engine.app.state.news._watches.values()) < 100 or pool.checkedout():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert not any(poll.done() for poll in polls)
    started = time.monotonic()
    obedient.gate.set()
    answers = await asyncio.gather(*polls)
    assert time.monotonic() - started < 15, "the polls were answered at their end"
    assert all(answer.json()["version"] > now["version"] for answer in answers)
    assert engine.app.state.news._watches == {}


async def test_a_poll_without_news_is_answered_after_its_time(engine: Engine, obedient: ObedientWriter) -> None:
    job = (await engine.start("generate_content", {"task_ids": await engine.add_tasks(1)}, "a")).json()
    now = await engine.until(job["id"], lambda _: obedient.waiting == 1)
    started = time.monotonic()
    answer = await engine.http.get(f"/v1/jobs/{job['id']}?wait=0.5&version={now['version']}")
    assert 0.4 < time.monotonic() - started < 15
    assert answer.json()["state"] == "running"
    assert (await engine.http.get(f"/v1/jobs/{job['id']}?items=true")).json()["items"][0]["state"] == "running"


async def test_a_job_that_was_never_queued_is_swept_up(engine: Engine) -> None:
    tasks = await engine.add_tasks(1)
    async with engine.parts.database.transaction() as session:
        made = Job(account_id=1, site_id=1, key="lost", type="generate_content", params={"task_ids": tasks})
        session.add(made)
    assert (await engine.ended(made.id))["state"] == "succeeded"


async def test_what_a_worker_without_its_lease_stores_is_refused(engine: Engine, obedient: ObedientWriter) -> None:
    tasks = await engine.add_tasks(1)
    job = (await engine.start("generate_content", {"task_ids": tasks}, "a")).json()
    await engine.until(job["id"], lambda _: obedient.waiting == 1)
    async with engine.parts.database.transaction() as session:
        await session.execute(
            text("update jobs set runner = 'another', lease_until = now() + interval '1 hour' where id = :id"),
            {"id": job["id"]},
        )
    obedient.gate.set()
    async with asyncio.timeout(60):
        while engine.app.state.worker._running:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    async with engine.parts.database.transaction() as session:
        assert await session.scalar(select(func.count()).select_from(Content)) == 0
        await session.execute(text("update jobs set lease_until = now() where id = :id"), {"id": job["id"]})
    assert (await engine.ended(job["id"]))["credits"]["charged"] == 50
    await books_balance(engine)


async def test_a_worker_that_renews_its_lease_too_late_does_not_take_its_job_twice(
    engine: Engine, obedient: ObedientWriter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    job = (await engine.start("generate_content", {"task_ids": await engine.add_tasks(1)}, "a")).json()
    await engine.until(job["id"], lambda _: obedient.waiting == 1)
    for _ in range(5):
        async with engine.parts.database.transaction() as session:
            late = text("update jobs set lease_until = now() - interval '1 second' where id = :id")
            await session.execute(late, {"id": job["id"]})
        again = asyncio.create_task(engine.app.state.worker.run(job["id"]))
        await asyncio.wait({again}, timeout=1)
    obedient.gate.set()
    ended = await engine.ended(job["id"])
    assert caplog.text.count(f"Job {job['id']} (generate_content) starts") == 1
    assert (ended["state"], ended["attempt"], ended["credits"]["charged"]) == ("succeeded", 1, 50)
    await books_balance(engine)


async def test_a_fault_of_the_engine_fails_the_item_and_can_be_tried_again(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        provider = "broken"

        async def article(self, brief: object) -> None:
            raise ZeroDivisionError("by nought")

    engine.write_with(Broken())
    job = await engine.run("generate_content", {"task_ids": await engine.add_tasks(1)}, "a")
    assert job["error"]["retryable"] is True
    assert "ZeroDivisionError" in job["items"][0]["error"]
    assert "broke off" in caplog.text


async def test_two_jobs_on_the_same_task_write_it_once(engine: Engine, obedient: ObedientWriter) -> None:
    tasks = await engine.add_tasks(2)
    jobs = [(await engine.start("generate_content", {"task_ids": tasks}, key)).json() for key in ("a", "b")]
    await engine.until(jobs[0]["id"], lambda _: obedient.waiting == 4)
    obedient.gate.set()
    ended = [await engine.ended(job["id"]) for job in jobs]
    assert ended[0]["outputs"] == ended[1]["outputs"]
    assert sorted(job["credits"]["charged"] for job in ended) in ([0, 100], [50, 50])
    await books_balance(engine)


async def test_a_text_that_changes_while_it_is_optimised_is_optimised_anew(engine: Engine) -> None:
    content = (await engine.run("generate_content", {"task_ids": await engine.add_tasks(1)}, "a"))["outputs"]
    inner = engine.parts.providers.writer
    calls: list[str] = []

    class Slow:
        provider = "slow"

        async def optimize(self, brief: OptimizeBrief) -> Optimized:
            if not calls:
                async with engine.parts.database.transaction() as session:
                    await session.execute(text("update content set html = '<p>Changed.</p>', updated_at = now()"))
            calls.append(brief.text.html)
            return await inner.optimize(brief)

    engine.write_with(Slow())
    job = await engine.run("optimize_content", {"content_ids": content["content_ids"]}, "b")
    assert job["state"] == "succeeded"
    assert calls[1] == "<p>Changed.</p>"


async def test_an_image_model_that_is_not_there_is_refused_at_once(engine: Engine) -> None:
    answer = await engine.start("generate_images", {"content_id": [], "provider": "model"}, "a")
    assert answer.status_code == 422
    assert answer.json()["error"]["problems"][0]["path"] == "params.provider"
    engine.parts.providers = dataclasses.replace(engine.parts.providers, model_illustrator=engine.parts.providers.card)
    job = await engine.run("generate_images", {"content_id": [], "provider": "model"}, "a")
    assert (job["state"], job["provider"]) == ("succeeded", "card")


async def test_old_jobs_are_removed_and_running_ones_never(engine: Engine, obedient: ObedientWriter) -> None:
    tasks = await engine.add_tasks(2)
    running = (await engine.start("generate_content", {"task_ids": tasks[:1]}, "a")).json()
    await engine.until(running["id"], lambda _: obedient.waiting == 1)
    ended = await engine.run("generate_images", {"content_id": []}, "b")
    assert (await engine.http.delete("/v1/jobs?older_than_days=1")).json() == {"removed": 0, "events": 0}
    assert (await engine.http.delete("/v1/jobs?older_than_days=0")).json() == {"removed": 1, "events": 0}
    assert (await engine.http.get(f"/v1/jobs/{ended['id']}")).status_code == 404
    assert (await engine.http.get(f"/v1/jobs/{running['id']}")).json()["state"] == "running"


@pytest.fixture(autouse=True)
async def _images_are_few(engine: Engine) -> AsyncIterator[None]:
    yield
    async with engine.parts.database.transaction() as session:
        texts, images = select(func.count(Content.id)), select(func.count(Image.id))
        assert (await session.scalar(images) or 0) <= (await session.scalar(texts) or 0)

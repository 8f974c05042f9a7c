"""The engine as a process of its own: killed in the middle of a job, stopped, started twice."""

from __future__ import annotations

import asyncio
import re
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conftest_engine import add_tasks
from engine_process import Server, account, charged_once, ended, follow, post, server
from event_receiver import Receiver, received, receiver
from sqlalchemy import func, select, update

from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Content, Event, Job, JobItem

__all__ = ["receiver", "server"]

TASKS = 24


@dataclass
class _Parts:
    database: Database


async def told_once(database: Database, receiver: Receiver, contents: Sequence[int]) -> None:
    """Each text has one event, and each event comes in the end."""
    async with database.transaction() as session:
        events = {event.uid: event.data["content_id"] for event in await session.scalars(select(Event))}
        # What the dead process had claimed is delivered when its claim ends; here that is now.
        await session.execute(update(Event).where(Event.next_try_at.is_not(None)).values(next_try_at=func.now()))
    assert sorted(events.values()) == sorted(contents)
    async with asyncio.timeout(30):
        await receiver.until_all(set(events))


async def test_killed_while_it_writes_the_job_goes_on_and_nothing_is_doubled(
    server: Server, receiver: Receiver
) -> None:
    async def slowly(count: int, headers: dict[str, str], body: bytes) -> bytes:
        await asyncio.sleep(1)  # so that the kill finds deliveries under way
        return await received(count, headers, body)

    receiver.answer = slowly
    server.events_url = receiver.url
    await server.start()
    async with account(server) as (http, database):
        tasks = await add_tasks(_Parts(database), TASKS, "home")  # type: ignore[arg-type]
        # Not one credit more than it needs: whatever was counted twice would stop it.
        budget = {"rule": "r", "run": "run/1", "credits_per_run": 50 * TASKS, "credits_per_day": 50 * TASKS}
        job = await post(http, "generate_content", {"task_ids": tasks}, "run/1/write", budget=budget)
        seen = await follow(http, job, lambda now: now["done"] >= 2)
        server.kill()
        assert seen["state"] == "running", "it was over before it could be killed"
        receiver.answer = received
        before = {item["id"]: item for item in (await _items(database, job["id"]))}
        assert any(item["state"] != "done" for item in before.values())
        await server.start()
        started = time.monotonic()
        found = await post(http, "generate_content", {"task_ids": tasks}, "run/1/write", budget=budget)
        assert found["id"] == job["id"]
        await follow(http, found, lambda now: ended(now) or now["done"] > seen["done"])
        assert time.monotonic() - started < 45
        done = await follow(http, found, ended)
        assert (done["state"], done["done"], done["attempt"]) == ("succeeded", TASKS, 1)
        after = {item["id"]: item for item in (await _items(database, job["id"]))}
        for item_id, item in before.items():
            if item["state"] == "done":
                assert after[item_id] == item
        async with database.transaction() as session:
            contents = (await session.scalars(select(Content.id))).all()
            assert len(contents) == TASKS
        await charged_once(database, job["id"], 50, TASKS)
        await told_once(database, receiver, contents)


async def _items(database: Database, job_id: int) -> list[dict[str, Any]]:
    async with database.transaction() as session:
        items = await session.scalars(select(JobItem).where(JobItem.job_id == job_id))
        return [{"id": i.id, "state": i.state, "result": i.result, "credits": i.credits} for i in items]


async def test_a_stopped_server_hands_its_job_to_the_next(server: Server) -> None:
    await server.start()
    async with account(server) as (http, database):
        tasks = await add_tasks(_Parts(database), TASKS, "home")  # type: ignore[arg-type]
        job = await post(http, "generate_content", {"task_ids": tasks}, "w")
        await follow(http, job, lambda now: now["done"] >= 1)
        assert server.kill(signal.SIGTERM) < 20
        assert server.process is not None
        assert server.process.exitcode in {0, -signal.SIGTERM}
        async with database.transaction() as session:
            left = await session.get(Job, job["id"])
            assert left is not None
            assert (left.state, left.runner) == ("queued", None), server.log()
        await server.start("--no-worker")
        worker = await server.spawn("worker", "worker")
        try:
            done = await follow(http, job, ended)
        finally:
            worker.terminate()
            worker.join(30)
        assert (done["state"], done["done"]) == ("succeeded", TASKS), (
            f"{done['items']}\n{server.log()}\n{server.log('worker')}"
        )
        assert worker.exitcode == 0
        await charged_once(database, job["id"], 50, TASKS)
    assert not re.search("Traceback", server.log()), server.log()

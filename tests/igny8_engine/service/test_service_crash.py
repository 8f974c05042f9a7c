"""The engine as a process of its own: killed in the middle of a job, stopped, started twice."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import httpx
import pytest
from conftest_engine import ENDED, KEY, add_tasks
from event_receiver import SECRET, Receiver, received, receiver
from sqlalchemy import func, select, update

from igny8_engine.accounts import create_account
from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Account, Content, Event, Job, JobItem, LedgerEntry, Publication, Site
from igny8_engine.preview.store import PreviewStore
from igny8_local.ports import Ports

__all__ = ["receiver"]

ROOT = Path(__file__).parents[3]
TASKS = 24


@dataclass
class _Parts:
    database: Database


@dataclass
class Server:
    """The engine's server on a free port; each start is a new process."""

    database_url: str
    folder: Path
    port: int = 0
    arguments: list[str] = field(default_factory=lambda: ["serve"])
    events_url: str = ""
    process: subprocess.Popen[bytes] | None = None

    def __post_init__(self) -> None:
        self.port = Ports.free().engine

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("IGNY8_")}
        return own | {
            "PYTHONPATH": f"{ROOT / 'include'}:{ROOT / 'plugins'}",
            "IGNY8_ENGINE_DATABASE": self.database_url,
            "IGNY8_SECRET_KEY": KEY,
            "IGNY8_ALLOWED_HOSTS": f"127.0.0.1:{self.port}",
            "IGNY8_PREVIEW_PATH": str(self.folder / "preview"),
            "IGNY8_ENGINE_LEASE": "3",
            "IGNY8_EVENTS_URL": self.events_url,
            "IGNY8_EVENTS_SECRET": SECRET,
        }

    async def start(self, *more: str) -> None:
        log = (self.folder / "engine.log").open("ab")
        command = [sys.executable, "-m", "igny8_engine", *self.arguments, "--port", str(self.port), *more]
        self.process = self.spawn(command, log)
        async with asyncio.timeout(90), httpx.AsyncClient() as http:
            while True:
                assert self.process.poll() is None, self.log()
                try:
                    if (await http.get(f"{self.url}/v1/health")).json()["status"] == "ok":
                        return
                except httpx.HTTPError:
                    await asyncio.sleep(0.1)

    def spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command, env=self.environment(), stdout=log, stderr=log)

    def kill(self, with_signal: signal.Signals = signal.SIGKILL) -> float:
        assert self.process is not None
        started = time.monotonic()
        self.process.send_signal(with_signal)
        self.process.wait(30)
        return time.monotonic() - started

    def log(self) -> str:
        return (self.folder / "engine.log").read_text()


@pytest.fixture
async def server(database_url: str, tmp_path: Path) -> AsyncIterator[Server]:
    made = Server(database_url, tmp_path)
    yield made
    if made.process and made.process.poll() is None:
        made.kill()


@asynccontextmanager
async def account(server: Server) -> AsyncIterator[tuple[httpx.AsyncClient, Database]]:
    database = Database(server.database_url)
    async with database.transaction() as session:
        key = await create_account(session, "demo", 10_000)
        owner = (await session.scalars(select(Account))).one()
        session.add(Site(account_id=owner.id, slug="home", name="Home Espresso"))
    async with httpx.AsyncClient(base_url=server.url, headers={"Authorization": f"Bearer {key}"}, timeout=40) as http:
        yield http, database
    await database.close()


async def post(
    http: httpx.AsyncClient, type: str, params: dict[str, Any], key: str, **more: dict[str, Any]
) -> dict[str, Any]:
    body = {"type": type, "site": "home", "params": params, **more}
    answer = await http.post("/v1/jobs", headers={"Idempotency-Key": key}, json=body)
    assert answer.status_code in {200, 201}, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def follow(
    http: httpx.AsyncClient, job: dict[str, Any], holds: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    async with asyncio.timeout(120):
        while not holds(job):
            answer = await http.get(f"/v1/jobs/{job['id']}", params={"wait": 10, "version": job["version"]})
            job = answer.json()
    return job


def ended(job: dict[str, Any]) -> bool:
    return job["state"] in ENDED


async def charged_once(database: Database, job_id: int, per_item: int, items: int) -> None:
    async with database.transaction() as session:
        owner = (await session.scalars(select(Account))).one()
        sums = select(func.sum(LedgerEntry.amount), func.sum(LedgerEntry.reserved_change))
        row = (await session.execute(sums)).one()
        assert (owner.balance, owner.reserved) == (row[0], row[1])
        assert owner.reserved == 0
        settled = await session.scalar(
            select(-func.sum(LedgerEntry.reserved_change)).where(
                LedgerEntry.kind == "settle", LedgerEntry.job_id == job_id
            )
        )
        assert settled == per_item * items
        job = await session.get(Job, job_id)
        assert job is not None
        assert (job.charged, job.reserved, job.done) == (per_item * items, 0, items)
        states = await session.scalars(select(JobItem.state).where(JobItem.job_id == job_id))
        assert set(states) == {"done"}


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


async def test_killed_while_it_publishes_no_post_is_doubled(server: Server) -> None:
    password = PreviewStore(server.folder / "preview").add_user("editor")
    await server.start()
    async with account(server) as (http, database):
        tasks = await add_tasks(_Parts(database), 12, "home")  # type: ignore[arg-type]
        written = await follow(http, await post(http, "generate_content", {"task_ids": tasks}, "w"), ended)
        contents = written["outputs"]["content_ids"]
        await follow(http, await post(http, "generate_images", {"content_id": contents}, "i"), ended)
        answer = await http.post(
            "/v1/sites/home/integrations",
            json={"name": "p", "url": f"{server.url}/preview", "username": "editor", "password": password},
        )
        params = {"content_ids": contents, "integration_id": answer.json()["id"], "status": "publish"}
        job = await post(http, "publish_to_wordpress", params, "p")
        killed = 0
        while killed < 2:
            seen = await follow(http, job, lambda now, least=2 + 4 * killed: ended(now) or now["done"] >= least)
            if ended(seen):
                break
            server.kill()
            killed += 1
            await server.start()
        assert killed, "it was over before it could be killed"
        done = await follow(http, job, ended)
        assert (done["state"], done["done"]) == ("succeeded", 12), done
        assert len(set(done["outputs"]["post_ids"])) == 12
        posts = await http.get(f"{server.url}/preview/wp-json/wp/v2/posts?per_page=100")
        assert sorted(post["id"] for post in posts.json()) == sorted(done["outputs"]["post_ids"])
        await charged_once(database, job["id"], 5, 12)
        async with database.transaction() as session:
            assert await session.scalar(select(func.count(Publication.id))) == 12
    assert _posts_in(server.folder / "preview") == 12


def _posts_in(folder: Path) -> int:
    """Posts in whatever state, drafts that nobody sees among them."""
    for file in folder.iterdir():
        if file.is_file() and file.read_bytes()[:15] == b"SQLite format 3":
            with sqlite3.connect(file) as connection:
                return int(connection.execute("select count(*) from entries where type = 'post'").fetchone()[0])
    raise AssertionError("the preview site has no database")


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
        assert server.process.returncode in {0, -signal.SIGTERM}
        async with database.transaction() as session:
            left = await session.get(Job, job["id"])
            assert left is not None
            assert (left.state, left.runner) == ("queued", None), server.log()
        await server.start("--no-worker")
        log = (server.folder / "worker.log").open("wb")
        worker = server.spawn([sys.executable, "-m", "igny8_engine", "worker"], log)
        try:
            done = await follow(http, job, ended)
        finally:
            worker.terminate()
            worker.wait(30)
        assert (done["state"], done["done"]) == ("succeeded", TASKS), (
            f"{done['items']}\n{server.log()}\n{(server.folder / 'worker.log').read_text()}"
        )
        assert worker.returncode == 0
        await charged_once(database, job["id"], 50, TASKS)
    assert not re.search("Traceback", server.log()), server.log()

"""The engine in this process, on a database of its own, with a writer that does as it is told."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy import select

from igny8_engine.accounts import create_account
from igny8_engine.app import create_app
from igny8_engine.db.migrate import migrate
from igny8_engine.db.tables import Account, Cluster, Idea, Keyword, Site, Task
from igny8_engine.errors import ItemFailedError
from igny8_engine.parts import Parts
from igny8_engine.settings import Settings
from igny8_engine.writing.model import ArticleBrief, ClusterBrief, IdeaDraft, TextDraft, Writer
from igny8_local.postgres import Postgres

KEY = Fernet.generate_key().decode()
ENDED = {"succeeded", "failed", "cancelled"}


def _client(app: FastAPI, key: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app, raise_app_exceptions=False),
        base_url="http://engine",
        headers={"Authorization": f"Bearer {key}"},
        timeout=70,
    )


@dataclass
class Engine:
    app: FastAPI
    parts: Parts
    http: httpx.AsyncClient
    key: str

    def client(self, key: str) -> httpx.AsyncClient:
        return _client(self.app, key)

    async def account(self, name: str, credits: int = 0) -> str:
        async with self.parts.database.transaction() as session:
            return await create_account(session, name, credits)

    async def start(self, type: str, params: dict[str, Any], key: str, **more: Any) -> httpx.Response:
        body = {"type": type, "site": "home", "params": params, **more}
        return await self.http.post("/v1/jobs", headers={"Idempotency-Key": key}, json=body)

    async def ended(self, job_id: int) -> dict[str, Any]:
        return await self.until(job_id, lambda job: job["state"] in ENDED)

    async def until(self, job_id: int, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        version = 0
        async with asyncio.timeout(60):
            while True:
                answer = await self.http.get(f"/v1/jobs/{job_id}", params={"wait": 0.5, "version": version})
                assert answer.status_code == 200, answer.text
                job: dict[str, Any] = answer.json()
                if holds(job):
                    return job
                assert job["state"] not in ENDED, job
                version = job["version"]

    async def run(self, type: str, params: dict[str, Any], key: str, **more: Any) -> dict[str, Any]:
        answer = await self.start(type, params, key, **more)
        assert answer.status_code in {200, 201}, answer.text
        return await self.ended(answer.json()["id"])

    async def credits(self) -> dict[str, int]:
        found: dict[str, int] = (await self.http.get("/v1/account")).json()["credits"]
        return found

    async def add_tasks(self, count: int, site: str = "home") -> list[int]:
        """Tasks to be written, each with an idea and a cluster of its own."""
        return await add_tasks(self.parts, count, site)

    def write_with(self, writer: Any) -> None:
        self.parts.providers = dataclasses.replace(self.parts.providers, writer=writer)


async def add_tasks(parts: Parts, count: int, site: str) -> list[int]:
    tasks = []
    async with parts.database.transaction() as session:
        site_id = (await session.scalars(select(Site.id).where(Site.slug == site))).one()
        for number in range(count):
            subject = f"{_word(number)} grinder"
            cluster = Cluster(site_id=site_id, name=subject, status="mapped")
            session.add(cluster)
            await session.flush()
            phrases = [subject, f"best {subject}", f"how to clean a {subject}", f"{subject} price"]
            session.add_all(
                Keyword(site_id=site_id, cluster_id=cluster.id, phrase=p, normalized=p, volume=100, status="clustered")
                for p in phrases
            )
            idea = Idea(
                site_id=site_id,
                cluster_id=cluster.id,
                title=f"Choosing a {subject}",
                keyword=subject,
                outline=["What it is", "How to choose"],
                questions=[f"How do I clean a {subject}?"],
                summary="What to know.",
                status="scheduled",
            )
            session.add(idea)
            await session.flush()
            task = Task(site_id=site_id, idea_id=idea.id, cluster_id=cluster.id, title=idea.title)
            session.add(task)
            await session.flush()
            tasks.append(task.id)
    return tasks


def _word(number: int) -> str:
    return "".join(chr(ord("a") + int(digit)) for digit in f"{number:04d}") + "ex"


@dataclass
class ObedientWriter:
    """Writes with another writer, but waits or fails where it is told to."""

    inner: Writer
    provider: str = "obedient"
    fails: Callable[[str], bool] = lambda _: False
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    waiting: int = 0
    written: list[str] = field(default_factory=list)

    async def article(self, brief: ArticleBrief) -> TextDraft:
        if self.fails(brief.idea.title):
            raise ItemFailedError(f"no article on {brief.idea.title}")
        self.waiting += 1
        await self.gate.wait()
        self.waiting -= 1
        self.written.append(brief.idea.title)
        return await self.inner.article(brief)

    async def ideas(self, cluster: ClusterBrief, count: int, taken: Sequence[str]) -> list[IdeaDraft]:
        return await self.inner.ideas(cluster, count, taken)


@pytest.fixture(scope="session")
def migrated(postgres: Postgres) -> str:
    """The name of an empty database with the engine's tables, to be copied: migrating each takes far longer."""
    name = "engine_template"
    postgres.create_database(name)
    migrate(postgres.url(name))
    return name


@pytest.fixture
def database_url(migrated: str, new_database: Callable[..., str]) -> str:
    return new_database(template=migrated)


@pytest.fixture
async def engine(database_url: str, tmp_path: Path) -> AsyncIterator[Engine]:
    settings = Settings(
        database=database_url,
        secret_key=KEY,
        allowed_hosts=("preview.test",),
        preview_path=tmp_path / "preview",
        lease=1.0,
    )
    async with running(settings) as made:
        yield made


@asynccontextmanager
async def running(settings: Settings, *, with_worker: bool = True) -> AsyncIterator[Engine]:
    app = create_app(settings, with_worker=with_worker)
    async with app.router.lifespan_context(app):
        parts: Parts = app.state.parts
        async with parts.database.transaction() as session:
            key = await create_account(session, "demo", 10_000, exist_ok=True)
            account = (await session.scalars(select(Account).where(Account.name == "demo"))).one()
            if not await session.scalar(select(Site.id).where(Site.account_id == account.id)):
                session.add(Site(account_id=account.id, slug="home", name="Home Espresso"))
        async with _client(app, key) as http:
            yield Engine(app, parts, http, key)

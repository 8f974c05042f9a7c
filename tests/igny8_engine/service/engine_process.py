"""The engine as a process of its own, to be killed, stopped and started twice; and what is asked of it over HTTP."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

import engine_fork
import httpx
import pytest
from conftest_engine import ENDED, KEY
from event_receiver import SECRET
from sqlalchemy import func, select

from igny8_engine.accounts import create_account
from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Account, Job, JobItem, LedgerEntry, Site
from igny8_local.ports import Ports


@cache
def _forks() -> ForkServerContext:
    """A server that has imported the engine and forks processes from itself; it ends with this one."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["engine_imported", "engine_fork"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
        forkserver.ensure_running()
    return context


@dataclass
class Server:
    """The engine's server on a free port; each start is a new process."""

    database_url: str
    folder: Path
    port: int = 0
    events_url: str = ""
    settings: dict[str, str] = field(default_factory=dict)
    """More of the engine's environment."""
    process: ForkServerProcess | None = None

    def __post_init__(self) -> None:
        self.port = Ports.free().engine

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("IGNY8_")}
        return own | {
            "IGNY8_ENGINE_DATABASE": self.database_url,
            "IGNY8_SECRET_KEY": KEY,
            "IGNY8_ALLOWED_HOSTS": f"127.0.0.1:{self.port}",
            "IGNY8_PREVIEW_PATH": str(self.folder / "preview"),
            "IGNY8_ENGINE_LEASE": "3",
            "IGNY8_EVENTS_URL": self.events_url,
            "IGNY8_EVENTS_SECRET": SECRET,
            **self.settings,
        }

    async def start(self, *more: str) -> None:
        self.process = await self.spawn("engine", "serve", "--port", str(self.port), *more)
        async with asyncio.timeout(90), httpx.AsyncClient() as http:
            while True:
                assert self.process.is_alive(), self.log()
                try:
                    if (await http.get(f"{self.url}/v1/health")).json()["status"] == "ok":
                        return
                except httpx.HTTPError:
                    await asyncio.sleep(0.05)

    async def spawn(self, name: str, *arguments: str) -> ForkServerProcess:
        """A process that is ``python -m igny8_engine <arguments>``; what it says is in the log of that name."""
        process = _forks().Process(
            target=engine_fork.run, args=(self.environment(), self._log(name), arguments), daemon=True
        )
        await asyncio.to_thread(process.start)
        return process

    def kill(self, with_signal: signal.Signals = signal.SIGKILL) -> float:
        """Send the signal, and wait until the process has ended; how long that took, in seconds."""
        assert self.process is not None
        assert self.process.pid is not None
        started = time.monotonic()
        os.kill(self.process.pid, with_signal)
        self.process.join(30)
        assert not self.process.is_alive(), "it lives on"
        return time.monotonic() - started

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def log(self, name: str = "engine") -> str:
        return self._log(name).read_text()


@contextmanager
def served(database_url: str, folder: Path) -> Iterator[Server]:
    made = Server(database_url, folder)
    yield made
    if made.process and made.process.is_alive():
        made.kill()


@pytest.fixture
def server(database_url: str, tmp_path: Path) -> Iterator[Server]:
    with served(database_url, tmp_path) as made:
        yield made


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

"""A worker: takes jobs from the queue, keeps its leases, hears of cancellations, sweeps up what others left behind.

It delivers events too, where there is an address for them.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from sqlalchemy.exc import SQLAlchemyError

from igny8_engine.errors import JobKeepsCrashingError, LeaseLostError
from igny8_engine.events.deliver import Deliverer
from igny8_engine.jobs.lease import give_back, held, renew, take
from igny8_engine.jobs.news import JobNews
from igny8_engine.jobs.queue import QUEUE, JobQueue
from igny8_engine.jobs.run import Run
from igny8_engine.parts import Parts

_STUMBLES = 5
_PAUSE = 1.0
_GRACE = 3.0
_TIDY_EVERY = 60.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Running:
    task: asyncio.Task[None]
    stopped_for: Literal["cancel", "lost", "shutdown"] | None = None


class Worker:
    """Runs jobs in this process, up to the settings' ``concurrency`` at once."""

    def __init__(self, parts: Parts, news: JobNews) -> None:
        self._parts = parts
        self._news = news
        self._runner = str(uuid.uuid4())
        self._running: dict[int, _Running] = {}
        self._stopping = False
        self.queue = JobQueue(parts.settings.database, self.run)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Work while the block lasts. At its end running jobs are let go of, for the next worker to continue."""
        self._news.on_cancel = lambda job_id: self._stop(job_id, "cancel")
        duties = [self._fetch, self._keep, self._tidy]
        if deliverer := self._deliverer():
            duties.append(deliverer.run)
            self._news.on_event = deliverer.wake
        tasks = [asyncio.create_task(work(), name=work.__name__) for work in duties]
        try:
            yield
        finally:
            self._stopping = True
            for job_id in list(self._running):
                self._stop(job_id, "shutdown")
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _deliverer(self) -> Deliverer | None:
        settings = self._parts.settings
        if not settings.events_url:
            return None
        return Deliverer(self._parts.database, settings.events_url, settings.events_secrets)

    async def run(self, job_id: int) -> None:
        """Run one job, unless another worker has it, or this one is at it."""
        # A busy machine renews a lease too late: the job is queued again, though it goes on here. Taken a second
        # time, it would be done twice at once in the name of one worker, and the lease could not tell the two apart.
        if self._stopping or job_id in self._running:
            return
        async with self._parts.database.transaction() as session:
            job = await take(session, job_id, self._runner, self._parts.settings.lease)
        if job is None:
            return
        _log.info("Job %s (%s) starts, attempt %s.", job.id, job.type, job.attempt)
        run = Run(self._parts, self._runner, job_id)
        running = _Running(asyncio.create_task(run.perform(), name=f"job {job_id}"))
        self._running[job_id] = running
        if job.cancel_requested:
            self._stop(job_id, "cancel")
        try:
            await self._follow(job_id, run, running)
        finally:
            del self._running[job_id]

    async def _follow(self, job_id: int, run: Run, running: _Running) -> None:
        try:
            await asyncio.wait({running.task})
        except asyncio.CancelledError:  # the queue's worker stops
            self._stop(job_id, "shutdown")
            await asyncio.wait({running.task})
        try:
            running.task.result()
            _log.info("Job %s has ended.", job_id)
        except asyncio.CancelledError:
            if running.stopped_for == "cancel":
                with contextlib.suppress(LeaseLostError):
                    await run.end("cancelled")
                _log.info("Job %s was cancelled.", job_id)
            elif running.stopped_for == "shutdown":
                async with self._parts.database.transaction() as session:
                    await give_back(session, [job_id], self._runner)
                _log.info("Job %s goes back to the queue.", job_id)
        except LeaseLostError as error:
            _log.warning("%s", error.message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the worker goes on
            _log.exception("Job %s broke off.", job_id)
            await self._stumbled(job_id, error)

    async def _stumbled(self, job_id: int, error: Exception) -> None:
        """Leave the job to be taken again when its lease is over; give up after several times."""
        with contextlib.suppress(LeaseLostError):
            async with self._parts.database.transaction() as session:
                job = await held(session, job_id, self._runner)
                job.stumbles += 1
                stumbles = job.stumbles
                # Not to be renewed any more: the time until the lease ends is the pause before the next try.
                job.runner = f"{self._runner} stumbled"
            if stumbles >= _STUMBLES:
                await Run(self._parts, f"{self._runner} stumbled", job_id).end(
                    "failed", JobKeepsCrashingError(f"{type(error).__name__}: {error}")
                )

    def _stop(self, job_id: int, reason: Literal["cancel", "lost", "shutdown"]) -> None:
        running = self._running.get(job_id)
        if running and not running.task.done() and running.stopped_for is None:
            running.stopped_for = reason
            running.task.cancel()

    async def _fetch(self) -> None:
        """Take jobs from the queue; when the queue's worker ends by itself (the database was away), start another."""
        while True:
            try:
                await self.queue.app.run_worker_async(
                    queues=[QUEUE],
                    concurrency=self._parts.settings.concurrency,
                    install_signal_handlers=False,
                    delete_jobs="always",
                    shutdown_graceful_timeout=_GRACE,
                    listen_notify=True,
                )
            except Exception as error:  # noqa: BLE001 - whatever it is, the queue must go on
                _log.warning("The queue broke off (%s); starting again.", error)
            await asyncio.sleep(_PAUSE)

    async def _keep(self) -> None:
        """Renew the leases, and sweep up jobs that nobody has, several times in a lease's time."""
        lease = self._parts.settings.lease
        while True:
            try:
                running = list(self._running)
                async with self._parts.database.transaction() as session:
                    mine = await renew(session, running, self._runner, lease) if running else {}
                for job_id in running:
                    if job_id not in mine:
                        self._stop(job_id, "lost")
                    elif mine[job_id]:
                        self._stop(job_id, "cancel")
                async with self._parts.database.transaction() as session:
                    await self.queue.sweep(session)
            except (SQLAlchemyError, OSError) as error:
                _log.warning("The database is not to be reached (%s); trying again.", str(error).splitlines()[0])
            await asyncio.sleep(lease / 4)

    async def _tidy(self) -> None:
        while True:
            try:
                await self.queue.tidy()
            except Exception as error:  # noqa: BLE001 - it is only tidying; the next time is soon
                _log.debug("The queue was not tidied: %s", error)
            await asyncio.sleep(_TIDY_EVERY)

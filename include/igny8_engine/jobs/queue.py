"""The queue that hands jobs to workers: procrastinate, in the same database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import psycopg
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import AlreadyEnqueued
from procrastinate.jobs import Status
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

TASK = "igny8.run_job"
QUEUE = "jobs"
_DEAD_WORKER = 60.0
"""Seconds of silence after which what a worker has left behind in the queue is thrown away."""

_FORGOTTEN = text(
    """
    select id from jobs
     where state in ('queued', 'running') and (runner is null or lease_until < now())
       and not exists (
           select 1 from procrastinate_jobs
            where status = 'todo' and queueing_lock = 'job:' || jobs.id
       )
     order by id
    """
)


class JobQueue:
    """Queues jobs by their numbers; a job that waits already is not queued twice."""

    def __init__(self, libpq_url: str, run: Callable[[int], Awaitable[None]]) -> None:
        self.app = App(connector=PsycopgConnector(conninfo=libpq_url, min_size=1, max_size=6, name="queue"))

        @self.app.task(name=TASK, queue=QUEUE)
        async def run_job(job_id: int) -> None:
            await run(job_id)

    async def defer(self, session: AsyncSession, job_id: int) -> None:
        """Queue a job in the session's transaction: with it or not at all."""
        raw = await (await session.connection()).get_raw_connection()
        connection = raw.driver_connection
        if not isinstance(connection, psycopg.AsyncConnection):
            raise TypeError(f"procrastinate needs a connection of psycopg, not {type(connection)}")
        try:
            async with connection.transaction():
                await self.app.configure_task(
                    TASK, queue=QUEUE, queueing_lock=f"job:{job_id}", connection=connection
                ).defer_async(job_id=job_id)
        except AlreadyEnqueued:
            return

    async def sweep(self, session: AsyncSession) -> int:
        """Queue the jobs that no worker has and that do not wait in the queue; how many they were."""
        forgotten = (await session.scalars(_FORGOTTEN)).all()
        for job_id in forgotten:
            await self.defer(session, job_id)
        return len(forgotten)

    async def tidy(self) -> None:
        """Throw away what workers that died have left in the queue; the jobs themselves are swept up."""
        manager = self.app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=_DEAD_WORKER):
            await manager.finish_job(job, Status.FAILED, delete_job=True)

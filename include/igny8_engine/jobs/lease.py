"""Which worker has a job. A worker's lease must be renewed; what a worker without one stores is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.tables import Job, JobItem
from igny8_engine.errors import LeaseLostError


def _until(seconds: float) -> ColumnElement[dt.datetime]:
    return func.now() + literal(dt.timedelta(seconds=seconds))


async def take(session: AsyncSession, job_id: int, runner: str, seconds: float) -> Job | None:
    """Take a job for that many seconds; ``None`` when it has ended or another worker has it."""
    job = await session.scalar(
        update(Job)
        .where(
            Job.id == job_id,
            Job.state.in_(("queued", "running")),
            or_(Job.runner.is_(None), Job.lease_until < func.now()),
        )
        .values(
            state="running",
            runner=runner,
            lease_until=_until(seconds),
            started_at=func.coalesce(Job.started_at, func.now()),
            version=Job.version + 1,
        )
        .returning(Job)
    )
    if job is not None:
        await session.execute(
            update(JobItem).where(JobItem.job_id == job_id, JobItem.state == "running").values(state="pending")
        )
    return job


async def renew(session: AsyncSession, job_ids: Sequence[int], runner: str, seconds: float) -> dict[int, bool]:
    """Renew a worker's leases of these jobs. Those it still has, and for each whether it is to be cancelled."""
    renewed = await session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.runner == runner, Job.state == "running")
        .values(lease_until=_until(seconds))
        .returning(Job.id, Job.cancel_requested)
    )
    return {row.id: row.cancel_requested for row in renewed}


async def held(session: AsyncSession, job_id: int, runner: str) -> Job:
    """The job, locked until the transaction ends, and still the worker's.

    Raises:
        LeaseLostError: it is another's by now, or has ended.
    """
    job = await session.scalar(
        select(Job).where(Job.id == job_id, Job.runner == runner, Job.state == "running").with_for_update()
    )
    if job is None:
        raise LeaseLostError(f"The job {job_id} is no longer this worker's.")
    return job


async def give_back(session: AsyncSession, job_ids: Sequence[int], runner: str) -> None:
    """Let go of jobs, so that the next worker that looks takes them."""
    await session.execute(
        update(Job)
        .where(Job.id.in_(job_ids), Job.runner == runner, Job.state == "running")
        .values(state="queued", phase="waiting", runner=None, lease_until=None, version=Job.version + 1)
    )

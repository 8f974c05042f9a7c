"""The events that jobs are: of each item as it is done, or of the whole job as it ends."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.tables import Job, JobItem
from igny8_engine.events.outbox import Happening, tell
from igny8_engine.functions.function import as_outputs
from igny8_engine.functions.registry import FUNCTIONS
from igny8_engine.jobs.view import as_chosen


async def tell_of_item(session: AsyncSession, job: Job, row_id: int, happening: Happening) -> None:
    """Write down the event that an item of a job was, in the transaction in which the item is stored as done."""
    await _tell(session, job, f"job:{job.id}:item:{row_id}", happening)


async def tell_of_job(session: AsyncSession, job: Job) -> None:
    """Write down the event about what a job has done, in the transaction in which it ends.

    A job that was cancelled or failed tells of what it had done by then, and when it is resumed of what came after.
    """
    items = (
        await session.scalars(
            select(JobItem)
            .where(JobItem.job_id == job.id, JobItem.state == "done", JobItem.told.is_(False))
            .order_by(JobItem.position)
        )
    ).all()
    if not items:
        return
    happening = FUNCTIONS[job.type].of_all(
        [as_chosen(item) for item in items], [as_outputs(item.outputs) for item in items]
    )
    if happening is not None:
        await _tell(session, job, f"job:{job.id}:items-from:{items[0].id}", happening)
        await session.execute(update(JobItem).where(JobItem.id.in_([item.id for item in items])).values(told=True))


async def _tell(session: AsyncSession, job: Job, key: str, happening: Happening) -> None:
    whole = replace(happening, data={"job_id": job.id, **happening.data})
    await tell(session, job.account_id, job.site_id, key, whole)

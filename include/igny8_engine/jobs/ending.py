"""The end of a job."""

from __future__ import annotations

import datetime as dt
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine import ledger
from igny8_engine.db.tables import Job
from igny8_engine.errors import EngineError
from igny8_engine.jobs.budgets import purpose_of
from igny8_engine.jobs.telling import tell_of_job


async def end_job(
    session: AsyncSession,
    job: Job,
    state: Literal["succeeded", "failed", "cancelled"],
    error: EngineError | None = None,
    *,
    retryable: bool | None = None,
) -> None:
    """End a job whose row is locked: give back what it has not spent, say how it ended, tell of it.

    ``retryable`` overrides what the error says of itself.
    """
    # A job may end once for each attempt, and once more for each time that it was cancelled while it waited.
    key = f"job:{job.id}:release:{job.attempt}:{job.version}"
    await ledger.release(session, job.account_id, job.reserved, key, job.id, purpose=purpose_of(job))
    job.reserved = 0
    job.state, job.phase = state, "ended"
    job.runner, job.lease_until = None, None
    job.finished_at = dt.datetime.now(dt.UTC)
    job.error = (
        {
            "code": error.code,
            "message": error.message,
            "hint": error.hint,
            "retryable": error.retryable if retryable is None else retryable,
            "exceeded": error.exceeded.model_dump() if error.exceeded else None,
        }
        if error
        else None
    )
    job.version += 1
    await session.flush()
    await tell_of_job(session, job)

"""Jobs: start, follow, cancel, remove."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue
from sqlalchemy import func, select

from igny8.actions.budget import Budget
from igny8_engine.accounts import Owner
from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.scope import REFUSALS, EngineNews, EngineParts, EngineWorker, Storable
from igny8_engine.db.tables import Job
from igny8_engine.events.feed import remove_events
from igny8_engine.jobs.preview import JobPreview, preview_job
from igny8_engine.jobs.requests import cancel_job, find_job, remove_jobs, request_job
from igny8_engine.jobs.view import ENDED, JobItemView, JobState, JobView, item_view, items_of, job_view
from igny8_engine.parts import Parts

router = APIRouter(prefix="/v1/jobs", tags=["jobs"], responses=REFUSALS)

LONGEST_WAIT = 60.0
"""How long one question may wait for news, in seconds."""

_PULSE = 0.5
"""How long, in seconds, a job that goes on is followed before its news is told: a busy one has some all the time."""

JobId = Annotated[int, Path(ge=1, lt=2**63, description="The job's number.")]


class PreviewRequest(BaseModel):
    """What a job would be told to do."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="The type of the action, for example generate_content.")
    site: str = Field(description="The slug of the site that it works on.")
    params: Annotated[dict[str, JsonValue], Storable] = Field(
        default={}, description="The params of the action: literals and selectors, no references."
    )


class JobRequest(PreviewRequest):
    """What a job is to do."""

    attempt: int = Field(
        default=1,
        ge=1,
        lt=2**31,
        description="Which attempt this is. A higher one than the job's last resumes a job that failed.",
    )
    budget: Budget | None = Field(
        default=None, description="What the run that the job belongs to may spend; null for no limits."
    )


class JobPage(BaseModel):
    """A part of the account's jobs, the newest first."""

    items: list[JobView]
    total: int = Field(description="How many there are in all.")


class JobItems(BaseModel):
    """A job's items."""

    items: list[JobItemView]
    total: int = Field(description="How many they are.")


class Removed(BaseModel):
    """What was removed."""

    removed: int = Field(description="How many jobs.")
    events: int = Field(description="How many events.")


@router.post(
    "",
    status_code=201,
    response_model=JobView,
    responses={200: {"model": JobView, "description": "The job that the key belongs to already."}},
)
async def start(
    *,
    owner: CurrentOwner,
    parts: EngineParts,
    worker: EngineWorker,
    request: JobRequest,
    response: Response,
    idempotency_key: Annotated[
        str,
        Header(
            min_length=1,
            max_length=500,
            description="What tells this job from all others: <dag id>/<run id>/<action id>.",
        ),
        Storable,
    ],
) -> JobView:
    """Start a job, or find the one that was started under the same key.

    The same key with the same body gives the same job. A job that failed or was cancelled is resumed by a higher
    ``attempt``: items that are done stay done, and are not paid twice. A job that would cost more than its ``budget``
    has left fails with the code ``over_budget`` before it does anything.
    """
    job, is_new = await request_job(
        parts,
        worker.queue,
        owner.id,
        key=idempotency_key,
        type=request.type,
        site=request.site,
        params=request.params,
        attempt=request.attempt,
        budget=request.budget,
    )
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return await _view(parts, owner, job.id)


@router.post("/preview")
async def preview(
    owner: CurrentOwner,
    parts: EngineParts,
    request: PreviewRequest,
    items: Annotated[int, Query(ge=0, le=1000, description="How many of the items to show at most.")] = 20,
) -> JobPreview:
    """What a job of this body would work on and cost if it were started now. Nothing is changed.

    A body that no job could be started with is refused as there, with ids that don't exist among the problems. Too few
    credits are no reason to refuse.
    """
    return await preview_job(parts, owner.id, type=request.type, site=request.site, params=request.params, shown=items)


@router.get("")
async def jobs(
    owner: CurrentOwner,
    parts: EngineParts,
    state: JobState | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> JobPage:
    """The account's jobs, the newest first."""
    where = [Job.account_id == owner.id, *([Job.state == state] if state else [])]
    async with parts.database.transaction() as session:
        found = await session.scalars(select(Job).where(*where).order_by(Job.id.desc()).limit(limit).offset(offset))
        items = [await job_view(session, job, with_items=False) for job in found.all()]
        total = await session.scalar(select(func.count()).select_from(Job).where(*where))
    return JobPage(items=items, total=total or 0)


@router.get("/{job_id}")
async def job(
    *,
    owner: CurrentOwner,
    parts: EngineParts,
    news: EngineNews,
    job_id: JobId,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="How long to wait for news, in seconds.")] = 0,
    version: Annotated[int | None, Query(ge=0, lt=2**63, description="The version that is known already.")] = None,
    items: Annotated[bool, Query(description="Whether to show its items before it has ended.")] = False,
) -> JobView:
    """The job as it is.

    With ``wait`` it is answered when the job is newer than ``version`` (left out: than it is now), though what happens
    in quick succession is told together; as soon as it has ended; and at the latest when that time is over.
    """
    if not wait:
        return await _view(parts, owner, job_id, items=items)
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    earliest = min(deadline, loop.time() + _PULSE)
    async with news.watch(job_id) as watch:
        while True:
            async with parts.database.transaction() as session:
                found = await find_job(session, owner.id, job_id)
                state, now = found.state, found.version
            version = now if version is None else version
            due = earliest if now > version else deadline
            if state in ENDED or loop.time() >= due:
                return await _view(parts, owner, job_id, items=items)
            await watch.wait(due - loop.time())


@router.get("/{job_id}/items")
async def job_items(owner: CurrentOwner, parts: EngineParts, job_id: JobId) -> JobItems:
    """What became of each of the job's items."""
    async with parts.database.transaction() as session:
        await find_job(session, owner.id, job_id)
        items = [item_view(item) for item in await items_of(session, job_id)]
    return JobItems(items=items, total=len(items))


@router.post("/{job_id}/cancel")
async def cancel(owner: CurrentOwner, parts: EngineParts, job_id: JobId) -> JobView:
    """Ask the job to stop. What is done stays done; one that has ended stays as it is."""
    async with parts.database.transaction() as session:
        await cancel_job(session, owner.id, job_id)
    return await _view(parts, owner, job_id)


@router.delete("")
async def remove(
    owner: CurrentOwner,
    parts: EngineParts,
    older_than_days: Annotated[int, Query(ge=0, le=36_500, description="How long ago they ended, at least.")] = 30,
) -> Removed:
    """Remove jobs that ended long ago, and events as old. What the jobs made stays, and the ledger too.

    An event that is still to be delivered stays until it is delivered or given up.
    """
    async with parts.database.transaction() as session:
        return Removed(
            removed=await remove_jobs(session, owner.id, older_than_days),
            events=await remove_events(session, owner.id, older_than_days),
        )


async def _view(parts: Parts, owner: Owner, job_id: int, *, items: bool = False) -> JobView:
    async with parts.database.transaction() as session:
        found = await find_job(session, owner.id, job_id)
        return await job_view(session, found, with_items=items or found.state in ENDED)

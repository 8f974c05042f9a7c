"""Asking for jobs: checking, making, finding, resuming and cancelling them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from pydantic import JsonValue, ValidationError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions import ActionParams, UnknownActionError, action_type
from igny8.actions.budget import Budget
from igny8_engine.db.tables import Job, JobItem, Site
from igny8_engine.errors import IdempotencyConflictError, InvalidRequestError, NoSuchThingError, Problem
from igny8_engine.functions.choosing import check_items
from igny8_engine.functions.registry import FUNCTIONS
from igny8_engine.jobs.ending import end_job
from igny8_engine.jobs.queue import JobQueue
from igny8_engine.jobs.view import ENDED
from igny8_engine.parts import Parts


def validate_params(type: str, params: Mapping[str, JsonValue]) -> ActionParams:
    """The params of an action type as its contract has them.

    Raises:
        InvalidRequestError: the type is not known, or params are unknown, missing or of the wrong form; all at once.
    """
    try:
        kind = action_type(type)
        if type not in FUNCTIONS:
            raise InvalidRequestError(
                [Problem("type", f"'{type}' is no job of the engine's: it runs in Airflow", type)]
            )
        return kind.params.model_validate(params)
    except UnknownActionError as error:
        raise InvalidRequestError([Problem("type", str(error), type)]) from error
    except ValidationError as error:
        raise InvalidRequestError(
            [
                Problem(
                    ".".join(["params", *(str(part) for part in found["loc"])]),
                    found["msg"],
                    found["input"] if isinstance(found["input"], str | int | float | bool) else None,
                )
                for found in error.errors(include_url=False)
            ]
        ) from error


async def check_request(
    session: AsyncSession, parts: Parts, account_id: int, *, type: str, site: str, params: Mapping[str, JsonValue]
) -> tuple[int, ActionParams]:
    """The number of the site and the params of a job that is asked for.

    Raises:
        InvalidRequestError: the params cannot be used; all problems at once.
        NoSuchThingError: the account has no such site.
    """
    site_id = await _site_id(session, account_id, site)
    checked = validate_params(type, params)
    problems = await check_items(session, site_id, checked)
    problems += await FUNCTIONS[type].check(session, parts, site_id, checked)
    if problems:
        raise InvalidRequestError(problems)
    return site_id, checked


async def request_job(
    parts: Parts,
    queue: JobQueue,
    account_id: int,
    *,
    key: str,
    type: str,
    site: str,
    params: dict[str, JsonValue],
    attempt: int,
    budget: Budget | None = None,
) -> tuple[Job, bool]:
    """The job of this key, and whether it is new.

    A job that failed or was cancelled is resumed when the attempt is higher than its last, under the budget that is
    given now: limits may have been changed meanwhile.

    Raises:
        InvalidRequestError: the params cannot be used.
        NoSuchThingError: the account has no such site.
        IdempotencyConflictError: the key belongs to a job with another type, site or params.
    """
    limits = budget.model_dump() if budget else None
    async with parts.database.transaction() as session:

        async def again(job: Job, job_site: str) -> Job:
            same = {"type": job.type == type, "site": job_site == site, "params": job.params == params}
            if not all(same.values()):
                raise IdempotencyConflictError(job.key, [name for name, is_same in same.items() if not is_same])
            return await _resumed(session, queue, job, attempt, limits)

        known = await _job_of_key(session, account_id, key)
        if known is not None:
            return await again(*known), False
        site_id, _ = await check_request(session, parts, account_id, type=type, site=site, params=params)
        made = await session.scalar(
            insert(Job)
            .values(
                account_id=account_id,
                site_id=site_id,
                key=key,
                type=type,
                params=params,
                attempt=attempt,
                budget=limits,
            )
            .on_conflict_do_nothing(index_elements=["account_id", "key"])
            .returning(Job)
        )
        if made is not None:
            await queue.defer(session, made.id)
            return made, True
        known = await _job_of_key(session, account_id, key)
        if known is None:
            raise NoSuchThingError("job", key)
        return await again(*known), False


async def _job_of_key(session: AsyncSession, account_id: int, key: str) -> tuple[Job, str] | None:
    found = await session.execute(
        select(Job, Site.slug)
        .join(Site, Site.id == Job.site_id)
        .where(Job.account_id == account_id, Job.key == key)
        .with_for_update(of=Job)
    )
    row = found.first()
    return (row[0], row[1]) if row else None


async def _site_id(session: AsyncSession, account_id: int, slug: str) -> int:
    sites: dict[str, int] = {
        row.slug: row.id
        for row in await session.execute(select(Site.slug, Site.id).where(Site.account_id == account_id))
    }
    if slug not in sites:
        raise NoSuchThingError("site", slug, sites)
    return sites[slug]


async def _resumed(
    session: AsyncSession, queue: JobQueue, job: Job, attempt: int, budget: dict[str, JsonValue] | None
) -> Job:
    if job.state not in {"failed", "cancelled"} or attempt <= job.attempt:
        return job
    await session.execute(
        update(JobItem).where(JobItem.job_id == job.id, JobItem.state != "done").values(state="pending", error=None)
    )
    job.state, job.phase, job.attempt, job.budget = "queued", "waiting", attempt, budget
    job.error, job.finished_at, job.cancel_requested, job.failed, job.stumbles = None, None, False, 0, 0
    job.version += 1
    await session.flush()
    await queue.defer(session, job.id)
    return job


async def find_job(session: AsyncSession, account_id: int, job_id: int) -> Job:
    """A job of the account.

    Raises:
        NoSuchThingError: it has none of that number.
    """
    job = await session.scalar(select(Job).where(Job.account_id == account_id, Job.id == job_id))
    if job is None:
        raise NoSuchThingError("job", job_id)
    return job


async def cancel_job(session: AsyncSession, account_id: int, job_id: int) -> Job:
    """Ask a job to stop. One that has ended stays as it is; one that waits ends at once.

    Raises:
        NoSuchThingError: the account has no such job.
    """
    job = await session.scalar(select(Job).where(Job.account_id == account_id, Job.id == job_id).with_for_update())
    if job is None:
        raise NoSuchThingError("job", job_id)
    if job.state == "queued":
        await end_job(session, job, "cancelled")
    elif job.state == "running" and not job.cancel_requested:
        job.cancel_requested = True
        job.version += 1
        await session.flush()
    return job


async def remove_jobs(session: AsyncSession, account_id: int, older_than_days: int) -> int:
    """Remove the account's jobs that ended longer ago than that; how many they were."""
    before = dt.datetime.now(dt.UTC) - dt.timedelta(days=older_than_days)
    removed = await session.execute(
        delete(Job)
        .where(Job.account_id == account_id, Job.state.in_(ENDED), Job.finished_at < before)
        .returning(Job.id)
    )
    return len(removed.all())

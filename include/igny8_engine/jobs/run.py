"""Running a job: choose its items, reserve their price, work on them, end it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from igny8.actions import ActionParams
from igny8_engine import ledger
from igny8_engine.db.tables import JobItem, Site
from igny8_engine.errors import (
    AllItemsFailedError,
    EngineError,
    ItemFailedError,
    LeaseLostError,
    OutdatedError,
)
from igny8_engine.functions.function import Chosen, Function, Order, Store
from igny8_engine.functions.registry import FUNCTIONS
from igny8_engine.jobs.budgets import reserve_within_budget
from igny8_engine.jobs.ending import end_job
from igny8_engine.jobs.lease import held
from igny8_engine.jobs.requests import validate_params
from igny8_engine.jobs.telling import tell_of_item
from igny8_engine.jobs.view import as_chosen
from igny8_engine.parts import Parts

_TRIES = 5
"""How often an item is done anew because something else was stored meanwhile."""

T = TypeVar("T")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Work:
    """A pending item."""

    row_id: int
    chosen: Chosen


class Run:
    """One worker's run of one job."""

    def __init__(self, parts: Parts, runner: str, job_id: int) -> None:
        self._parts = parts
        self._runner = runner
        self._job_id = job_id

    async def perform(self) -> None:
        """Work on what is still to be done, and end the job.

        Raises:
            LeaseLostError: another worker has it.
            asyncio.CancelledError: it was stopped; what was done by then is stored.
        """
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            site_name = (await session.scalars(select(Site.name).where(Site.id == job.site_id))).one()
        try:
            function = FUNCTIONS[job.type]
            order: Order[ActionParams] = Order(job.id, job.site_id, site_name, validate_params(job.type, job.params))
            work = await self._prepare(function, order)
        except EngineError as error:
            if isinstance(error, LeaseLostError):
                raise
            await self.end("failed", error)
            return
        await self._work_on_all(function, order, work)
        await self._finish()

    async def _prepare(self, function: Function[Any], order: Order[ActionParams]) -> list[_Work]:
        """Choose the items if that was not done yet, and set aside what the pending ones cost."""
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            if not job.chosen:
                chosen = await function.choose(session, self._parts, order)
                job.chosen = True
                job.total = len(chosen)
                job.estimated = sum(item.credits for item in chosen)
                if chosen:
                    await session.execute(insert(JobItem), _rows(job.id, chosen))
            pending = (
                await session.scalars(
                    select(JobItem)
                    .where(JobItem.job_id == job.id, JobItem.state == "pending")
                    .order_by(JobItem.position)
                )
            ).all()
            need = sum(item.estimate for item in pending) - job.reserved
            if need > 0:
                key = f"job:{job.id}:reserve:{job.attempt}:{job.version}"
                await reserve_within_budget(session, job, need, key)
            job.provider = function.provider(self._parts, order.params)
            job.phase = function.phase
            job.version += 1
            return [_Work(item.id, as_chosen(item)) for item in pending]

    async def _work_on_all(self, function: Function[Any], order: Order[ActionParams], work: Sequence[_Work]) -> None:
        remaining = iter(work)
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(function.at_once(self._parts), len(work))):
                    group.create_task(self._work_on(function, order, remaining))
        except ExceptionGroup as several:
            # One cause is as good as all: the lease if it was lost, as then nothing else matters.
            lost = [error for error in several.exceptions if isinstance(error, LeaseLostError)]
            raise (lost or several.exceptions)[0] from several

    async def _work_on(self, function: Function[Any], order: Order[ActionParams], remaining: Iterator[_Work]) -> None:
        for work in remaining:
            await self._mark_running(work)
            try:
                await self._do(function, order, work)
            except LeaseLostError:
                raise
            except ItemFailedError as error:
                hint = f" {error.hint}" if error.hint else ""
                await _to_the_end(self._mark_failed(work, f"{error.message}{hint}", retryable=error.retryable))
            except DBAPIError:
                raise  # the database is in trouble, not the item
            except Exception as error:  # noqa: BLE001 - a fault in one item's code must not take the others down
                _log.exception("Job %s, item %s (%s) broke off.", self._job_id, work.chosen.item_id, work.chosen.label)
                reason = f"The engine could not do it ({type(error).__name__}: {error}). Its log has the details."
                await _to_the_end(self._mark_failed(work, reason, retryable=True))

    async def _do(self, function: Function[Any], order: Order[ActionParams], work: _Work) -> None:
        for attempt in range(_TRIES):
            try:
                store = await function.work(self._parts, order, work.chosen)
                await _to_the_end(self._store(work, store))
            except (OutdatedError, IntegrityError) as error:
                if attempt == _TRIES - 1:
                    raise ItemFailedError(f"Others kept storing what this collides with: {error}") from error
            else:
                return

    async def _mark_running(self, work: _Work) -> None:
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            job.version += 1
            await session.execute(update(JobItem).where(JobItem.id == work.row_id).values(state="running", error=None))

    async def _store(self, work: _Work, store: Store) -> None:
        """Store an item's result, its state and its payment together."""
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            stored = await store(session)
            if stored.happening:
                await tell_of_item(session, job, work.row_id, stored.happening)
            cost = work.chosen.credits if stored.credits is None else min(stored.credits, work.chosen.credits)
            await ledger.settle(session, job.account_id, cost, f"job:{job.id}:item:{work.row_id}", job.id)
            job.reserved -= cost
            job.charged += cost
            job.done += 1
            job.version += 1
            await session.execute(
                update(JobItem)
                .where(JobItem.id == work.row_id)
                .values(state="done", error=None, result=stored.result, outputs=stored.outputs, credits=cost)
            )

    async def _mark_failed(self, work: _Work, reason: str, *, retryable: bool) -> None:
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            job.failed += 1
            job.version += 1
            await session.execute(
                update(JobItem)
                .where(JobItem.id == work.row_id)
                .values(state="failed", error=reason.replace("\x00", ""), retryable=retryable)
            )

    async def _finish(self) -> None:
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            if not job.total or job.done:
                await end_job(session, job, "succeeded")
                return
            failed = (
                await session.scalars(select(JobItem).where(JobItem.job_id == job.id).order_by(JobItem.position))
            ).all()
            error = AllItemsFailedError(len(failed), failed[0].error or "no reason")
            await end_job(session, job, "failed", error, retryable=any(item.retryable for item in failed))

    async def end(self, state: str, error: EngineError | None = None) -> None:
        """End the job in another way than by having done its items.

        Raises:
            LeaseLostError: another worker has it.
        """
        async with self._parts.database.transaction() as session:
            job = await held(session, self._job_id, self._runner)
            await session.execute(
                update(JobItem).where(JobItem.job_id == job.id, JobItem.state == "running").values(state="pending")
            )
            await end_job(session, job, "cancelled" if state == "cancelled" else "failed", error)


def _rows(job_id: int, chosen: Sequence[Chosen]) -> list[dict[str, object]]:
    return [
        {
            "job_id": job_id,
            "position": position,
            "item_id": item.item_id,
            "label": item.label,
            "payload": item.payload,
            "estimate": item.credits,
        }
        for position, item in enumerate(chosen)
    ]


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Await work that is finished even when the caller is cancelled meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task})
        if not task.cancelled() and (error := task.exception()):
            _log.warning("What was being stored while its job was stopped was not stored: %s", error)
        raise

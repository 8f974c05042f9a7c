"""What the rules whose jobs these are may spend, counted from the ledger.

Whoever sets credits aside under a budget holds the account's row until that is committed. So what is counted is exact,
however many jobs of a rule start at once: each sees what the one before it has set aside.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ColumnElement, Date, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.budget import Budget, Exceeded, Limit
from igny8_engine import ledger
from igny8_engine.db.tables import Account, Job, LedgerEntry
from igny8_engine.errors import OverBudgetError


async def reserve_within_budget(session: AsyncSession, job: Job, need: int, key: str) -> None:
    """Set credits aside for a job whose row is locked, as far as its budget and its account go.

    Credits count for the day on which they are set aside, whenever they are spent or given back.

    Raises:
        OverBudgetError: its budget has fewer left; nothing was set aside.
        InsufficientCreditsError: the account has fewer; nothing was set aside.
    """
    budget = budget_of(job)
    if budget is not None:
        await session.execute(select(Account.id).where(Account.id == job.account_id).with_for_update())
        if not job.reserved:
            job.day = await _today(session, budget.timezone)
        of_run = LedgerEntry.run == budget.run
        limits: tuple[tuple[Limit, int | None, tuple[ColumnElement[bool], ...]], ...] = (
            ("credits_per_run", budget.credits_per_run, (of_run,)),
            ("approved", budget.approved, (of_run,)),
            ("credits_per_day", budget.credits_per_day, (LedgerEntry.rule == budget.rule, LedgerEntry.day == job.day)),
        )
        for limit, allowed, which in limits:
            if allowed is None:
                continue
            used = await _used(session, job.account_id, *which)
            if used + need > allowed:
                raise OverBudgetError(Exceeded(limit=limit, allowed=allowed, used=used, needed=need))
    await ledger.reserve(session, job.account_id, need, key, job.id, purpose=purpose_of(job))
    job.reserved += need


async def used_today(session: AsyncSession, account_id: int, rule: str, timezone: str) -> int:
    """What the jobs of a rule that has limits have spent or set aside on the day that it is in that time zone."""
    day = await _today(session, timezone)
    return await _used(session, account_id, LedgerEntry.rule == rule, LedgerEntry.day == day)


def budget_of(job: Job) -> Budget | None:
    """What the run of a job may spend; ``None`` where nothing limits it."""
    return None if job.budget is None else Budget.model_validate(job.budget)


def purpose_of(job: Job) -> ledger.Purpose | None:
    """What the credits of a job are set aside for."""
    budget = budget_of(job)
    return None if budget is None or job.day is None else ledger.Purpose(budget.rule, budget.run, job.day)


async def _today(session: AsyncSession, timezone: str) -> dt.date:
    return (await session.execute(select(cast(func.timezone(timezone, func.now()), Date)))).scalar_one()


async def _used(session: AsyncSession, account_id: int, *which: ColumnElement[bool]) -> int:
    """What was spent or is set aside: what was taken from the balance and not given back."""
    used = await session.scalar(
        select(func.coalesce(-func.sum(LedgerEntry.amount), 0)).where(LedgerEntry.account_id == account_id, *which)
    )
    return int(used or 0)

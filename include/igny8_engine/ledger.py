"""The credit ledger. An account's credits are granted, reserved for a job, settled item by item, and the rest released.

Every movement is one SQL statement that changes the account and writes the ledger together, or does neither. A
movement carries a key and happens once, however often it is asked for. No balance ever falls below zero: the
statement that reserves takes the credits only where there are enough.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Literal

from sqlalchemy import Date, cast, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.tables import Account, LedgerEntry
from igny8_engine.errors import InsufficientCreditsError

Kind = Literal["grant", "reserve", "settle", "release"]

_MOVE = text(
    """
    with moved as (
        update accounts
           set balance = balance + :amount, reserved = reserved + :reserved
         where id = :account and balance + :amount >= 0
           and not exists (select 1 from ledger where account_id = :account and key = :key)
        returning id
    )
    insert into ledger (account_id, kind, amount, reserved_change, key, job_id, rule, run, day)
    select id, :kind, :amount, :reserved, :key, cast(:job as bigint), cast(:rule as text), cast(:run as text),
           cast(:day as date) from moved
    returning id
    """
)


@dataclass(frozen=True, slots=True)
class Purpose:
    """Whose spending credits count for while they are set aside, and afterwards."""

    rule: str
    run: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class _Movement:
    kind: Kind
    amount: int
    reserved: int
    key: str
    job: int | None
    purpose: Purpose | None = None


async def grant(session: AsyncSession, account_id: int, credits: int, key: str) -> bool:
    """Give an account credits; whether this key was new."""
    return await _move(session, account_id, _Movement("grant", credits, 0, key, None))


async def reserve(
    session: AsyncSession, account_id: int, credits: int, key: str, job_id: int, *, purpose: Purpose | None = None
) -> bool:
    """Set credits aside for a job; whether this key was new.

    Raises:
        InsufficientCreditsError: the account has fewer; nothing was set aside.
    """
    movement = _Movement("reserve", -credits, credits, key, job_id, purpose)
    if credits == 0 or await _move(session, account_id, movement):
        return True
    if await session.scalar(select(LedgerEntry.id).where(LedgerEntry.account_id == account_id, LedgerEntry.key == key)):
        return False
    balance = await session.scalar(select(Account.balance).where(Account.id == account_id))
    raise InsufficientCreditsError(balance or 0, credits)


async def settle(session: AsyncSession, account_id: int, credits: int, key: str, job_id: int) -> bool:
    """Spend credits that were set aside; whether this key was new."""
    return credits == 0 or await _move(session, account_id, _Movement("settle", 0, -credits, key, job_id))


async def release(
    session: AsyncSession, account_id: int, credits: int, key: str, job_id: int, *, purpose: Purpose | None = None
) -> bool:
    """Give back credits that were set aside and not spent; whether this key was new.

    ``purpose`` is what they were set aside for.
    """
    movement = _Movement("release", credits, -credits, key, job_id, purpose)
    return credits == 0 or await _move(session, account_id, movement)


async def spent_today(session: AsyncSession, account_id: int) -> int:
    """The credits that the account has spent since midnight UTC."""
    midnight = dt.datetime.now(dt.UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    spent = await session.scalar(
        select(func.coalesce(-func.sum(LedgerEntry.reserved_change), 0)).where(
            LedgerEntry.account_id == account_id, LedgerEntry.kind == "settle", LedgerEntry.created_at >= midnight
        )
    )
    return int(spent or 0)


async def spent_by_day(session: AsyncSession, account_id: int, since: dt.date) -> dict[dt.date, int]:
    """The credits that the account has spent on each day (UTC) since that one; days without spending are left out."""
    day = cast(func.timezone("UTC", LedgerEntry.created_at), Date)
    rows = await session.execute(
        select(day, -func.sum(LedgerEntry.reserved_change))
        .where(
            LedgerEntry.account_id == account_id,
            LedgerEntry.kind == "settle",
            LedgerEntry.created_at >= dt.datetime.combine(since, dt.time(), dt.UTC),
        )
        .group_by(day)
        .order_by(day)
    )
    return {on: int(spent) for on, spent in rows}


async def _move(session: AsyncSession, account_id: int, movement: _Movement) -> bool:
    try:
        async with session.begin_nested():
            values = asdict(movement)
            purpose = values.pop("purpose") or dict.fromkeys(("rule", "run", "day"))
            moved = await session.execute(_MOVE, {"account": account_id, **values, **purpose})
            return moved.first() is not None
    except IntegrityError as error:
        # The same key at the same moment from elsewhere: the other one's movement counts, this one's was undone.
        if "uq_ledger_account_id_key" in str(error.orig):
            return False
        raise

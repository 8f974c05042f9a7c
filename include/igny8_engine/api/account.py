"""The account: its credits and their ledger. And whether the engine is well."""

from __future__ import annotations

import datetime as dt
from importlib.metadata import version
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from igny8.actions.budget import TimeZone
from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.scope import REFUSALS, EngineParts
from igny8_engine.db.tables import Account, LedgerEntry
from igny8_engine.jobs.budgets import used_today
from igny8_engine.jobs.view import UtcMoment
from igny8_engine.ledger import spent_by_day, spent_today

router = APIRouter(prefix="/v1", responses=REFUSALS)
VERSION = version("igny8-automation")


class Health(BaseModel):
    """How the engine is."""

    status: Literal["ok", "degraded"] = Field(description="Whether it can do its work.")
    version: str = Field(description="Its version.")
    database: str = Field(description="ok, or what is wrong.")
    provider: str = Field(description="What it writes with: offline, or the name of a model.")


class Credits(BaseModel):
    """The credits of an account."""

    balance: int = Field(description="What can still be spent.")
    reserved: int = Field(description="What is set aside for jobs that have not ended.")
    spent_today: int = Field(description="What was spent since midnight UTC.")


class AccountView(BaseModel):
    """The account that the API key belongs to."""

    account: str = Field(description="Its name, as rules have it.")
    name: str = Field(description="Its name, as people read it.")
    credits: Credits


class LedgerEntryView(BaseModel):
    """One movement of credits."""

    id: int
    kind: Literal["grant", "reserve", "settle", "release"] = Field(description="What happened.")
    amount: int = Field(description="What it changed in the balance.")
    reserved_change: int = Field(description="What it changed in the credits set aside.")
    job_id: int | None = Field(description="The job that it happened for.")
    created_at: UtcMoment = Field(description="When.")


class LedgerPage(BaseModel):
    """A part of the ledger, the newest entries first."""

    items: list[LedgerEntryView]
    total: int = Field(description="How many entries there are in all.")


class DayOfSpending(BaseModel):
    """What an account has spent on a day."""

    day: dt.date = Field(description="The day, in UTC.")
    credits: int = Field(description="What was spent.")


class Spending(BaseModel):
    """What an account has spent in the last days."""

    since: dt.date = Field(description="The first of the days, in UTC; the last is today.")
    days: list[DayOfSpending] = Field(description="The days on which something was spent, in order.")
    total: int = Field(description="What was spent on all of them.")


class RuleDay(BaseModel):
    """What a rule has used of its day."""

    rule: str = Field(description="The rule's id.")
    credits: int = Field(description="What its jobs have spent or set aside today.")


@router.get("/health", tags=["engine"])
async def health(parts: EngineParts) -> Health:
    """How the engine is. Needs no key."""
    database = "ok"
    try:
        async with parts.database.transaction() as session:
            await session.execute(text("select 1"))
    except (SQLAlchemyError, OSError) as error:
        database = f"does not answer ({type(error).__name__})"
    return Health(
        status="ok" if database == "ok" else "degraded",
        version=VERSION,
        database=database,
        provider=parts.providers.writer.provider,
    )


@router.get("/account", tags=["account"])
async def account(owner: CurrentOwner, parts: EngineParts) -> AccountView:
    """The account and its credits."""
    async with parts.database.transaction() as session:
        row = (await session.scalars(select(Account).where(Account.id == owner.id))).one()
        spent = await spent_today(session, owner.id)
    state = Credits(balance=row.balance, reserved=row.reserved, spent_today=spent)
    return AccountView(account=owner.name, name=owner.name, credits=state)


@router.get("/account/spending", tags=["account"])
async def spending(
    owner: CurrentOwner,
    parts: EngineParts,
    days: Annotated[int, Query(ge=1, le=366, description="How many days, with today.")] = 30,
) -> Spending:
    """What the account has spent on each of the last days, whatever it was spent for."""
    since = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=days - 1)
    async with parts.database.transaction() as session:
        spent = await spent_by_day(session, owner.id, since)
    by_day = [DayOfSpending(day=day, credits=amount) for day, amount in spent.items()]
    return Spending(since=since, days=by_day, total=sum(spent.values()))


@router.get("/account/spending/today", tags=["account"])
async def rule_spending(
    owner: CurrentOwner,
    parts: EngineParts,
    rule: Annotated[str, Query(min_length=1, max_length=200, description="The rule's id.")],
    timezone: Annotated[TimeZone, Query(description="Where the day begins, by the name of a time zone.")] = "UTC",
) -> RuleDay:
    """What a rule's jobs have spent or set aside today, as the limit of its day counts them: those with a budget."""
    async with parts.database.transaction() as session:
        return RuleDay(rule=rule, credits=await used_today(session, owner.id, rule, timezone))


@router.get("/account/ledger", tags=["account"])
async def ledger(
    owner: CurrentOwner,
    parts: EngineParts,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> LedgerPage:
    """The movements of the account's credits, the newest first."""
    async with parts.database.transaction() as session:
        entries = await session.scalars(
            select(LedgerEntry)
            .where(LedgerEntry.account_id == owner.id)
            .order_by(LedgerEntry.id.desc())
            .limit(limit)
            .offset(offset)
        )
        items = [LedgerEntryView.model_validate(entry, from_attributes=True) for entry in entries]
        total = await session.scalar(
            select(func.count()).select_from(LedgerEntry).where(LedgerEntry.account_id == owner.id)
        )
    return LedgerPage(items=items, total=total or 0)

"""Credits: never below zero, never lost, whatever happens at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from igny8_engine import ledger
from igny8_engine.accounts import create_account, grant_credits, owner_of
from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Account, LedgerEntry
from igny8_engine.errors import AlreadyExistsError, InsufficientCreditsError, NoSuchThingError


@pytest.fixture
async def books(database_url: str) -> AsyncIterator[Database]:
    database = Database(database_url)
    async with database.transaction() as session:
        await create_account(session, "demo", 100)
    yield database
    await database.close()


async def state(books: Database) -> tuple[int, int]:
    async with books.transaction() as session:
        account = (await session.scalars(select(Account))).one()
        sums = (
            await session.execute(select(func.sum(LedgerEntry.amount), func.sum(LedgerEntry.reserved_change)))
        ).one()
        assert (account.balance, account.reserved) == (sums[0], sums[1])
        return account.balance, account.reserved


async def test_sixty_at_once_on_a_small_balance_never_overdraw_it(books: Database) -> None:
    async def job(number: int) -> int:
        dice = random.Random(number)
        need = dice.randint(1, 9)
        try:
            async with books.transaction() as session:
                await ledger.reserve(session, 1, need, f"{number}:reserve", number)
        except InsufficientCreditsError:
            return 0
        spent = dice.randint(0, need)
        for part in range(spent):
            async with books.transaction() as session:
                await ledger.settle(session, 1, 1, f"{number}:{part}", number)
        async with books.transaction() as session:
            await ledger.release(session, 1, need - spent, f"{number}:release", number)
        return spent

    spent = sum(await asyncio.gather(*(job(number) for number in range(60))))
    assert 0 < spent <= 100
    assert await state(books) == (100 - spent, 0)
    async with books.transaction() as session:
        assert await ledger.spent_today(session, 1) == spent


async def test_the_same_movement_at_the_same_moment_counts_once(books: Database) -> None:
    async def reserve() -> bool:
        async with books.transaction() as session:
            return await ledger.reserve(session, 1, 30, "same", 1)

    outcomes = await asyncio.gather(*(reserve() for _ in range(50)))
    assert outcomes.count(True) == 1
    assert await state(books) == (70, 30)


async def test_nothing_moves_when_the_transaction_is_undone(books: Database) -> None:
    async def two() -> None:
        async with books.transaction() as session:
            await ledger.reserve(session, 1, 40, "first", 1)
            await ledger.reserve(session, 1, 61, "second", 1)

    with pytest.raises(InsufficientCreditsError, match="needs 61 credits and the account has 60"):
        await two()
    assert await state(books) == (100, 0)


async def test_accounts_and_keys(books: Database) -> None:
    async with books.transaction() as session:
        with pytest.raises(AlreadyExistsError):
            await create_account(session, "demo", 5)
        second = await create_account(session, "demo", 5, exist_ok=True)
        owner = await owner_of(session, second)
        assert owner is not None
        assert owner.name == "demo"
        assert await owner_of(session, second + "x") is None
        assert await owner_of(session, "\ud800") is None
        assert await grant_credits(session, "demo", 11) == 111
        with pytest.raises(NoSuchThingError, match="demmo"):
            await grant_credits(session, "demmo", 1)
    assert await state(books) == (111, 0)

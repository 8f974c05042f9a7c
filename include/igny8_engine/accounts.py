"""Accounts and their API keys."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine import ledger
from igny8_engine.db.tables import Account, ApiKey
from igny8_engine.errors import AlreadyExistsError, NoSuchThingError

_SHOWN = 14


@dataclass(frozen=True, slots=True)
class Owner:
    """The account that a request comes from."""

    id: int
    name: str


async def create_account(session: AsyncSession, name: str, grant: int, *, exist_ok: bool = False) -> str:
    """Make an account with credits, and a key to it, which is returned and can't be shown again.

    With ``exist_ok`` an account that is there keeps its credits and gets a further key.

    Raises:
        AlreadyExistsError: an account of that name is there.
    """
    made = await session.scalar(
        insert(Account).values(name=name).on_conflict_do_nothing(index_elements=["name"]).returning(Account.id)
    )
    if made is None and not exist_ok:
        raise AlreadyExistsError(f"The account {name!r} is there already.", hint="--exist-ok makes a further key.")
    if made is not None and grant:
        await ledger.grant(session, made, grant, f"grant:{uuid.uuid4()}")
    account_id = made or (await session.scalars(select(Account.id).where(Account.name == name))).one()
    key = f"igny8_{secrets.token_urlsafe(32)}"
    session.add(ApiKey(account_id=account_id, prefix=key[:_SHOWN], hash=_digest(key)))
    await session.flush()
    return key


async def grant_credits(session: AsyncSession, name: str, amount: int) -> int:
    """Give an account credits; its balance afterwards.

    Raises:
        NoSuchThingError: there is no such account.
    """
    account_id = await session.scalar(select(Account.id).where(Account.name == name))
    if account_id is None:
        raise NoSuchThingError("account", name, (await session.scalars(select(Account.name))).all())
    await ledger.grant(session, account_id, amount, f"grant:{uuid.uuid4()}")
    return (await session.scalars(select(Account.balance).where(Account.id == account_id))).one()


async def owner_of(session: AsyncSession, key: str) -> Owner | None:
    """The account that a key belongs to; ``None`` for a key that is not known."""
    found = await session.execute(
        select(Account.id, Account.name)
        .join(ApiKey, ApiKey.account_id == Account.id)
        .where(ApiKey.hash == _digest(key))
    )
    row = found.first()
    return Owner(row.id, row.name) if row else None


def _digest(key: str) -> bytes:
    # The keys are random and long: a slow hash would protect nothing.
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()

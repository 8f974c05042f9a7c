"""The facts that a rule's conditions look at: how many items a site has, and how many credits the account."""

from __future__ import annotations

from collections.abc import Collection as AnyCollection

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.items import COLLECTIONS, fact_names
from igny8_engine.db.tables import Account
from igny8_engine.ledger import spent_today
from igny8_engine.selection import status_counts


async def read_facts(session: AsyncSession, account_id: int, site_id: int, names: AnyCollection[str]) -> dict[str, int]:
    """The values of the named facts, in their order; names that there are none of are left out."""
    facts: dict[str, int] = {}
    wanted = {name.partition(".")[0] for name in names if name in fact_names()}
    for collection, info in COLLECTIONS.items():
        if collection.value in wanted:
            rows = await session.execute(status_counts(collection, site_id))
            counts = {row[0]: row[1] for row in rows}
            facts[f"{collection.value}.total"] = sum(counts.values())
            facts |= {f"{collection.value}.{status}": counts.get(status, 0) for status in info.statuses}
    if "credits" in wanted:
        balance = await session.scalar(select(Account.balance).where(Account.id == account_id))
        facts |= {"credits.balance": balance or 0, "credits.spent_today": await spent_today(session, account_id)}
    return {name: facts[name] for name in names if name in facts}

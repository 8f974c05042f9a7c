"""Writing events down, in the transaction of what has happened: with it or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions import EventType
from igny8_engine.db.tables import Event


@dataclass(frozen=True, slots=True)
class Happening:
    """An event before it is written down."""

    type: EventType
    data: dict[str, JsonValue]
    """What it brings: the fields of the type's example."""


async def tell(session: AsyncSession, account_id: int, site_id: int, key: str, happening: Happening) -> None:
    """Write an event down.

    Args:
        session: The session in whose transaction it has happened.
        account_id: The account that it has happened to.
        site_id: The site that it has happened on.
        key: What has happened, in the account's own words; the same key again writes nothing.
        happening: The event.
    """
    await session.execute(
        insert(Event)
        .values(account_id=account_id, site_id=site_id, type=happening.type.name, key=key, data=happening.data)
        .on_conflict_do_nothing(index_elements=["account_id", "key"])
    )

"""Reading events in an order in which none is missed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from pydantic import JsonValue
from sqlalchemy import delete, or_, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.db.connect import FEED, lock_row
from igny8_engine.db.tables import Account, Event, Site
from igny8_engine.jobs.view import utc

GIVEN_UP_AFTER = dt.timedelta(days=3)
"""How long an event is tried to be delivered."""

_NUMBER = text(
    """
    with numbered as materialized (
        select id, nextval('event_positions') as position
          from (select id from events where account_id = :account and position is null order by id) as waiting
    )
    update events set position = numbered.position from numbered where events.id = numbered.id
    """
)


def as_delivered(event: Event, account: str, site: str) -> dict[str, JsonValue]:
    """The event as receivers see it."""
    return {
        "id": event.uid,
        "type": event.type,
        "timestamp": utc(event.created_at),
        "account": account,
        "site": site,
        "data": event.data,
    }


async def read_feed(session: AsyncSession, account_id: int, after: int, limit: int) -> Sequence[tuple[Event, str, str]]:
    """The account's events after a position in the feed, with the names of account and site, the oldest first.

    Events get their positions here, by one reader at a time and after they were committed: so none turns up later
    before one that was read.
    """
    await lock_row(session, FEED, account_id)
    await session.execute(_NUMBER, {"account": account_id})
    rows = await session.execute(
        select(Event, Account.name, Site.slug)
        .join(Account, Account.id == Event.account_id)
        .join(Site, Site.id == Event.site_id)
        .where(Event.account_id == account_id, Event.position > after)
        .order_by(Event.position)
        .limit(limit)
    )
    return [(row[0], row[1], row[2]) for row in rows]


async def remove_events(session: AsyncSession, account_id: int, older_than_days: int) -> int:
    """Remove the account's events that are older than that and no longer to be delivered; how many they were."""
    now = dt.datetime.now(dt.UTC)
    removed = await session.execute(
        delete(Event)
        .where(
            Event.account_id == account_id,
            Event.created_at < now - dt.timedelta(days=older_than_days),
            or_(Event.next_try_at.is_(None), Event.created_at < now - GIVEN_UP_AFTER),
        )
        .returning(Event.id)
    )
    return len(removed.all())

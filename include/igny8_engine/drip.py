"""Slots: when the posts of a WordPress go live that are not to go live all at once.

A slot is a row. All rules of a site take theirs under one lock, so that no two have the same and no day has too many.
"""

from __future__ import annotations

import datetime as dt
from typing import Final

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.drip import Drip
from igny8.actions.weekdays import WEEKDAYS, is_excluded
from igny8_engine.db.connect import SLOTS, lock_row
from igny8_engine.db.tables import PublicationSlot
from igny8_engine.errors import ItemFailedError

_SOON: Final = dt.timedelta(minutes=5)
"""How far ahead a slot must be: WordPress publishes at once what is due within a minute, and the way takes time."""
_FARTHEST: Final = 3660
"""How many days ahead a free slot is looked for."""


async def kept_slot(session: AsyncSession, integration_id: int, content_id: int) -> dt.datetime | None:
    """The slot that a text has at a WordPress."""
    return await session.scalar(select(PublicationSlot.at).where(*_of(integration_id, content_id)))


async def take_slot(
    session: AsyncSession, integration_id: int, content_id: int, drip: Drip, *, zone: dt.tzinfo, now: dt.datetime
) -> dt.datetime:
    """Take the next free slot for a text, in place of the one that it had. Others wait until the transaction ends.

    Raises:
        ItemFailedError: there is none in the next ten years.
    """
    await lock_row(session, SLOTS, integration_id)
    await release_slot(session, integration_id, content_id)
    today = now.astimezone(zone).date()
    found = await session.execute(
        select(PublicationSlot.day, PublicationSlot.at).where(
            PublicationSlot.integration_id == integration_id, PublicationSlot.day >= today
        )
    )
    taken: dict[dt.date, set[dt.datetime]] = {}
    for row in found:
        taken.setdefault(row.day, set()).add(row.at)
    for ahead in range(_FARTHEST):
        day = today + dt.timedelta(days=ahead)
        of_day = taken.get(day, set())
        if not _is_open(drip, day) or len(of_day) >= drip.per_day:
            continue
        free = next((at for at in _times(drip, day, zone) if at >= now + _SOON and at not in of_day), None)
        if free is not None:
            session.add(PublicationSlot(integration_id=integration_id, content_id=content_id, day=day, at=free))
            await session.flush()
            return free
    raise ItemFailedError(
        "The drip has no free day in the next ten years.", hint="Give it more days, or fewer quiet ones."
    )


async def release_slot(
    session: AsyncSession, integration_id: int, content_id: int, *, after: dt.datetime | None = None
) -> None:
    """Give a text's slot back; with ``after``, only one that is later. One that is past counts for its day."""
    later = [PublicationSlot.at > after] if after is not None else []
    await session.execute(delete(PublicationSlot).where(*_of(integration_id, content_id), *later))


def _of(integration_id: int, content_id: int) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PublicationSlot.integration_id == integration_id, PublicationSlot.content_id == content_id


def _is_open(drip: Drip, day: dt.date) -> bool:
    return WEEKDAYS[day.weekday()] in drip.days and not is_excluded(day, drip.quiet_dates)


def _times(drip: Drip, day: dt.date, zone: dt.tzinfo) -> list[dt.datetime]:
    # A time that the clock leaves out in spring is the one that it shows instead.
    return [
        dt.datetime.combine(day, dt.time(*divmod(minutes, 60)), zone).astimezone(dt.UTC) for minutes in drip.minutes()
    ]

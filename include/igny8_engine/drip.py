"""Slots: when the posts of a WordPress go live that are not to go live all at once.

A slot is a row. All rules of a site take theirs under one lock, so that no two have the same and no day has too many.
The texts of one job take theirs in its order, whichever of them is come to first.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import Final, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from igny8.actions.drip import Drip
from igny8.actions.weekdays import WEEKDAYS, is_excluded
from igny8_engine.db.connect import SLOTS, lock_row
from igny8_engine.db.tables import Content, Job, JobItem, Publication, PublicationSlot
from igny8_engine.errors import ItemFailedError

_SOON: Final = dt.timedelta(minutes=5)
"""How far ahead a slot must be: WordPress publishes at once what is due within a minute, and the way takes time."""
_TICK: Final = dt.timedelta(microseconds=1)
_FARTHEST: Final = 3660
"""How many days ahead a free slot is looked for."""


class _InLine(NamedTuple):
    """A text of a job, as far as its slot depends on it."""

    id: int
    state: str
    begun_at: dt.datetime
    """When the job was."""
    post_status: str | None
    at: dt.datetime | None
    taken_at: dt.datetime | None


async def slot_in_order(
    session: AsyncSession,
    job_id: int,
    integration_id: int,
    content_id: int,
    drip: Drip,
    *,
    zone: dt.tzinfo,
    now: dt.datetime,
) -> dt.datetime | None:
    """When a text of a job goes live: at the time that it has, else at the next free one; ``None`` if it is live.

    The texts before it that have none yet are given theirs first, and none of them gets one that is before that of
    another before it. Others wait until the transaction ends.

    Raises:
        ItemFailedError: there is none in the next ten years.
    """
    await lock_row(session, SLOTS, integration_id)
    slot, after = None, now
    for text in await _up_to(session, job_id, integration_id, content_id):
        slot = text.at
        # A time that is past was this post's if it was scheduled for it, and is of no use to one that never came there.
        is_lost = slot is not None and slot < now and text.post_status not in {"future", "publish"}
        if text.state != "done" and (is_lost or (slot is None and text.post_status != "publish")):
            slot = await take_slot(session, integration_id, text.id, drip, zone=zone, now=now, after=after)
            after = slot
        elif slot is not None and text.taken_at is not None and text.taken_at >= text.begun_at:
            after = max(after, slot)
    return slot


async def take_slot(
    session: AsyncSession,
    integration_id: int,
    content_id: int,
    drip: Drip,
    *,
    zone: dt.tzinfo,
    now: dt.datetime,
    after: dt.datetime | None = None,
) -> dt.datetime:
    """Take the next free slot for a text, in place of the one that it had. Others wait until the transaction ends.

    What goes live on a day without a slot, at once or at a time of its own, counts for the day as well. With ``after``,
    the slot is later than that.

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
    others = await _live_without_slot(session, integration_id, content_id, today, zone)
    earliest = max(now + _SOON, after + _TICK) if after is not None else now + _SOON
    for ahead in range(_FARTHEST):
        day = today + dt.timedelta(days=ahead)
        of_day = taken.get(day, set())
        if not _is_open(drip, day) or len(of_day) + others[day] >= drip.per_day:
            continue
        free = next((at for at in _times(drip, day, zone) if at >= earliest and at not in of_day), None)
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


async def _up_to(session: AsyncSession, job_id: int, integration_id: int, content_id: int) -> list[_InLine]:
    """A text of a job and those before it that are still there and are done, or may be: in order, with their slots."""
    own = select(JobItem.position).where(JobItem.job_id == job_id, JobItem.item_id == content_id).scalar_subquery()
    at_site = (Publication.content_id == Content.id) & (Publication.integration_id == integration_id)
    found = await session.execute(
        select(
            Content.id,
            JobItem.state,
            Job.created_at.label("begun_at"),
            Publication.post_status,
            PublicationSlot.at,
            PublicationSlot.created_at.label("taken_at"),
        )
        .join(JobItem, JobItem.item_id == Content.id)
        .join(Job, Job.id == JobItem.job_id)
        .outerjoin(Publication, at_site)
        .outerjoin(PublicationSlot, and_(*_of(integration_id, Content.id)))
        .where(JobItem.job_id == job_id, JobItem.position <= own, (JobItem.state != "failed") | JobItem.retryable)
        .order_by(JobItem.position)
    )
    return [_InLine(*row) for row in found]


async def _live_without_slot(
    session: AsyncSession, integration_id: int, content_id: int, today: dt.date, zone: dt.tzinfo
) -> Counter[dt.date]:
    """How many posts of other texts go or went live on each day from today on that have no slot."""
    slots = select(PublicationSlot.id).where(*_of(integration_id, Publication.content_id))
    found = await session.scalars(
        select(Publication.live_at).where(
            Publication.integration_id == integration_id,
            Publication.content_id != content_id,
            Publication.post_status.in_(("publish", "future")),
            Publication.live_at >= dt.datetime.combine(today, dt.time(), zone),
            ~slots.exists(),
        )
    )
    return Counter(at.astimezone(zone).date() for at in found if at is not None)


def _of(
    integration_id: int, content_id: int | InstrumentedAttribute[int]
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return PublicationSlot.integration_id == integration_id, PublicationSlot.content_id == content_id


def _is_open(drip: Drip, day: dt.date) -> bool:
    return WEEKDAYS[day.weekday()] in drip.days and not is_excluded(day, drip.quiet_dates)


def _times(drip: Drip, day: dt.date, zone: dt.tzinfo) -> list[dt.datetime]:
    # A time that the clock leaves out in spring is the one that it shows instead.
    return [
        dt.datetime.combine(day, dt.time(*divmod(minutes, 60)), zone).astimezone(dt.UTC) for minutes in drip.minutes()
    ]

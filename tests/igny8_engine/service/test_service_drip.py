"""Drip: slots are shared by all that publish to a site, on its clock, and survive whatever dies."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest_engine import Engine
from sqlalchemy import select, update
from test_service_publishing import add_content, connected, publish

from igny8.actions.drip import Drip
from igny8_engine.db.tables import Job, JobItem, Publication, PublicationSlot, Site
from igny8_engine.drip import release_slot, slot_in_order, take_slot
from igny8_engine.errors import ItemFailedError

__all__ = ["connected"]

BERLIN = ZoneInfo("Europe/Berlin")
FRIDAY = dt.datetime(2026, 3, 27, 9, 0, tzinfo=BERLIN)
"""Two days before the clocks are put forward."""


async def take(engine: Engine, integration: int, content: int, now: dt.datetime = FRIDAY, **drip: Any) -> str:
    """The slot that a text gets, as the site's clock shows it."""
    async with engine.parts.database.transaction() as session:
        wanted = Drip.model_validate(drip)
        at = await take_slot(session, integration, content, wanted, zone=BERLIN, now=now.astimezone(dt.UTC))
    return at.astimezone(BERLIN).strftime("%a %d %H:%M")


async def test_slots_are_spread_over_open_days_on_the_sites_clock(engine: Engine, connected: dict[str, Any]) -> None:
    contents = [await add_content(engine, f"text-{number}") for number in range(7)]
    drip = {"per_day": 2, "days": ["MON", "TUE", "FRI", "SUN"], "quiet_dates": ["03-30"]}
    slots = [await take(engine, connected["id"], content, **drip) for content in contents]
    # Friday's first time is past; Monday is quiet; in summer time it is 08:00 as well.
    assert slots == [
        "Fri 27 13:00", "Sun 29 08:00", "Sun 29 13:00", "Tue 31 08:00", "Tue 31 13:00", "Fri 03 08:00", "Fri 03 13:00",
    ]  # fmt: skip
    async with engine.parts.database.transaction() as session:
        kept = select(PublicationSlot.at).where(PublicationSlot.content_id == contents[1])
        assert await session.scalar(kept) == dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC)

    # Another rule, with times of its own, counts those of the first; what is given back is taken next.
    later = await add_content(engine, "later")
    early = {"first": "06:00", "until": "09:00"}
    assert await take(engine, connected["id"], later, per_day=1, days=["FRI", "SAT"], **early) == "Sat 28 06:00"
    async with engine.parts.database.transaction() as session:
        await release_slot(session, connected["id"], contents[2])
    assert await take(engine, connected["id"], later, **drip) == "Sun 29 13:00"


async def test_no_two_get_the_same_slot_and_no_day_too_many(engine: Engine, connected: dict[str, Any]) -> None:
    contents = [await add_content(engine, f"text-{number}") for number in range(12)]
    await asyncio.gather(*(take(engine, connected["id"], content, per_day=3) for content in contents))
    async with engine.parts.database.transaction() as session:
        found = (await session.execute(select(PublicationSlot.day, PublicationSlot.at))).all()
    assert len({row.at for row in found}) == 12
    # The first day has two times left.
    per_day = sorted([row.day for row in found].count(day) for day in {row.day for row in found})
    assert per_day == [1, 2, 3, 3, 3]


async def add_job(engine: Engine, states: dict[int, str]) -> int:
    """A job on texts in these states, one that a worker leaves alone."""
    async with engine.parts.database.transaction() as session:
        site = (await session.scalars(select(Site).where(Site.slug == "home"))).one()
        job = Job(
            account_id=site.account_id, site_id=site.id, key=f"job/{min(states)}", type="publish_to_wordpress",
            params={}, state="succeeded",
        )  # fmt: skip
        session.add(job)
        await session.flush()
        for position, (content, state) in enumerate(states.items()):
            session.add(JobItem(job_id=job.id, position=position, item_id=content, label="", estimate=5, state=state))
        return job.id


async def test_the_texts_of_a_job_get_their_slots_in_its_order(engine: Engine, connected: dict[str, Any]) -> None:
    contents = [await add_content(engine, f"text-{number}") for number in range(8)]
    integration = connected["id"]
    drip = Drip(per_day=2)
    first = contents[4:] + contents[:4]
    states = dict.fromkeys(first, "running") | {first[3]: "failed", first[-1]: "pending"}
    job = await add_job(engine, states)

    async def slot(content: int, of: int = job, now: dt.datetime = FRIDAY) -> dt.datetime | None:
        async with engine.parts.database.transaction() as session:
            return await slot_in_order(session, of, integration, content, drip, zone=BERLIN, now=now.astimezone(dt.UTC))

    await asyncio.gather(*(slot(content) for content in reversed(first[:-1])))
    other = await add_content(engine, "another rule's")
    await take(engine, integration, other, per_day=2)
    # What another gives back is none of the last one's, which would go live before those that it comes after.
    async with engine.parts.database.transaction() as session:
        await session.execute(update(JobItem).where(JobItem.item_id == first[0]).values(state="done"))
        await release_slot(session, integration, first[0])
    await slot(first[-1])
    async with engine.parts.database.transaction() as session:
        found = {row.content_id: row.at for row in await session.scalars(select(PublicationSlot))}
    assert [content for content in sorted(found, key=found.__getitem__) if content != other] == [
        content for content in first[1:] if states[content] != "failed"
    ], "the one that failed for good gets none"

    # In another job they keep their times, and keep nobody else from the next free one.
    late = await add_content(engine, "late")
    again = await add_job(engine, {first[-1]: "running", late: "running"})
    assert await slot(first[-1], again) == found[first[-1]]
    assert await slot(late, again) == dt.datetime(2026, 3, 27, 13, tzinfo=BERLIN)


async def test_what_goes_live_without_a_slot_counts_for_its_day(engine: Engine, connected: dict[str, Any]) -> None:
    at_once, scheduled, taken_down, *dripped = [await add_content(engine, f"text-{number}") for number in range(6)]
    began = dt.datetime.now(dt.UTC).replace(microsecond=0)
    await publish(engine, "1", [at_once, scheduled, taken_down], connected["id"])
    path = f"/v1/sites/home/integrations/{connected['id']}/withdraw"
    assert (await engine.http.post(path, json={"content_ids": [taken_down]})).status_code == 200
    async with engine.parts.database.transaction() as session:
        found = {row.content_id: row.live_at for row in await session.scalars(select(Publication))}
        assert found.pop(taken_down) is None
        assert None not in found.values()
        assert all(began <= at <= dt.datetime.now(dt.UTC) for at in found.values() if at)
        # Today, before the day's first time; and tomorrow, late in the evening of the site's clock.
        for content, day in ((at_once, FRIDAY), (scheduled, FRIDAY + dt.timedelta(days=1, hours=14))):
            of_content = update(Publication).where(Publication.content_id == content)
            await session.execute(of_content.values(live_at=day))
    slots = [await take(engine, connected["id"], content, per_day=2) for content in dripped]
    assert slots == ["Fri 27 13:00", "Sat 28 08:00", "Sun 29 08:00"]
    # A text's own earlier appearance is no other post.
    assert await take(engine, connected["id"], at_once, per_day=2, first="20:00", until="22:00") == "Fri 27 20:00"


async def test_a_day_that_is_never_open_is_said(engine: Engine, connected: dict[str, Any]) -> None:
    content = await add_content(engine, "text")
    every = [(dt.date(2024, 1, 1) + dt.timedelta(days=day)).strftime("%m-%d") for day in range(366)]
    with pytest.raises(ItemFailedError, match="no free day"):
        await take(engine, connected["id"], content, quiet_dates=every)

"""Drip: slots are shared by all that publish to a site, on its clock, and survive whatever dies."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from conftest_engine import Engine
from sqlalchemy import select
from test_service_publishing import add_content, connected

from igny8.actions.drip import Drip
from igny8_engine.db.tables import PublicationSlot
from igny8_engine.drip import kept_slot, release_slot, take_slot
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
        assert await kept_slot(session, connected["id"], contents[1]) == dt.datetime(2026, 3, 29, 6, tzinfo=dt.UTC)

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


async def test_a_day_that_is_never_open_is_said(engine: Engine, connected: dict[str, Any]) -> None:
    content = await add_content(engine, "text")
    every = [(dt.date(2024, 1, 1) + dt.timedelta(days=day)).strftime("%m-%d") for day in range(366)]
    with pytest.raises(ItemFailedError, match="no free day"):
        await take(engine, connected["id"], content, quiet_dates=every)

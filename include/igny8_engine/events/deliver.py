"""Delivering events as Standard Webhooks: at least once, by as many processes as there are, never two at a time."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import json
import logging
import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import httpx
from sqlalchemy import func, literal, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from standardwebhooks import Webhook

from igny8_engine.db.connect import Database
from igny8_engine.db.tables import Account, Event, Site
from igny8_engine.events.feed import GIVEN_UP_AFTER, as_delivered
from igny8_engine.wordpress.faults import retry_after

_AT_ONCE: Final = 8
"""How many events one process delivers at once."""
_LONGEST_REQUEST: Final = 86_400.0
"""The longest that a receiver can ask to be left alone, in seconds."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How long deliveries take and wait, in seconds."""

    patience: float = 15.0
    """How long one delivery may take."""
    claim: float = 60.0
    """How long an event is one process's; if that one dies, another delivers it then."""
    first_pause: float = 1.0
    """The pause after the first failure; it doubles with each, and a part of it is left to chance."""
    longest_pause: float = 1800.0
    idle: float = 1.0
    """How often to look for events that are due again, news or not."""


@dataclass(frozen=True, slots=True)
class _Delivery:
    """An event that this process has claimed."""

    row_id: int
    uid: str
    type: str
    body: str
    attempt: int
    created_at: dt.datetime


class Deliverer:
    """Posts events to one address until it is cancelled."""

    def __init__(self, database: Database, url: str, secret: str, rhythm: Rhythm | None = None) -> None:
        self._database = database
        self._url = url
        self._webhook = Webhook(secret)
        self._rhythm = rhythm or Rhythm()
        self._news = asyncio.Event()
        self._quiet_until = 0.0

    def wake(self) -> None:
        """There is a new event."""
        self._news.set()

    async def run(self) -> None:
        """Deliver what is due, as it becomes due. What is under way when it is cancelled is left for the next."""
        under_way: dict[asyncio.Task[None], int] = {}
        loop = asyncio.get_running_loop()
        # A receiver's answers are not read: only their status counts.
        async with httpx.AsyncClient(timeout=self._rhythm.patience, trust_env=False) as http:
            try:
                while True:
                    self._news.clear()
                    claimed: Sequence[_Delivery] = ()
                    if loop.time() >= self._quiet_until:
                        claimed = await self._claim(_AT_ONCE - len(under_way))
                    for delivery in claimed:
                        task = asyncio.create_task(self._deliver(http, delivery), name=f"deliver {delivery.uid}")
                        under_way[task] = delivery.row_id
                    news = asyncio.create_task(self._news.wait())
                    await asyncio.wait(
                        {news, *under_way}, timeout=self._rhythm.idle, return_when=asyncio.FIRST_COMPLETED
                    )
                    news.cancel()
                    for task in [task for task in under_way if task.done()]:
                        del under_way[task]
            finally:
                for task in under_way:
                    task.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)
                await self._give_back(list(under_way.values()))

    async def _claim(self, places: int) -> list[_Delivery]:
        """Take events that are due, so that no other process takes them as long as the claim lasts."""
        if places <= 0:
            return []
        due = (
            select(Event.id)
            .where(Event.next_try_at <= func.now())
            .order_by(Event.next_try_at, Event.id)
            .limit(places)
            .with_for_update(skip_locked=True)
            .cte("due")
        )
        try:
            async with self._database.transaction() as session:
                ids = (
                    await session.scalars(
                        update(Event)
                        .where(Event.id == due.c.id)
                        .values(next_try_at=_in(self._rhythm.claim), attempts=Event.attempts + 1)
                        .returning(Event.id)
                    )
                ).all()
                return await _deliveries(session, ids)
        except (SQLAlchemyError, OSError) as error:
            _log.warning("The database is not to be reached (%s); trying again.", str(error).splitlines()[0])
            return []

    async def _deliver(self, http: httpx.AsyncClient, delivery: _Delivery) -> None:
        fault = await self._post(http, delivery)
        try:
            async with self._database.transaction() as session:
                values: dict[str, object]
                if fault is None:
                    values = {"delivered_at": func.now(), "next_try_at": None, "error": None}
                elif dt.datetime.now(dt.UTC) - delivery.created_at > GIVEN_UP_AFTER:
                    _log.error(
                        "The event %s (%s) is given up after %s attempts: %s",
                        delivery.uid, delivery.type, delivery.attempt, fault.reason,
                    )  # fmt: skip
                    values = {"next_try_at": None, "error": fault.reason}
                else:
                    wait = max(self._pause(delivery.attempt), fault.asked or 0)
                    _log.warning(
                        "The event %s (%s) was not delivered, attempt %s: %s Trying again in %.0f s.",
                        delivery.uid, delivery.type, delivery.attempt, fault.reason, wait,
                    )  # fmt: skip
                    values = {"next_try_at": _in(wait), "error": fault.reason}
                await session.execute(
                    update(Event).where(Event.id == delivery.row_id, Event.delivered_at.is_(None)).values(values)
                )
        except (SQLAlchemyError, OSError) as error:
            # Nothing is lost: when the claim is over, the event is delivered again.
            _log.warning("What became of the event %s was not stored: %s", delivery.uid, str(error).splitlines()[0])

    async def _post(self, http: httpx.AsyncClient, delivery: _Delivery) -> _Fault | None:
        """Post an event; ``None`` when it was received."""
        now = dt.datetime.now(dt.UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": delivery.uid,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._webhook.sign(delivery.uid, now, delivery.body),
        }
        try:
            async with (
                asyncio.timeout(self._rhythm.patience),
                http.stream("POST", self._url, content=delivery.body.encode(), headers=headers) as answer,
            ):
                if answer.is_success:
                    return None
                asked = retry_after(answer)
        except TimeoutError:
            return _Fault(f"{self._url} did not answer within {self._rhythm.patience:g} seconds.")
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            return _Fault(f"{self._url} did not answer ({str(error) or type(error).__name__}).")
        if asked is not None:
            # It is the receiver that wants its peace, not the one event.
            asked = min(asked, _LONGEST_REQUEST)
            self._quiet_until = asyncio.get_running_loop().time() + asked
        return _Fault(f"{self._url} answered {answer.status_code}.", asked)

    def _pause(self, attempt: int) -> float:
        full = min(self._rhythm.first_pause * 2.0 ** min(attempt - 1, 30), self._rhythm.longest_pause)
        return full * random.uniform(0.5, 1.0)

    async def _give_back(self, row_ids: Sequence[int]) -> None:
        with contextlib.suppress(SQLAlchemyError, OSError):
            async with self._database.transaction() as session:
                await session.execute(
                    update(Event)
                    .where(Event.id.in_(row_ids), Event.next_try_at.is_not(None))
                    .values(next_try_at=func.least(Event.next_try_at, func.now()))
                )


@dataclass(frozen=True, slots=True)
class _Fault:
    """Why an event was not received."""

    reason: str
    asked: float | None = None
    """How long the receiver asks to be left alone, in seconds."""


async def _deliveries(session: AsyncSession, ids: Sequence[int]) -> list[_Delivery]:
    rows = await session.execute(
        select(Event, Account.name, Site.slug)
        .join(Account, Account.id == Event.account_id)
        .join(Site, Site.id == Event.site_id)
        .where(Event.id.in_(ids))
        .order_by(Event.id)
    )
    return [
        _Delivery(
            row_id=event.id,
            uid=event.uid,
            type=event.type,
            body=json.dumps(as_delivered(event, account, site), ensure_ascii=False, separators=(",", ":")),
            attempt=event.attempts,
            created_at=event.created_at,
        )
        for event, account, site in rows
    ]


def _in(seconds: float) -> object:
    return func.now() + literal(dt.timedelta(seconds=seconds))

"""News of jobs and events, from every process to every process: one LISTEN connection, however many wait."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import psycopg

CHANNEL = "igny8_jobs"
"""The database's trigger sends ``<job id>:<version>:<1 if it is to be cancelled>`` here at every new version."""
EVENTS_CHANNEL = "igny8_events"
"""The database's trigger sends here, with nothing more to say, when an event is written."""
_PAUSE = 1.0
_FALLBACK = 5.0

_log = logging.getLogger(__name__)


class Watch:
    """Waits for news of one job."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def tell(self) -> None:
        """There is news."""
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Return when there may be news, or that time is over.

        Without a word from the database for five seconds it returns too, so that news which went astray is found.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, _FALLBACK)):
                await self._news.wait()
        self._news.clear()


class JobNews:
    """Hears the news and tells those who watch."""

    def __init__(self, libpq_url: str) -> None:
        self._url = libpq_url
        self._watches: dict[int, set[Watch]] = {}
        self.on_cancel: Callable[[int], None] | None = None
        """Called with the id of a job that is to be cancelled."""
        self.on_event: Callable[[], None] | None = None
        """Called when there is a new event."""

    @asynccontextmanager
    async def watch(self, job_id: int) -> AsyncIterator[Watch]:
        """Watch a job. Read it after this has begun, then wait: no news gets lost in between."""
        watch = Watch()
        self._watches.setdefault(job_id, set()).add(watch)
        try:
            yield watch
        finally:
            watches = self._watches[job_id]
            watches.discard(watch)
            if not watches:
                del self._watches[job_id]

    async def listen(self) -> None:
        """Listen until cancelled; a lost connection is made anew."""
        while True:
            try:
                await self._listen()
            except psycopg.Error as error:
                _log.warning("No news of jobs from the database (%s); trying again.", str(error).strip())
                await asyncio.sleep(_PAUSE)

    async def _listen(self) -> None:
        async with await psycopg.AsyncConnection.connect(self._url, autocommit=True) as connection:
            for channel in (CHANNEL, EVENTS_CHANNEL):
                await connection.execute(f"listen {channel}")
            for watches in list(self._watches.values()):  # what happened while nobody listened
                for watch in watches:
                    watch.tell()
            async for notification in connection.notifies():
                if notification.channel == EVENTS_CHANNEL:
                    if self.on_event:
                        self.on_event()
                    continue
                job_id, _, cancel = notification.payload.split(":")
                for watch in self._watches.get(int(job_id), ()):
                    watch.tell()
                if cancel == "1" and self.on_cancel:
                    self.on_cancel(int(job_id))

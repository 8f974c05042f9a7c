"""Connections to the database."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, Engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

PUBLISHING = 1
SITE = 2
FEED = 3
IMPORTING = 4
SLOTS = 5
LINKS = 6
"""The first halves of the keys of the advisory locks: what kind of thing is locked."""


def sqlalchemy_url(libpq_url: str) -> URL:
    """The same database in SQLAlchemy's words."""
    return make_url(libpq_url).set(drivername="postgresql+psycopg")


class _StopsAreNoErrors(logging.Filter):
    """Keeps quiet about connections whose rollback is cut short when a server stops: the pool throws them away."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not (record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError))


logging.getLogger("sqlalchemy.pool.impl.AsyncAdaptedQueuePool").addFilter(_StopsAreNoErrors())


_TRUSTED = 1.0
"""For how long after its last use, in seconds, a connection counts as alive. To ask it costs as much as a query."""


def _ask_idle_connections(engine: Engine) -> None:
    """Have a connection asked whether it is alive before it is used, where it was not used a moment ago.

    It is SQLAlchemy's ``pool_pre_ping``, less often: where one is dead, all are made anew.
    """
    used_at = "igny8_used_at"

    def note(_: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
        record.info[used_at] = time.monotonic()

    def ask(connection: DBAPIConnection, record: ConnectionPoolEntry, _: object) -> None:
        if time.monotonic() - record.info.get(used_at, math.inf) <= _TRUSTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError(str(error)) from error

    event.listen(engine, "checkin", note)
    event.listen(engine, "checkout", ask)


def _unlock(connection: DBAPIConnection, _: object, state: PoolResetState) -> None:
    if state.terminate_only:
        return  # it is closed, and its locks with it
    cursor = connection.cursor()
    cursor.execute("select pg_advisory_unlock_all()")
    cursor.close()


class Database:
    """A pool of connections, and what is done with them.

    The pool holds ten connections and makes thirty more under load.
    """

    def __init__(self, libpq_url: str) -> None:
        self.url = libpq_url
        url = sqlalchemy_url(libpq_url)
        self.engine: AsyncEngine = create_async_engine(url, pool_size=10, max_overflow=30)
        # Held for as long as a lock is, so not of the others. Whatever a connection has locked ends with its use.
        self._alone = create_async_engine(
            url, pool_size=10, max_overflow=-1, pool_reset_on_return=None, isolation_level="AUTOCOMMIT"
        )
        event.listen(self._alone.sync_engine, "reset", _unlock)
        for engine in (self.engine, self._alone):
            _ask_idle_connections(engine.sync_engine)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A session that is committed at the end, and rolled back when an error leaves the block."""
        async with self._sessions() as session, session.begin():
            yield session

    @asynccontextmanager
    async def locked(self, kind: int, key: str) -> AsyncIterator[None]:
        """Hold a lock that every process respects, on a connection of its own; it ends with the process at the latest.

        Waits until the lock is free.
        """
        async with self._alone.connect() as connection:
            await connection.execute(text("select pg_advisory_lock(:kind, hashtext(:key))"), {"kind": kind, "key": key})
            yield

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()
        await self._alone.dispose()


async def lock_site(session: AsyncSession, site_id: int) -> None:
    """Wait for the site, and keep others from changing its texts' titles and addresses until the transaction ends."""
    await lock_row(session, SITE, site_id)


async def lock_row(session: AsyncSession, kind: int, row_id: int) -> None:
    """Wait for what is locked by a row's number, and hold it until the transaction ends."""
    await session.execute(text("select pg_advisory_xact_lock(:kind, :id)"), {"kind": kind, "id": row_id % 2**31})

"""Connections to the database."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import PoolResetState

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
        self.engine: AsyncEngine = create_async_engine(url, pool_size=10, max_overflow=30, pool_pre_ping=True)
        # Held for as long as a lock is, so not of the others. Whatever a connection has locked ends with its use.
        self._alone = create_async_engine(
            url, pool_size=10, max_overflow=-1, pool_pre_ping=True, pool_reset_on_return=None,
            isolation_level="AUTOCOMMIT",
        )  # fmt: skip
        event.listen(self._alone.sync_engine, "reset", _unlock)
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

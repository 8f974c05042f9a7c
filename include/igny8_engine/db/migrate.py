"""Bringing the database to this version's tables, the job queue's included."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager
from sqlalchemy import NullPool, create_engine
from sqlalchemy.ext.asyncio import AsyncEngine

from igny8_engine.db.connect import sqlalchemy_url
from igny8_engine.errors import NotMigratedError

_LOCK = 4_946_538
"""The key of the advisory lock under which one process at a time migrates."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def migrate(libpq_url: str) -> None:
    """Create or upgrade all tables. Does nothing when they are up to date; waits when another process is at it."""
    with psycopg.connect(libpq_url, autocommit=True) as guard:
        guard.execute("select pg_advisory_lock(%s)", (_LOCK,))
        engine = create_engine(sqlalchemy_url(libpq_url), poolclass=NullPool)
        with engine.begin() as connection:
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
        engine.dispose()
        row = guard.execute("select to_regclass('procrastinate_jobs') is null").fetchone()
        if row and row[0]:
            with guard.transaction():
                guard.execute(SchemaManager.get_schema())


async def require_migrated(engine: AsyncEngine) -> None:
    """Make sure that the database has this version's tables.

    Raises:
        NotMigratedError: it has none, or those of another version.
    """
    expected = ScriptDirectory.from_config(_config()).get_current_head()
    async with engine.connect() as connection:
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    if found != expected:
        raise NotMigratedError(found, expected)

"""Fixtures that every test may use: a real PostgreSQL, started once for the whole session."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from igny8_local.postgres import Postgres


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server of the session's own, stopped at its end."""
    server = Postgres.start(Path(tmp_path_factory.mktemp("postgres")) / "data")
    yield server
    server.stop()


@pytest.fixture
def new_database(postgres: Postgres) -> Iterator[Callable[[], str]]:
    """Makes empty databases; each call returns the libpq URL of a new one. They are dropped after the test."""
    made: list[str] = []

    def make() -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        postgres.create_database(name)
        made.append(name)
        return postgres.url(name)

    yield make
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        for name in made:
            connection.execute(f'drop database if exists "{name}" with (force)')

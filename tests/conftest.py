"""Fixtures that every test may use: a real PostgreSQL and the whole system, each started once when first asked for."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from igny8_local.paths import REPOSITORY, Home
from igny8_local.ports import Ports
from igny8_local.postgres import Postgres
from igny8_local.processes import Processes
from igny8_local.seed import seed_site
from igny8_local.stack import ACCOUNT, ENGINE, Stack


@pytest.fixture(scope="session")
def open_tmp_path() -> Iterator[Path]:
    """A temporary folder that other users can be let into.

    As root PostgreSQL runs as another user, and pytest closes its own folders to others whenever a session starts.
    """
    with TemporaryDirectory(prefix="igny8-tests-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres(open_tmp_path: Path) -> Iterator[Postgres]:
    """A PostgreSQL server of the session's own, stopped at its end."""
    home = Home(open_tmp_path / "database")
    with Processes(home) as processes:
        yield Postgres.start(home.postgres, processes)


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


@pytest.fixture(scope="session")
def rules_folder(open_tmp_path: Path) -> Path:
    """The rules of the stack: at first those of the repository, for tests to add to and change."""
    return Path(shutil.copytree(REPOSITORY / "rules", open_tmp_path / "stack" / "rules"))


@pytest.fixture(scope="session")
def stack(rules_folder: Path) -> Iterator[Stack]:
    """PostgreSQL, the engine and Airflow on free ports, with the account ``demo`` and the site ``home-espresso``.

    Tests talk to it over HTTP (``stack.airflow()``, ``stack.engine()``) and may ``kill`` and ``restart`` its parts.
    """
    dags = shutil.copytree(
        REPOSITORY / "dags", rules_folder.parent / "dags", ignore=shutil.ignore_patterns("broken_rules", "__pycache__")
    )
    environment = {
        "IGNY8_RULES_PATH": str(rules_folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "IGNY8_DEFAULT_ACCOUNT": ACCOUNT,
        "IGNY8_DEFAULT_SITE": "home-espresso",
        # One user of each role; Airflow makes the passwords of those who have none yet.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,otto:op,ulla:user,vera:viewer",
    }
    with Stack(Home(rules_folder.parent / "home"), Ports.free(), environment=environment) as running:
        running.wait_ready(ENGINE)
        seed_site(running)
        running.wait_ready()
        yield running

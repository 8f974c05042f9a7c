"""Fixtures that every test may use: a real PostgreSQL and the whole system, each started once when first asked for."""

from __future__ import annotations

import os
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
from igny8_local.stack import ENGINE, Stack

TESTS = Path(__file__).parent
LONGEST = (TESTS / "integration", TESTS / "igny8_local" / "test_commands.py")
"""What each keeps one worker busy for longer than anything else, so it is begun first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Say what must run in one worker, when several share the tests: those of one file, and all on the one system."""

    def group(item: pytest.Item) -> Path:
        return next((path for path in LONGEST if item.path.is_relative_to(path)), item.path)

    items.sort(key=lambda item: LONGEST.index(group(item)) if group(item) in LONGEST else len(LONGEST))
    for item in items:
        item.add_marker(pytest.mark.xdist_group(str(group(item).relative_to(TESTS))))


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
        yield Postgres.start(home.postgres, processes, durable=False)


@pytest.fixture
def new_database(postgres: Postgres) -> Iterator[Callable[..., str]]:
    """Makes databases, empty ones or copies of a ``template``; each call returns the libpq URL of a new one.

    They are dropped after the test.
    """
    made: list[str] = []

    def make(template: str = "template1") -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
            connection.execute(f'create database "{name}" template "{template}"')
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
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    environment = {"IGNY8_RULES_PATH": str(rules_folder), "AIRFLOW__CORE__DAGS_FOLDER": str(dags), **measured}
    with Stack(Home(rules_folder.parent / "home"), Ports.free(), environment=environment) as running:
        running.wait_ready(ENGINE)
        seed_site(running)
        running.wait_ready()
        yield running

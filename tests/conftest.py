"""Fixtures that every test may use: a real PostgreSQL, a real WordPress and the whole system.

Each is started once when first asked for.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import shutil
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import psycopg
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from igny8_local.paths import REPOSITORY, Home
from igny8_local.ports import Ports, free_port
from igny8_local.postgres import Postgres
from igny8_local.processes import Processes
from igny8_local.seed import seed_site
from igny8_local.stack import ACCOUNT, ENGINE, Stack
from igny8_local.wordpress.databases import wanted_database
from igny8_local.wordpress.programs import Programs
from igny8_local.wordpress.site import WordPressSite
from own_package import install

hypothesis.settings.register_profile("busy machine", deadline=None)
hypothesis.settings.load_profile("busy machine")

INTEGRATION, PAGES = "a running system for the runs", "a running system for the API and the pages"
WORDPRESS = "a WordPress"
TOGETHER = {
    "tests/integration/": INTEGRATION,
    "tests/igny8/api/": PAGES,
    "tests/ui/": PAGES,
    "tests/igny8_engine/wordpress/": WORDPRESS,
    "tests/igny8_engine/service/test_service_connections.py": WORDPRESS,
    "tests/igny8_engine/service/test_service_site_posts.py": WORDPRESS,
    "tests/igny8_local/test_commands.py": "the commands",
}
"""What runs in one worker. Each keeps it busy for longer than anything else, so it is begun first, in this order.

The running system is the worker's: where both come to one worker they come one after the other and share it, else each
has its own, and the tests that kill its parts keep nobody else waiting.
"""
RUNNING = pytest.StashKey[ExitStack]()
"""What ends the worker's running system."""


def _together(nodeid: str) -> str:
    """What a test runs in one worker with: the tests of its file, or all that share the running system."""
    path = nodeid.partition("::")[0]
    return next((shared for start, shared in TOGETHER.items() if path.startswith(start)), path)


class TogetherScheduling(LoadScopeScheduling):
    """Hands out to the workers what belongs together."""

    def _split_scope(self, nodeid: str) -> str:
        return _together(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores, since a worker often waits for what it has started; and no more than help."""
    return min(4, (os.cpu_count() or 1) + 1)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> TogetherScheduling:
    return TogetherScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    order = {shared: number for number, shared in enumerate(dict.fromkeys(TOGETHER.values()))}
    items.sort(key=lambda item: order.get(_together(item.nodeid), len(order)))


def _needs_the_system(item: pytest.Item) -> bool:
    return _together(item.nodeid) in {INTEGRATION, PAGES}


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """End the running system after the last test that needs it: idle, it takes a quarter of a core from the others."""
    is_last = _needs_the_system(item) and nextitem is not None and not _needs_the_system(nextitem)
    if is_last and (running := item.session.stash.get(RUNNING, None)) is not None:
        running.close()


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


RECEIVERS = "127.0.0.2"
"""Where the stack may notify receivers, though it is this machine; elsewhere on it, it may not."""


def webhook_settings() -> dict[str, str]:
    """What webhooks are tried with: two secrets for events, one of a rule's from the environment, and a low rate."""
    first, second, third = (f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}" for _ in range(3))
    return {
        "IGNY8_EVENTS_SECRET": f"{first} {second}",
        "IGNY8_HOOK_RATE": "20",
        "AIRFLOW_CONN_IGNY8_HOOK_ENVIRONED": json.dumps({"conn_type": "generic", "password": third}),
    }


def own_action_settings(folder: Path) -> dict[str, str]:
    """An installed package with the guide's action and a broken one, and what rules may call, with which secret."""
    folders = (REPOSITORY / "plugins", REPOSITORY / "include", REPOSITORY / "tests" / "measured", install(folder))
    return {
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "IGNY8_HTTP_HOSTS": RECEIVERS,
        "AIRFLOW_CONN_IGNY8_ACTION_DEMO_PLANNING": json.dumps(
            {"conn_type": "http", "host": RECEIVERS, "password": "pa55word"}
        ),
    }


@pytest.fixture(scope="session")
def stack(rules_folder: Path, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """PostgreSQL, the engine and Airflow on free ports, with the account ``demo`` and the site ``home-espresso``.

    Tests talk to it over HTTP (``stack.airflow()``, ``stack.engine()``) and may ``kill`` and ``restart`` its parts.
    """
    dags = shutil.copytree(
        REPOSITORY / "dags", rules_folder.parent / "dags", ignore=shutil.ignore_patterns("broken_rules", "__pycache__")
    )
    measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE")}
    environment = {
        "IGNY8_RULES_PATH": str(rules_folder),
        "AIRFLOW__CORE__DAGS_FOLDER": str(dags),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "1",  # rules that tests write are seen soon
        # A round of the scheduler's costs the same whether there is work or not, and the tests need the processor.
        "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.8",
        "IGNY8_DEFAULT_ACCOUNT": ACCOUNT,
        "IGNY8_DEFAULT_SITE": "home-espresso",
        "IGNY8_KEEP_DAYS": "20",
        **own_action_settings(rules_folder.parent / "own-actions"),
        # One user of each role; Airflow makes the passwords of those who have none yet.
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin,otto:op,ulla:user,vera:viewer",
        **webhook_settings(),
        **measured,
    }
    with ExitStack() as opened:
        request.session.stash[RUNNING] = opened
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("IGNY8_ALLOWED_HOSTS", RECEIVERS)
            running = opened.enter_context(
                Stack(Home(rules_folder.parent / "home"), Ports.free(), environment=environment, durable=False)
            )
        running.wait_ready(ENGINE)
        seed_site(running)
        running.wait_ready()
        yield running


@pytest.fixture(scope="session")
def wordpress(open_tmp_path: Path) -> Iterator[WordPressSite]:
    """A real WordPress of the session's own, with a user of each role that is named by it.

    It is on MariaDB, or on what ``WORDPRESS_DATABASE`` names.
    Its programs are fetched the first time and kept in ``.cache``; where they can't be, the tests that need a WordPress
    fail and say what is missing.
    """
    roles = ("administrator", "editor", "author", "contributor", "subscriber")
    users, database = {role: role for role in roles}, wanted_database()
    folder = open_tmp_path / "wordpress"
    with WordPressSite(folder, Programs.fetched(), free_port(), users=users, database=database) as site:
        yield site

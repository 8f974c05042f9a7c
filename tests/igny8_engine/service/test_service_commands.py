"""The engine's command line, its migrations and its OpenAPI document."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine
from typer.testing import CliRunner

from igny8_engine.__main__ import cli
from igny8_engine.db.connect import Database, sqlalchemy_url
from igny8_engine.db.migrate import migrate, require_migrated
from igny8_engine.db.tables import Base
from igny8_engine.errors import NotMigratedError
from igny8_local.ports import free_port

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "engine-openapi.json"


def run(database: str, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(cli, list(arguments), env={"IGNY8_ENGINE_DATABASE": database})
    return result.exit_code, result.output


def test_several_that_migrate_at_once_do_it_once(new_database: Callable[[], str]) -> None:
    url = new_database()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(migrate, [url] * 4))
    migrate(url)
    with psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from procrastinate_jobs").fetchone() == (0,)
        assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)


def test_the_migrations_make_the_tables_that_the_code_has(database_url: str) -> None:
    engine = create_engine(sqlalchemy_url(database_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_name": lambda name, kind, _: kind != "table" or name in Base.metadata.tables},
        )
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


async def test_an_empty_database_is_refused_with_what_to_do(new_database: Callable[[], str]) -> None:
    database = Database(new_database())
    with pytest.raises(NotMigratedError) as caught:
        await require_migrated(database.engine)
    assert "igny8_engine migrate" in (caught.value.hint or "")
    await database.close()


async def test_accounts_are_made_once_and_granted_credits(database_url: str) -> None:
    code, output = await asyncio.to_thread(run, database_url, "accounts", "create", "demo", "--credits", "50")
    assert code == 0
    made = json.loads(output)
    assert made["account"] == "demo"
    assert made["api_key"].startswith("igny8_")
    code, output = await asyncio.to_thread(run, database_url, "accounts", "create", "demo")
    assert code == 3
    assert "--exist-ok" in output
    code, output = await asyncio.to_thread(run, database_url, "accounts", "create", "demo", "--exist-ok")
    assert code == 0
    assert json.loads(output)["api_key"] != made["api_key"]
    code, output = await asyncio.to_thread(run, database_url, "accounts", "grant", "demo", "25")
    assert json.loads(output) == {"account": "demo", "balance": 75}
    code, output = await asyncio.to_thread(run, database_url, "accounts", "grant", "nobody", "25")
    assert code == 6
    assert "nobody" in output


async def test_accounts_without_a_database_to_keep_them_in(new_database: Callable[[], str]) -> None:
    for url, told in (
        (new_database(), "igny8_engine migrate"),
        (f"postgresql://postgres@127.0.0.1:{free_port()}/igny8", "IGNY8_ENGINE_DATABASE"),
    ):
        code, output = await asyncio.to_thread(run, url, "accounts", "create", "demo")
        assert (code, told in output, "Traceback" in output) == (4, True, False), output


async def test_wrong_settings_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IGNY8_SECRET_KEY", "short")
    monkeypatch.setenv("IGNY8_ENGINE_CONCURRENCY", "0")
    code, output = await asyncio.to_thread(run, "mysql://x", "migrate")
    assert code == 1
    for name in ("IGNY8_ENGINE_DATABASE", "IGNY8_ENGINE_CONCURRENCY", "no Fernet key"):
        assert name in output


async def test_migrate_by_command(new_database: Callable[[], str]) -> None:
    url = new_database()
    assert (await asyncio.to_thread(run, url, "migrate"))[0] == 0
    database = Database(url)
    await require_migrated(database.engine)
    await database.close()


def test_the_committed_openapi_document_is_up_to_date() -> None:
    printed = subprocess.run(
        [sys.executable, "-m", "igny8_engine", "openapi"],
        check=True,
        capture_output=True,
        env={"PYTHONPATH": f"{ROOT / 'include'}:{ROOT / 'plugins'}", "PATH": "/usr/bin:/bin"},
    ).stdout.decode()
    assert printed == DOCUMENT.read_text(), "run: python -m igny8_engine openapi > docs/engine-openapi.json"

"""The engine's command line: ``python -m igny8_engine``."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
from collections.abc import Awaitable, Callable
from typing import Annotated, NoReturn, TypeVar

import httpx
import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.accounts import create_account, grant_credits
from igny8_engine.db.connect import Database
from igny8_engine.errors import EngineError
from igny8_engine.settings import Settings

cli = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="The content engine: jobs, content, credits.",
    pretty_exceptions_enable=False,
)
accounts = typer.Typer(no_args_is_help=True, help="Accounts and their credits.")
cli.add_typer(accounts, name="accounts")

T = TypeVar("T")

_GRACE = 5


_UNUSABLE, _REFUSED, _AWAY, _UNKNOWN = 2, 3, 4, 6
"""What the commands for accounts end with, besides 1: as the command ``igny8``, which becomes these."""


def _fail(message: str, code: int = 1) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
            for found in error.errors(include_url=False, include_input=False)
        ]
        _fail("\n".join(["The engine's settings are not right:", *lines]))


def _log(level: str) -> None:
    logging.basicConfig(level=level.upper(), format="%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    for quiet in ("procrastinate", "httpx", "httpcore", "psycopg", "psycopg.pool", "alembic", "uvicorn.access"):
        logging.getLogger(quiet).setLevel(logging.WARNING)


@cli.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8800,
    worker: Annotated[bool, typer.Option(help="Whether this process runs jobs too.")] = True,
) -> None:
    """Answer the HTTP API, and run jobs."""
    import uvicorn  # noqa: PLC0415 - the other commands start faster without all this

    from igny8_engine.app import create_app  # noqa: PLC0415

    settings = _settings()
    _log(settings.log_level)
    try:
        app = create_app(settings, with_worker=worker)
    except EngineError as error:
        _fail(_sentence(error))
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE,
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise typer.Exit(3)


@cli.command("worker")
def run_worker() -> None:
    """Run jobs without answering the HTTP API."""
    settings = _settings()
    _log(settings.log_level)
    try:
        asyncio.run(_work(settings))
    except EngineError as error:
        _fail(_sentence(error))


async def _work(settings: Settings) -> None:
    from igny8_engine.app import running  # noqa: PLC0415
    from igny8_engine.db.migrate import require_migrated  # noqa: PLC0415
    from igny8_engine.jobs.news import JobNews  # noqa: PLC0415
    from igny8_engine.jobs.worker import Worker  # noqa: PLC0415
    from igny8_engine.parts import Parts  # noqa: PLC0415

    parts = Parts.assemble(settings)
    stop = asyncio.Event()
    for wanted in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(wanted, stop.set)
    try:
        await require_migrated(parts.database.engine)
        news = JobNews(settings.database)
        async with running(Worker(parts, news), news, with_worker=True):
            logging.getLogger(__name__).info("At work.")
            await stop.wait()
    finally:
        await parts.close()


@cli.command()
def migrate() -> None:
    """Create or upgrade the tables of the database."""
    from igny8_engine.db.migrate import migrate as upgrade  # noqa: PLC0415

    settings = _settings()
    _log("WARNING")
    upgrade(settings.database)


@cli.command()
def openapi() -> None:
    """Print the OpenAPI document of the HTTP API."""
    from igny8_engine.app import create_app  # noqa: PLC0415

    # Nothing is connected to: the document is the same everywhere.
    app = create_app(Settings.model_construct(database="postgresql:///"), with_worker=False)
    typer.echo(json.dumps(app.openapi(), indent=2, ensure_ascii=False))


@cli.command()
def reencrypt() -> None:
    """Encrypt the passwords of all integrations with the first key of IGNY8_SECRET_KEY, and print how many."""
    from igny8_engine.encryption import PasswordSafe  # noqa: PLC0415
    from igny8_engine.publications import reencrypt_passwords  # noqa: PLC0415

    safe = PasswordSafe(_settings().secret_key)
    typer.echo(json.dumps({"integrations": _in_transaction(lambda session: reencrypt_passwords(session, safe))}))


@accounts.command()
def create(
    name: Annotated[str, typer.Argument(help="The account's name, as rules have it.")],
    credits: Annotated[int, typer.Option(min=0, help="The credits that it starts with.")] = 0,
    exist_ok: Annotated[bool, typer.Option(help="Make a further key if the account is there already.")] = False,
) -> None:
    """Make an account and print its API key, which can't be shown again."""
    key = _in_transaction(lambda session: create_account(session, name, credits, exist_ok=exist_ok))
    typer.echo(json.dumps({"account": name, "api_key": key}))


@accounts.command()
def grant(
    name: Annotated[str, typer.Argument(help="The account's name.")],
    credits: Annotated[int, typer.Argument(min=1, help="The credits to add.")],
) -> None:
    """Give an account more credits and print its balance."""
    balance = _in_transaction(lambda session: grant_credits(session, name, credits))
    typer.echo(json.dumps({"account": name, "balance": balance}))


def _in_transaction(work: Callable[[AsyncSession], Awaitable[T]]) -> T:
    from igny8_engine.db.migrate import require_migrated  # noqa: PLC0415

    settings = _settings()

    async def run() -> T:
        database = Database(settings.database)
        try:
            await require_migrated(database.engine)
            async with database.transaction() as session:
                return await work(session)
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except EngineError as error:
        _fail(_sentence(error), _code(error))
    except OperationalError as error:
        reason = str(error.orig).strip().partition("\n")[0]
        _fail(f"The database that IGNY8_ENGINE_DATABASE names can't be used: {reason}", _AWAY)


def _code(error: EngineError) -> int:
    if error.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return _AWAY
    known = {httpx.codes.NOT_FOUND: _UNKNOWN, httpx.codes.UNPROCESSABLE_ENTITY: _UNUSABLE}
    return known.get(httpx.codes(error.status), _REFUSED)


def _sentence(error: EngineError) -> str:
    return f"{error.message} {error.hint}" if error.hint else error.message


if __name__ == "__main__":
    cli()

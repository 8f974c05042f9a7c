"""PostgreSQL, the content engine and Airflow, started together and ended together."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Final, Self

import httpx
import psycopg
from psycopg import sql

from igny8_local.access import Access
from igny8_local.airflow_api import PARTS, AirflowApi, airflow_health
from igny8_local.credentials import USERNAME, Credentials, write_private_json
from igny8_local.engine_api import EngineApi
from igny8_local.environment import child_environment
from igny8_local.errors import AirflowAnswerError
from igny8_local.paths import REPOSITORY, Home
from igny8_local.ports import HOST, Ports
from igny8_local.postgres import Postgres
from igny8_local.processes import Child, Processes

ACCOUNT: Final = "demo"
CREDITS: Final = 10_000
"""What the account is given when it is made; a demo run takes about 900."""

API_SERVER: Final = "api-server"
ENGINE: Final = "engine"

_MIGRATION: Final = 300.0
_READY: Final = 180.0
_MIGRATIONS: Final = REPOSITORY / "include" / "igny8_engine" / "db"


class Stack:
    """The whole system on one home folder; a context that leaves no process behind.

    On entry all processes are started; :meth:`wait_ready` says when they can be used. Where nothing has to survive a
    crash of the machine, ``durable`` may be false: see :meth:`Postgres.start`.

    Raises on entry:
        PortTakenError, AlreadyRunningError, ProcessEndedError, NotHealthyError, CommandFailedError,
        PostgresSetupError: each says what to do.
    """

    def __init__(
        self,
        home: Home,
        ports: Ports,
        *,
        environment: Mapping[str, str] | None = None,
        durable: bool = True,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = home
        self.ports = ports
        self._extra = dict(environment or {})
        self._durable = durable
        self._say = say
        self._closing = ExitStack()
        self._started: dict[str, datetime] = {}

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self._processes = opened.enter_context(Processes(self.home))
            self.ports.check()  # not before: what a killed run has left on them is ended by now
            self._http = opened.enter_context(httpx.Client(timeout=5))
            opened.callback(self.home.access.unlink, missing_ok=True)
            self.home.access.unlink(missing_ok=True)
            self._open()
            self._closing = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()

    def _open(self) -> None:
        self._say("PostgreSQL")
        self._postgres = Postgres.start(self.home.postgres, self._processes, durable=self._durable)
        for database in ("airflow", "igny8"):
            self._postgres.create_database(database)
        self._credentials = Credentials.load(self.home.credentials)
        self._make_environment()
        self._airflow = self._processes.start_forks("airflow", ["igny8_local.airflow_parts"], self.environment)
        self._migrate()
        write_private_json(self.home.airflow / "passwords.json", {USERNAME: self._credentials.airflow_password})
        self._say("the content engine and Airflow")
        self.start(ENGINE)
        self._processes.wait_ready(self._airflow.name, self._airflow.refusal, _READY)
        for name in (API_SERVER, *PARTS):
            self.start(name)

    def _make_environment(self) -> None:
        self.environment = child_environment(self.home, self.ports, self._postgres, self._credentials, self._extra)

    def _migrate(self) -> None:
        """Bring both databases up to date; takes no time when they are."""
        stamps = {"airflow": version("apache-airflow"), "igny8": _engine_schema()}
        outdated = [name for name, stamp in stamps.items() if self._stamp(name) != stamp]
        migrations = {"airflow": ["airflow", "db", "migrate"], "igny8": ["igny8_engine", "migrate"]}
        if outdated:
            self._say("the databases' tables")
        children = {name: self._run(f"migrate-{name}", *migrations[name]) for name in outdated}
        for name in reversed(outdated):  # the engine's is quick, and its account can be made meanwhile
            self._processes.finish(children[name], _MIGRATION)
            self._set_stamp(name, stamps[name])
            if name == "igny8" and not self._credentials.engine_key:
                self._make_account()
        if not self._credentials.engine_key:
            self._make_account()

    def _make_account(self) -> None:
        create = ("accounts", "create", ACCOUNT, f"--credits={CREDITS}", "--exist-ok")
        child = self._run("account", "igny8_engine", *create)
        self._processes.finish(child, _READY)
        self._credentials.engine_key = json.loads(child.log.read_text(encoding="utf-8").splitlines()[-1])["api_key"]
        child.log.unlink()
        self._credentials.save(self.home.credentials)
        self._make_environment()

    def _stamp(self, database: str) -> str | None:
        query = "select shobj_description(oid, 'pg_database') from pg_database where datname = current_database()"
        with psycopg.connect(self._postgres.url(database)) as connection:
            row = connection.execute(query).fetchone()
        return None if row is None else row[0]

    def _set_stamp(self, database: str, stamp: str) -> None:
        with psycopg.connect(self._postgres.url(database)) as connection:
            connection.execute(
                sql.SQL("comment on database {} is {}").format(sql.Identifier(database), sql.Literal(stamp))
            )

    def _run(self, name: str, module: str, *arguments: str) -> Child:
        return self._processes.start(name, [sys.executable, "-m", module, *arguments], self.environment)

    def start(self, name: str) -> None:
        """Start one part: ``engine``, ``api-server``, ``scheduler``, ``dag-processor`` or ``triggerer``."""
        airflow: dict[str, list[str]] = {
            API_SERVER: ["airflow", "api-server"],
            "scheduler": ["airflow", "scheduler", "--skip-serve-logs"],
            "dag-processor": ["airflow", "dag-processor"],
            "triggerer": ["igny8.execution.triggerer"],
        }
        self._started[name] = datetime.now(UTC)
        if name == ENGINE:
            self._run(name, "igny8_engine", "serve", f"--host={HOST}", f"--port={self.ports.engine}")
        else:
            self._processes.fork(self._airflow, name, airflow[name], self.environment)

    def kill(self, name: str) -> None:
        """``kill -9`` one part, with all of its processes."""
        self._processes.kill(name)

    def restart(self, name: str) -> None:
        """Start a part again, after stopping it if it runs, and wait until it is ready."""
        self._processes.stop(name)
        self.start(name)
        self.wait_ready(name)

    def wait_ready(self, *names: str) -> None:
        """Wait until these parts (all, if none is named) do their work."""
        for name in names or (ENGINE, API_SERVER, *PARTS):
            self._processes.wait_ready(name, lambda name=name: self._refusal(name), _READY)  # type: ignore[misc]
            if name == API_SERVER:
                # The part that tasks in workers talk to is built at its first request, and stops all others meanwhile.
                self._http.get(f"{self.ports.airflow_url}/execution/health", timeout=_READY)

    def _refusal(self, name: str) -> str | None:
        """Why a part is not ready, or None."""
        try:
            if name == ENGINE:
                answer = self._http.get(f"{self.ports.engine_url}/v1/health")
                return None if answer.is_success else f"its health check says {answer.status_code} {answer.text[:200]}"
            health = airflow_health(self._http, self.ports.airflow_url)
        except (httpx.TransportError, AirflowAnswerError) as error:
            return str(error) or type(error).__name__
        if name == API_SERVER:
            return None
        seen = health[name]["heartbeat"]
        return None if seen is not None and seen >= self._started[name] else "it has given no sign of life"

    def check(self) -> None:
        """Make sure that all processes still run.

        Raises:
            ProcessEndedError: for one that doesn't.
        """
        self._processes.check()

    def airflow(self) -> AirflowApi:
        """A new client of Airflow's REST API."""
        return AirflowApi(self.ports.airflow_url, USERNAME, self._credentials.airflow_password)

    def engine(self) -> EngineApi:
        """A new client of the engine's API, for the account :data:`ACCOUNT`."""
        return EngineApi(self.ports.engine_url, self._credentials.engine_key)

    def database_url(self, name: str) -> str:
        """The libpq URL of ``airflow`` or ``igny8``."""
        return self._postgres.url(name)

    @property
    def access(self) -> Access:
        """The addresses and logins."""
        return Access(
            airflow_url=self.ports.airflow_url,
            username=USERNAME,
            password=self._credentials.airflow_password,
            engine_url=self.ports.engine_url,
            engine_key=self._credentials.engine_key,
            account=ACCOUNT,
        )


def _engine_schema() -> str:
    """A name for the state of the engine's migrations."""
    names = sorted(path.name for path in _MIGRATIONS.rglob("versions/*.py"))
    return hashlib.sha256("\n".join(names).encode()).hexdigest()[:16]

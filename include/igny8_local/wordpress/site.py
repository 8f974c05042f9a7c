"""A WordPress that runs: PHP's own web server before a private MariaDB, on a folder that holds all of it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import httpx
from pydantic import BaseModel, ConfigDict

from igny8_local.credentials import write_private_json
from igny8_local.paths import Home
from igny8_local.ports import HOST
from igny8_local.processes import Processes
from igny8_local.wordpress.errors import NoWordPressError
from igny8_local.wordpress.programs import PHP_FILES, Programs

_READY: Final = 60.0
_SETUP: Final = 120.0
_WORKERS: Final = "4"
_LONGEST_SOCKET_PATH: Final = 107


class Login(BaseModel):
    """How a user logs in: in a browser, and over the REST API."""

    model_config = ConfigDict(frozen=True)

    password: str
    application_password: str


class Installed(BaseModel):
    """What setting a site up has come to."""

    model_config = ConfigDict(frozen=True)

    version: str
    users: dict[str, Login]


@dataclass(slots=True)
class WordPressSite:
    """One WordPress; a context that leaves no process behind. What is published stays in the folder.

    Raises on entry:
        NoWordPressError, ProcessEndedError, NotHealthyError: each says what to do.
    """

    folder: Path
    programs: Programs
    port: int
    title: str = "WordPress"
    users: Mapping[str, str] = field(default_factory=lambda: {"editor": "editor"})
    """The logins that are made or given new passwords on entry, each with its role."""
    plugins: Sequence[Path] = ()
    """Plugins of one file each that it has besides, always active."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """More for PHP, such as ``LOCAL_WORDPRESS_TYPE``."""
    processes: Processes = field(init=False)
    installed: Installed = field(init=False)
    _sockets: Path = field(init=False)
    _closing: ExitStack = field(init=False, default_factory=ExitStack)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.processes = opened.enter_context(Processes(Home(self.folder / "run")))
            self._make_tree()
            self._sockets = self._socket_folder()
            self.start_database()
            self.installed = self._set_up()
            self.start_server()
            self._closing = opened.pop_all()
        return self

    def __exit__(self, *error: object) -> None:
        self._closing.close()

    @property
    def url(self) -> str:
        """The address of its home page, without a slash at its end."""
        return f"http://{HOST}:{self.port}"

    @property
    def tree(self) -> Path:
        """WordPress' files."""
        return self.folder / "site"

    def login(self, user: str) -> tuple[str, str]:
        """The name of a user and the application password that the user has been given."""
        return user, self.installed.users[user].application_password

    def start_database(self) -> None:
        """Start MariaDB, on which nothing but a socket of ours listens."""
        self._socket.unlink(missing_ok=True)
        command = [*self._mariadb(), "--skip-networking", f"--socket={self._socket}"]
        self.processes.start("mariadb", command, self.programs.environment)
        self.processes.wait_ready("mariadb", lambda: None if self._socket.exists() else "no socket yet", _READY)

    def start_server(self) -> None:
        """Start PHP's web server."""
        limits = ("-dupload_max_filesize=8M", "-dpost_max_size=12M", "-dsendmail_path=/bin/true")
        where = ["-S", f"{HOST}:{self.port}", "-t", str(self.tree), str(PHP_FILES / "router.php")]
        environment = {**self._php_environment(), "PHP_CLI_SERVER_WORKERS": _WORKERS}
        self.processes.start("php", [*self.programs.php, *limits, *where], environment)
        self.processes.wait_ready("php", self._refusal, _READY)

    def stop(self, name: str) -> None:
        """Stop ``php`` or ``mariadb``."""
        self.processes.stop(name)

    def _make_tree(self) -> None:
        if not (self.tree / "wp-settings.php").exists():
            lay_out(self.programs, self.tree)
        if not (self._data / "mysql").is_dir():
            self._initialise()
        for plugin in self.plugins:
            shutil.copy(plugin, self.tree / "wp-content" / "mu-plugins")

    def _initialise(self) -> None:
        """Make the database server's own tables, as its installer does."""
        shutil.rmtree(self._data, ignore_errors=True)
        self._data.mkdir(parents=True)
        share = self.programs.mariadb_share
        files = [
            "*_system_tables.sql",
            "*_performance_tables.sql",
            "*_system_tables_data.sql",
            "*_gis_sp_bootstrap.sql",
        ]
        first = ["create database if not exists mysql", "use mysql"]
        first += ["set @auth_root_socket=NULL", "set @skip_auth_anonymous=1"]
        told = "".join(f"{statement};\n" for statement in first)  # each statement has to end its line
        told += "".join(next(share.glob(name)).read_text(encoding="utf-8") for name in files)
        result = subprocess.run(  # noqa: S603 - the package's own program
            [*self._mariadb(), "--bootstrap", "--max-allowed-packet=8M"],
            check=False, input=told, capture_output=True, text=True, env=self.programs.environment, timeout=_SETUP,
        )  # fmt: skip
        if result.returncode:
            raise NoWordPressError(f"MariaDB's tables can't be made: {result.stderr[-1000:]}")

    def _mariadb(self) -> list[str]:
        share = self.programs.mariadb_share
        options = {
            "basedir": self.programs.mariadb.parents[1],
            "lc-messages-dir": share,
            "character-sets-dir": share / "charsets",
            "datadir": self._data,
            "tmpdir": self._data,
            "innodb-buffer-pool-size": "32M",
            "innodb-log-file-size": "8M",
            "innodb-flush-log-at-trx-commit": "0",
            "performance-schema": "off",
        }
        as_root = ["--user=root"] if os.geteuid() == 0 else []  # the folder is ours alone, and so is the socket
        program = str(self.programs.mariadb)
        return [program, "--no-defaults", *as_root, *(f"--{name}={value}" for name, value in options.items())]

    def _set_up(self) -> Installed:
        arguments = [str(PHP_FILES / "setup.php"), str(self.tree), self.title, json.dumps(dict(self.users))]
        # Among the children, so that it ends with us: on a database that is gone it would try for minutes.
        child = self.processes.start("setup", [*self.programs.php, *arguments], self._php_environment())
        self.processes.finish(child, _SETUP)
        told = child.log.read_text(encoding="utf-8").splitlines()[-1]
        child.log.unlink()  # it holds the passwords
        return Installed.model_validate_json(told)

    def _refusal(self) -> str | None:
        try:
            answer = httpx.get(f"{self.url}/wp-json/", timeout=10, trust_env=False)
        except httpx.TransportError as error:
            return str(error) or type(error).__name__
        return None if answer.is_success else f"it says {answer.status_code} {answer.text[:200]}"

    def _php_environment(self) -> dict[str, str]:
        secret = self.folder / "secret.json"
        if not secret.exists():
            write_private_json(secret, {"secret": secrets.token_urlsafe(32)})
        return {
            **self.programs.environment,
            "LOCAL_WORDPRESS_SOCKET": str(self._socket),
            "LOCAL_WORDPRESS_SECRET": json.loads(secret.read_text(encoding="utf-8"))["secret"],
            **self.environment,
        }

    @property
    def _data(self) -> Path:
        return self.folder / "database"

    @property
    def _socket(self) -> Path:
        return self._sockets / "mariadb.sock"

    def _socket_folder(self) -> Path:
        if len(os.fsencode(self.folder / "mariadb.sock")) <= _LONGEST_SOCKET_PATH:
            self.folder.chmod(0o700)
            return self.folder
        folder = Path(tempfile.mkdtemp(prefix="igny8-"))
        self.processes.remove_at_end(folder)
        return folder


def lay_out(programs: Programs, tree: Path) -> None:
    """Copy WordPress' files, with those of other packages that they link to, into a new folder."""
    draft = tree.with_name(f"{tree.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    shutil.copytree(programs.wordpress, draft, ignore_dangling_symlinks=True)
    for name in ("wp-config.php", ".htaccess"):  # Debian's look into /etc
        (draft / name).unlink(missing_ok=True)
    for name in ("mu-plugins", "plugins", "themes", "uploads"):
        (draft / "wp-content" / name).mkdir(parents=True, exist_ok=True)
    shutil.copy(PHP_FILES / "wp-config.php", draft)
    draft.rename(tree)

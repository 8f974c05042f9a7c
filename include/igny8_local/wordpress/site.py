"""A WordPress that runs: PHP's own web server before a database of its own, on a folder that holds all of it."""

from __future__ import annotations

import json
import secrets
import shutil
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
from igny8_local.wordpress.databases import DatabaseName, SiteDatabase
from igny8_local.wordpress.mariadb import MariaDb
from igny8_local.wordpress.programs import PHP_FILES, Programs
from igny8_local.wordpress.sqlite import Sqlite

_READY: Final = 60.0
_SETUP: Final = 120.0
_WORKERS: Final = "4"


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
        NoWordPressError, NoSqliteError, ProcessEndedError, NotHealthyError: each says what to do.
    """

    folder: Path
    programs: Programs
    port: int
    title: str = "WordPress"
    users: Mapping[str, str] = field(default_factory=lambda: {"editor": "editor"})
    """The logins that are made or given new passwords on entry, each with its role."""
    plugins: Sequence[Path] = ()
    """Plugins of one file each that it has besides, always active."""
    database: DatabaseName = "mariadb"
    """What it keeps its posts in; each has its own in the folder. What SQLite needs is fetched on entry."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """More for PHP, such as ``LOCAL_WORDPRESS_TYPE``."""
    processes: Processes = field(init=False)
    installed: Installed = field(init=False)
    _database: SiteDatabase = field(init=False)
    _closing: ExitStack = field(init=False, default_factory=ExitStack)

    def __enter__(self) -> Self:
        with ExitStack() as opened:
            self.processes = opened.enter_context(Processes(Home(self.folder / "run")))
            self._make_tree()
            self._database = self._chosen_database()
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
        """Start MariaDB; have SQLite's file found."""
        self._database.start()

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
        for plugin in self.plugins:
            shutil.copy(plugin, self.tree / "wp-content" / "mu-plugins")

    def _chosen_database(self) -> SiteDatabase:
        if self.database == "mariadb":
            return MariaDb(self.folder, self.programs, self.processes)
        self.programs = self.programs.with_sqlite()
        return Sqlite(self.folder, self.programs, self.tree)

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
            **self._database.environment,
            "LOCAL_WORDPRESS_SECRET": json.loads(secret.read_text(encoding="utf-8"))["secret"],
            **self.environment,
        }


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

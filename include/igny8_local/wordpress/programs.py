"""PHP, MariaDB, WordPress and its driver for SQLite for this machine: fetched once, kept in a cache, found again."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from igny8_local.paths import REPOSITORY
from igny8_local.wordpress.debian import Apt, can_unpack
from igny8_local.wordpress.driver import DRIVER, fetch_driver
from igny8_local.wordpress.errors import NoSqliteError, NoWordPressError

CACHE: Final = REPOSITORY / ".cache" / "wordpress"
PHP_FILES: Final = Path(__file__).parent / "php"

_SUITES: Final = ("trixie", None)
"""Where WordPress comes from: the first release that has it. Of Debian 12's own, 6.1 is the last resort."""

_PHP: Final = ("php-cli", "php-curl", "php-gd", "php-mbstring", "php-mysql", "php-sqlite3", "php-xml", "php-zip")
_EXTENSIONS: Final = (
    "mysqlnd", "pdo", "ctype", "curl", "dom", "exif", "fileinfo", "gd", "iconv", "mbstring", "mysqli", "pdo_sqlite",
    "phar", "posix", "simplexml", "sockets", "sqlite3", "tokenizer", "xml", "xmlreader", "xmlwriter", "zip",
)  # fmt: skip
"""In the order in which PHP has to load them; those that are built in have no file."""


@dataclass(frozen=True, slots=True)
class Programs:
    """What a WordPress runs on, in one folder of unpacked packages; what the machine has installed is used as it is."""

    root: Path
    wordpress_root: Path | None = None
    """Where WordPress is, if it is not with the others."""
    sqlite: Path | None = None
    """The folder of what it takes to run on SQLite, if that is wanted."""

    @classmethod
    def fetched(cls) -> Self:
        """The programs, downloaded and unpacked if they are not there yet (about 15 s).

        ``WORDPRESS_SUITE`` names the Debian release that WordPress is taken from; ``own`` is the machine's.

        Raises:
            NoWordPressError: they can't be had here.
        """
        named = os.environ.get("WORDPRESS_SUITE", "").strip()
        suites = _SUITES if not named else (None if named == "own" else named,)
        folder = CACHE / (named or "default")
        _have(folder, lambda draft, made: _fetch(draft, suites, made / "root"))
        return cls(folder / "root")

    def with_wordpress_of(self, suite: str) -> Programs:
        """The same programs with the WordPress of another Debian release, downloaded if it is not there yet (20 MB).

        Raises:
            NoWordPressError: it can't be had here.
        """
        folder = CACHE / f"wordpress-{suite}"
        _have(folder, lambda draft, made: _fetch_wordpress(Apt(draft / "apt", suite), made / "root"))
        return replace(self, wordpress_root=folder / "root")

    def with_sqlite(self) -> Programs:
        """The same programs with what WordPress needs on SQLite, fetched if it is not there yet (a second).

        Raises:
            NoSqliteError, NoWordPressError: it can't be had here.
        """
        folder = CACHE / f"sqlite-{DRIVER.version}"
        _have(folder, self._fetch_sqlite)
        return replace(self, sqlite=folder)

    @property
    def wordpress(self) -> Path:
        """WordPress' files; some are links to other packages."""
        return (self.wordpress_root or self.root) / "usr" / "share" / "wordpress"

    @property
    def wordpress_version(self) -> str:
        """WordPress' version, such as ``6.8.3``."""
        text = (self.wordpress / "wp-includes" / "version.php").read_text(encoding="utf-8")
        found = re.search(r"\$wp_version = '([^']+)'", text)
        if found is None:
            raise NoWordPressError("the package wordpress does not say which version it is of")
        return found[1]

    @property
    def driver(self) -> Path:
        """The plugin that lets WordPress run on SQLite."""
        if self.sqlite is None:
            raise NoSqliteError("these programs were fetched without what it takes")
        return self.sqlite / "driver"

    @property
    def php(self) -> list[str]:
        """The command that runs PHP with the extensions that WordPress needs."""
        settings = {"memory_limit": "256M", "display_errors": "stderr", "log_errors": "1"}
        settings |= {"opcache.enable_cli": "1", "opcache.max_accelerated_files": "8000", "realpath_cache_size": "4M"}
        flags = ["-n", *(f"-d{name}={value}" for name, value in settings.items())]
        for name in ("opcache", *_EXTENSIONS):
            file = self._extension(name)
            if file is not None:
                flags.append(f"-d{'zend_extension' if name == 'opcache' else 'extension'}={file}")
        return [str(self._php), *flags]

    @property
    def _php(self) -> Path:
        binary = _newest(self.root / "usr/bin", "php[0-9].[0-9]") or _newest(Path("/usr/bin"), "php[0-9].[0-9]")
        if binary is None:
            raise NoWordPressError("the package php-cli has no PHP in it")
        return binary

    def _fetch_sqlite(self, draft: Path, made: Path) -> None:
        fetch_driver(draft / "npm", made / "driver")
        if self._extension("pdo_sqlite") is None:  # the others were fetched before it was wanted
            apt = Apt(draft / "apt")
            apt.update()
            apt.unpack(apt.missing([f"{self._php.name}-sqlite3"]), made / "root")

    def _extension(self, name: str) -> Path | None:
        folders = [folder for root in (*self._roots, Path("/")) for folder in (root / "usr/lib/php").glob("20*")]
        return next((folder / f"{name}.so" for folder in folders if (folder / f"{name}.so").exists()), None)

    @property
    def _roots(self) -> list[Path]:
        return [self.root] if self.sqlite is None else [self.root, self.sqlite / "root"]

    @property
    def mariadb(self) -> Path:
        """The database server."""
        unpacked = self.root / "usr/sbin/mariadbd"
        return unpacked if unpacked.exists() else Path("/usr/sbin/mariadbd")

    @property
    def mariadb_share(self) -> Path:
        """The folder of the database server's messages and of the statements that make its own tables."""
        base = self.mariadb.parents[1]
        found = next((base / "share").glob("m*/maria*_gis_sp_bootstrap.sql"), None)
        if found is None:
            raise NoWordPressError("the package mariadb-server-core has no tables in it")
        return found.parent

    @property
    def environment(self) -> dict[str, str]:
        """The environment in which the unpacked programs find their unpacked libraries."""
        places = ("usr/lib/*-linux-gnu", "lib/*-linux-gnu")
        folders = [folder for root in self._roots for place in places for folder in root.glob(place)]
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, folders)),
            "TZ": "UTC",
        }


def _have(folder: Path, fetch: Callable[[Path, Path], None]) -> None:
    """Have a folder fetched unless it is there: whole or not at all, and by one process while others wait for it.

    ``fetch`` is given a folder to work in and one for what is to stay, which are nobody else's: when a process is
    killed, the programs that it has started may still be at work on theirs.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / "fetched").exists():
            return
        for left in (path for path in folder.iterdir() if path.is_dir()):
            shutil.rmtree(left, ignore_errors=True)
        with TemporaryDirectory(prefix="draft-", dir=folder, ignore_cleanup_errors=True) as name:
            draft, made = Path(name), Path(name, "made")
            made.mkdir()
            fetch(draft, made)
            for path in made.iterdir():
                path.rename(folder / path.name)
        (folder / "fetched").touch()


def _fetch(draft: Path, suites: tuple[str | None, ...], root: Path) -> None:
    if not can_unpack():
        raise NoWordPressError("it has no apt-get and dpkg-deb")
    own = Apt(draft / "apt")
    own.update()
    own.unpack(own.missing([*_PHP, "mariadb-server-core"]), root)
    reasons = []
    for suite in suites:
        source = own if suite is None else Apt(draft / f"apt-{suite}", suite)
        try:
            _fetch_wordpress(source, root)
        except NoWordPressError as error:
            reasons.append(error.reason)
        else:
            return
    raise NoWordPressError("; ".join(reasons))


def _fetch_wordpress(source: Apt, root: Path) -> None:
    if source.suite is not None:
        source.update()
    linked = source.related("wordpress", ("libjs-", "php-getid3", "wordpress-theme-"))
    source.unpack(["wordpress", *linked], root)


def _newest(folder: Path, pattern: str) -> Path | None:
    return max(folder.glob(pattern), default=None)

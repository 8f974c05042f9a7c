"""SQLite under one site: one file, and PHP opens it by itself."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from igny8_local.wordpress.driver import oldest_wordpress
from igny8_local.wordpress.errors import NoSqliteError
from igny8_local.wordpress.programs import PHP_FILES, Programs


@dataclass(frozen=True, slots=True)
class Sqlite:
    """The file, and what has WordPress use it in place of MariaDB."""

    folder: Path
    """The site's."""
    programs: Programs
    tree: Path
    """WordPress' files."""

    @property
    def file(self) -> Path:
        """All that the site has, but for its uploads."""
        return self.folder / "sqlite" / "wordpress.sqlite3"

    @property
    def environment(self) -> Mapping[str, str]:
        """What PHP has to know to find it."""
        return {
            "LOCAL_WORDPRESS_SQLITE": str(self.file),
            "LOCAL_WORDPRESS_DRIVER": str(self.programs.driver),
        }

    def start(self) -> None:
        """Have WordPress look for the file, which it makes by itself.

        Raises:
            NoSqliteError: this WordPress is too old for it.
        """
        oldest, version = oldest_wordpress(self.programs.driver), self.programs.wordpress_version
        if _numbers(version) < _numbers(oldest):
            raise NoSqliteError(
                f"its driver is for WordPress from {oldest} on, and this one is {version}. Take another one: "
                "WORDPRESS_SUITE=trixie"
            )
        self.file.parent.mkdir(mode=0o700, exist_ok=True)
        place = self.tree / "wp-content" / "db.php"
        draft = place.with_suffix(".new")
        shutil.copy(PHP_FILES / "db.php", draft)
        draft.replace(place)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.partition("-")[0].split("."))

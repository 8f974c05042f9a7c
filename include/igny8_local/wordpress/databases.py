"""What a WordPress on this machine keeps its posts in: MariaDB, which it is made for, or one file of SQLite."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final, Literal, Protocol

from igny8_local.errors import BadSettingError

DatabaseName = Literal["mariadb", "sqlite"]

SHOWN: Final[Mapping[DatabaseName, str]] = {"mariadb": "MariaDB", "sqlite": "SQLite"}
"""The databases by their names for people."""


class SiteDatabase(Protocol):
    """The database of one site."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What PHP has to know to find it."""

    def start(self) -> None:
        """Have it ready, made anew if there is none yet."""


def wanted_database() -> DatabaseName:
    """What ``WORDPRESS_DATABASE`` says, else MariaDB.

    Raises:
        BadSettingError: it names another.
    """
    asked = os.environ.get("WORDPRESS_DATABASE", "").strip()
    for name in SHOWN:
        if asked == name:
            return name
    if asked:
        raise BadSettingError("WORDPRESS_DATABASE", asked, f"it is {' or '.join(SHOWN)}.")
    return "mariadb"

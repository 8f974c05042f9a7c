"""Why there is no real WordPress on this machine, as a sentence that says what to do."""

from __future__ import annotations

from igny8_local.errors import LocalError


class NoWordPressError(LocalError):
    """A real WordPress can't be set up here."""

    def __init__(self, reason: str) -> None:
        self.reason = reason.strip()
        super().__init__(
            f"A real WordPress can't be set up on this machine: {self.reason}\n"
            "It takes Debian or Ubuntu, whose packages of PHP, MariaDB and WordPress are downloaded with apt-get "
            "and unpacked into .cache; nothing is installed and no root is needed."
        )


class NoSqliteError(LocalError):
    """WordPress can't run on SQLite here."""

    def __init__(self, reason: str) -> None:
        self.reason = reason.strip()
        super().__init__(
            f"WordPress can't run on SQLite on this machine: {self.reason}\n"
            "It can on MariaDB, which needs nothing of this: leave WORDPRESS_DATABASE out."
        )

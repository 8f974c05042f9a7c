"""Where the articles go: to a real WordPress on this machine, the preview site, or a WordPress of the user's own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final, Literal, Self

from igny8_local.errors import BadSettingError, LocalError
from igny8_local.paths import HELPER_PLUGIN, Home
from igny8_local.ports import Ports
from igny8_local.wordpress.databases import SHOWN, DatabaseName, wanted_database
from igny8_local.wordpress.programs import Programs
from igny8_local.wordpress.site import WordPressSite

PLACES: Final = ("wordpress", "preview", "own")
"""The names of the integrations that are made here."""

_USER: Final = "editor"
_TITLE: Final = "Home espresso"


@dataclass(frozen=True, slots=True)
class Place:
    """A WordPress to publish to."""

    name: Literal["wordpress", "own"]
    url: str
    username: str
    password: str
    """The application password."""
    login: str | None = None
    """The password for the browser, of the WordPress on this machine."""


@dataclass(frozen=True, slots=True)
class WantedPlace:
    """What ``WORDPRESS`` asks for.

    ``preview``: the engine's preview site. ``local``: a WordPress on this machine. An address: that site, with
    ``WORDPRESS_USERNAME`` and ``WORDPRESS_PASSWORD`` (an application password). Nothing: a WordPress on this machine,
    or the preview site where there can't be one.
    """

    kind: Literal["any", "local", "preview", "own"] = "any"
    own: Place | None = None
    database: DatabaseName = "mariadb"
    """What a WordPress on this machine runs on: ``WORDPRESS_DATABASE``."""

    @classmethod
    def from_environment(cls) -> Self:
        """Read it.

        Raises:
            BadSettingError: it is none of these, the credentials are missing, or there is no such database.
        """
        asked, database = os.environ.get("WORDPRESS", "").strip(), wanted_database()
        if "://" in asked:
            return cls("own", _own(asked))
        if asked in {"local", "preview"}:
            return cls("local" if asked == "local" else "preview", database=database)
        if asked:
            raise BadSettingError("WORDPRESS", asked, "it is local, preview, or the address of a site (https://…).")
        return cls(database=database)

    @property
    def status(self) -> Literal["publish", "draft"]:
        """What becomes of the articles: on a site of the user's own a person decides."""
        return "draft" if self.kind == "own" else "publish"

    @contextmanager
    def opened(self, home: Home, ports: Ports, say: Callable[[str], None]) -> Iterator[Place | None]:
        """The place, up until the block ends; ``None`` is the preview site.

        Raises:
            LocalError: a WordPress on this machine is asked for, and there can't be one.
        """
        with ExitStack() as opened:
            found = self.own
            if self.kind in {"any", "local"}:
                say(f"WordPress on {SHOWN[self.database]}, from Debian's packages")
                try:
                    found = opened.enter_context(_local(home, ports, self.database))
                except LocalError as error:
                    if self.kind == "local":
                        raise
                    say(f"the preview site, since there is no WordPress: {str(error).splitlines()[0]}")
            yield found


@contextmanager
def _local(home: Home, ports: Ports, database: DatabaseName) -> Iterator[Place]:
    ports.check_wordpress()
    fetched, users = Programs.fetched(), {_USER: "editor"}
    place = (home.wordpress, fetched, ports.wordpress, _TITLE, users)
    with WordPressSite(*place, database=database, plugins=[HELPER_PLUGIN]) as site:
        username, password = site.login(_USER)
        yield Place("wordpress", site.url, username, password, site.installed.users[_USER].password)


def _own(url: str) -> Place:
    values = {name: os.environ.get(name, "").strip() for name in ("WORDPRESS_USERNAME", "WORDPRESS_PASSWORD")}
    for name, value in values.items():
        if not value:
            raise BadSettingError(
                name, value, "WORDPRESS names a site; its user and an application password of that user are needed too."
            )
    return Place("own", url, values["WORDPRESS_USERNAME"], values["WORDPRESS_PASSWORD"])

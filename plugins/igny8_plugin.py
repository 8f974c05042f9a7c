"""The one file that Airflow loads as a plugin. The package beside it is kept out by .airflowignore."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from airflow.plugins_manager import AirflowPlugin

if TYPE_CHECKING:
    from airflow.timetables.base import Timetable

log = logging.getLogger(__name__)

Entries = list[dict[str, Any]]
T = TypeVar("T")


def _guarded(build: Callable[[Any], list[T]]) -> cached_property[list[T]]:
    """A property that is made when it is first asked for, and is empty where that fails.

    Every task's process loads this file, and only the API server has use for its web side, and the scheduler for its
    timetable; they take seconds to import. An exception here would keep the API server from starting.
    """

    def get(plugin: AirflowPlugin) -> list[T]:
        try:
            return build(plugin)
        except Exception:
            log.exception("The rules' %s cannot be made; Airflow goes on without them.", build.__name__)
            return []

    return cached_property(get)


class Igny8Plugin(AirflowPlugin):
    """Puts the package ``igny8`` on the path of every Airflow process.

    The API server gets the rules' REST API, and Airflow's UI their pages.
    """

    name = "igny8"

    @_guarded
    def timetables(self) -> list[type[Timetable]]:
        """The timetable of rules with quiet times."""
        from igny8.dagfactory.timetable import QuietTimetable  # noqa: PLC0415

        return [QuietTimetable]

    @_guarded
    def fastapi_apps(self) -> Entries:
        """The REST API."""
        from igny8.api.app import create_app  # noqa: PLC0415
        from igny8.api.parts import PREFIX  # noqa: PLC0415

        return [{"app": create_app(), "url_prefix": PREFIX, "name": "IGNY8 Automation"}]

    @_guarded
    def react_apps(self) -> Entries:
        """The web pages."""
        from igny8.api.pages import react_apps  # noqa: PLC0415

        return react_apps()

    @_guarded
    def fastapi_root_middlewares(self) -> Entries:
        """What lets the REST API call Airflow's own as its caller."""
        from igny8.api.inprocess import RememberRootApp  # noqa: PLC0415

        return [{"middleware": RememberRootApp, "name": "igny8 root app", "args": [], "kwargs": {}}]

"""The programs that this command hands over to: the local system and the engine's own commands."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from igny8.cli.errors import RefusedError


def local_command(*arguments: str) -> NoReturn:
    """Become ``python -m igny8_local …``: the whole system on this machine."""
    _become("igny8_local", *arguments)


def engine_command(*arguments: str) -> NoReturn:
    """Become ``python -m igny8_engine …`` on the database that the environment names, or the local system's."""
    if os.environ.get("IGNY8_ENGINE_DATABASE"):
        _become("igny8_engine", *arguments)
    _become("igny8_local", "engine", *arguments)


def _become(module: str, *arguments: str) -> NoReturn:
    sys.stdout.flush()
    sys.stderr.flush()
    try:
        os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606 - no shell is wanted
    except OSError as error:
        raise RefusedError(f"{sys.executable} can't be started: {error.strerror or error}.") from error

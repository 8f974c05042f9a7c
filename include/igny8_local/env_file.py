"""Files of KEY=VALUE lines, in the dialect that docker compose reads as an ``env_file``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from igny8_local.errors import EnvironmentFileError

_LINE: Final = re.compile(r"(?P<key>[A-Za-z_][A-Za-z0-9_]*)=(?P<value>.*)")


def read_env_file(path: Path) -> dict[str, str]:
    """The values by name. Empty lines and lines that start with ``#`` are left out; values are taken as they are.

    Raises:
        EnvironmentFileError: when another line is not of the form KEY=VALUE.
    """
    values: dict[str, str] = {}
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        line = text.strip()
        if not line or line.startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise EnvironmentFileError(path, number, line)
        values[match["key"]] = match["value"].strip()
    return values

"""WordPress' driver for SQLite, a plugin by the WordPress project: Debian has no package of it, but npm has."""

from __future__ import annotations

import io
import re
import tarfile
import zipfile
from pathlib import Path
from typing import Final

from igny8_local.wordpress.errors import NoSqliteError
from igny8_local.wordpress.npm import NpmPackage

DRIVER: Final = NpmPackage(
    "@wp-playground/cli",
    "3.1.56",
    "sha512-JTxl6djPEM2YRYz/w+BUoyoCvhSGHIjqMi4fMV1b8o1UPNvZatLaS7opo57UsrVElXrfdZwvi6IuyS4LswUx9Q==",
)
"""What it comes out of. Another version has another hash, which ``npm view`` tells as its ``dist.integrity``."""

_PLUGIN: Final = "plugin-sqlite-database-integration"


def fetch_driver(draft: Path, folder: Path) -> None:
    """Fetch the driver by way of one new folder and put it into another.

    Raises:
        NoSqliteError: it can't be had here.
    """
    with tarfile.open(DRIVER.download(draft)) as package:
        found = package.extractfile("package/sqlite-database-integration.zip")
        if found is None:
            raise NoSqliteError(f"{DRIVER} has no driver in it")
        with zipfile.ZipFile(io.BytesIO(found.read())) as plugin:
            plugin.extractall(draft)  # noqa: S202 - a zip, and the one that is pinned
    (draft / _PLUGIN).rename(folder)


def oldest_wordpress(driver: Path) -> str:
    """The oldest WordPress that the driver says it is for, such as ``6.4``."""
    text = (driver / "readme.txt").read_text(encoding="utf-8")
    found = re.search(r"^Requires at least:\s*([\d.]+)", text, re.MULTILINE)
    return found[1] if found else "0"

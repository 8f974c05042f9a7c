"""Debian packages without root: downloaded with the system's apt and unpacked into a folder, never installed."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from igny8_local.wordpress.errors import NoWordPressError

_INSTALLED: Final = Path("/var/lib/dpkg/status")
_SOURCES: Final = (Path("/etc/apt/sources.list.d/debian.sources"), Path("/etc/apt/sources.list"))
_PATIENCE: Final = 300.0


@dataclass(frozen=True, slots=True)
class Apt:
    """The packages of one release. The system's own lists, caches and packages are read and never changed.

    Every method raises :class:`NoWordPressError` with apt's own words when it fails.
    """

    folder: Path
    """Where lists and downloads are kept."""
    suite: str | None = None
    """Another release than the machine's, such as ``trixie``."""

    def update(self) -> None:
        """Read what packages there are."""
        for name in ("lists/partial", "cache/archives/partial", "parts", "debs"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        if self.suite is not None:
            source = _source_of(self.suite)
            kind = "sources" if "\n" in source else "list"
            (self.folder / "parts" / f"suite.{kind}").write_text(f"{source}\n", encoding="utf-8")
        self._apt("apt-get", "update")

    def related(self, name: str, prefixes: tuple[str, ...]) -> list[str]:
        """The packages whose names begin so among those that a package depends on or recommends."""
        found = [line.split()[-1] for line in self._apt("apt-cache", "depends", name).splitlines() if ":" in line]
        return list(dict.fromkeys(package for package in found if package.startswith(prefixes)))

    def missing(self, names: Sequence[str]) -> list[str]:
        """What would have to be installed on this machine to have these packages."""
        told = self._apt("apt-get", "--simulate", "--no-install-recommends", "install", *names)
        return [line.split()[1] for line in told.splitlines() if line.startswith("Inst ")]

    def unpack(self, names: Sequence[str], root: Path) -> None:
        """Download these packages, and no others, and unpack them below the folder."""
        if names:
            self._apt("apt-get", "download", *names)
        root.mkdir(parents=True, exist_ok=True)
        for package in sorted((self.folder / "debs").glob("*.deb")):
            _run(["dpkg-deb", "--extract", package, root], self.folder)
            package.unlink()

    def _apt(self, program: str, *arguments: str) -> str:
        options = {
            "Dir::State::lists": self.folder / "lists",
            "Dir::Cache": self.folder / "cache",
            "Acquire::Languages": "none",
            "Acquire::Retries": "2",
            "APT::Sandbox::User": getpass.getuser(),
        }
        if self.suite is not None:
            parts, nothing = self.folder / "parts", Path(os.devnull)
            options |= {"Dir::Etc::sourcelist": nothing, "Dir::Etc::sourceparts": parts, "Dir::State::status": nothing}
        flags = [part for name, value in options.items() for part in ("-o", f"{name}={value}")]
        return _run([program, "-qq", *flags, *arguments], self.folder / "debs")


def can_unpack() -> bool:
    """Whether this machine has apt and dpkg."""
    return all(shutil.which(program) for program in ("apt-get", "apt-cache", "dpkg-deb")) and _INSTALLED.exists()


def _source_of(suite: str) -> str:
    """The machine's own source of Debian packages, made one for another release."""
    for path in _SOURCES:
        if not path.exists() or "ID=debian" not in Path("/etc/os-release").read_text(encoding="utf-8").split():
            continue
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".sources":
            lines = [line for line in text.strip().split("\n\n")[0].splitlines() if not line.startswith("#")]
            return "\n".join(f"Suites: {suite}" if line.startswith("Suites:") else line for line in lines)
        for line in text.splitlines():
            words = line.split()
            if words[:1] == ["deb"]:
                address = 1 if not words[1].startswith("[") else 1 + line.split("]")[0].count(" ")
                return " ".join([*words[: address + 1], suite, "main"])
    raise NoWordPressError(f"it has no list of Debian's packages to find the release {suite} by")


def _run(command: Sequence[str | Path], folder: Path) -> str:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        result = subprocess.run(  # noqa: S603 - the system's own programs
            command, check=False, capture_output=True, text=True, cwd=folder, env=environment, timeout=_PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NoWordPressError(f"{command[0]}: {error}") from error
    if result.returncode:
        raise NoWordPressError(f"{' '.join(map(str, command[-6:]))} failed: {result.stderr.strip()[-800:]}")
    return result.stdout

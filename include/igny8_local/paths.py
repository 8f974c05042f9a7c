"""Where everything lies: the repository's folders, and the home folder that holds all state."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

REPOSITORY: Final = Path(__file__).resolve().parents[2]
"""The checkout that this package lies in."""

AIRFLOW_SETTINGS: Final = REPOSITORY / "include" / "airflow.env"
HELPER_PLUGIN: Final = REPOSITORY / "include" / "wordpress" / "igny8-helper" / "igny8-helper.php"
"""Our plugin for WordPress."""
SAMPLE_KEYWORDS: Final = REPOSITORY / "include" / "sample" / "keywords.csv"


def rules_path() -> str:
    """Where the rules are: what ``IGNY8_RULES_PATH`` names (a folder, or a URL), else ``rules`` in the repository."""
    return _named("IGNY8_RULES_PATH", REPOSITORY / "rules")


def presets_path() -> str:
    """Where the presets are: what ``IGNY8_PRESETS_PATH`` names (a folder, or a URL), else those of the repository."""
    return _named("IGNY8_PRESETS_PATH", REPOSITORY / "rules" / "presets")


def _named(variable: str, default: Path) -> str:
    named = os.environ.get(variable, "").strip()
    if "://" in named:
        return named
    return str(Path(named).expanduser().resolve() if named else default)


@dataclass(frozen=True, slots=True)
class Home:
    """The folder that holds the state of one system: databases, logs, secrets, the preview site."""

    path: Path

    @classmethod
    def from_environment(cls) -> Home:
        """The folder that ``IGNY8_HOME`` names, else ``.igny8`` in the repository."""
        named = os.environ.get("IGNY8_HOME", "").strip()
        return cls(Path(named).expanduser().resolve() if named else REPOSITORY / ".igny8")

    def make(self) -> None:
        """Make the folder and those in it that other programs expect to be there."""
        for folder in (self.path, self.logs, self.airflow, self.preview):
            folder.mkdir(parents=True, exist_ok=True)

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data folder."""
        return self.path / "postgres"

    @property
    def logs(self) -> Path:
        """One log file for each process."""
        return self.path / "logs"

    @property
    def airflow(self) -> Path:
        """``AIRFLOW_HOME``."""
        return self.path / "airflow"

    @property
    def preview(self) -> Path:
        """The preview site's posts and media."""
        return self.path / "preview"

    @property
    def wordpress(self) -> Path:
        """The WordPress on this machine, with all that is published there."""
        return self.path / "wordpress"

    @property
    def credentials(self) -> Path:
        """The generated secrets."""
        return self.path / "credentials.json"

    @property
    def access(self) -> Path:
        """What scripts need to use the running system."""
        return self.path / "access.json"

    @property
    def lock(self) -> Path:
        """Held by the process that has the system up."""
        return self.path / "lock"

    @property
    def running(self) -> Path:
        """The processes that are up."""
        return self.path / "running.json"

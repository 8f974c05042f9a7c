"""``access.json``: what a script needs to use the running system."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from igny8_local.credentials import write_private_json


@dataclass(frozen=True, slots=True)
class Access:
    """The addresses and logins of a system that is up."""

    airflow_url: str
    username: str
    password: str
    engine_url: str
    engine_key: str
    account: str

    def write(self, path: Path) -> None:
        """Write the file with mode 600; it is there only while the system is up."""
        write_private_json(path, asdict(self))

    @classmethod
    def read(cls, path: Path) -> Access:
        """What an earlier :meth:`write` wrote."""
        return cls(**json.loads(path.read_text(encoding="utf-8")))

"""The secrets of one system, made once and kept in a file that only its owner can read."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet

USERNAME: Final = "admin"
"""The one user of Airflow's UI and REST API."""


def _token() -> str:
    return secrets.token_urlsafe(32)


def _fernet() -> str:
    return Fernet.generate_key().decode()


def _webhook_secret() -> str:
    return f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"


@dataclass(slots=True)
class Credentials:
    """What has to stay the same from one start to the next."""

    airflow_fernet_key: str = field(default_factory=_fernet)
    airflow_jwt_secret: str = field(default_factory=_token)
    airflow_api_secret: str = field(default_factory=_token)
    airflow_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    engine_secret_key: str = field(default_factory=_fernet)
    events_secret: str = field(default_factory=_webhook_secret)
    """What the engine signs its events with, and Airflow's half checks them with."""
    engine_key: str = ""
    """The API key of the account; empty until the engine has made one."""

    @classmethod
    def load(cls, path: Path) -> Credentials:
        """Those of the file; what it lacks is made and stored."""
        stored = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        credentials = cls(**stored)
        if asdict(credentials) != stored:
            credentials.save(path)
        return credentials

    def save(self, path: Path) -> None:
        """Write the file."""
        write_private_json(path, asdict(self))


def write_private_json(path: Path, content: dict[str, str]) -> None:
    """Write a JSON file at once and with mode 600, never readable to others in between."""
    draft = path.with_name(f"{path.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    draft.replace(path)

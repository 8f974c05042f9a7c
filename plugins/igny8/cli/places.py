"""Where things are: the home folder of a system on this machine, the rules, the checkout, and the addresses to call."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from igny8.cli.errors import NoSystemError, UnreachableError

CHECKOUT: Final = Path(__file__).resolve().parents[3]
"""The checkout that this package lies in, unless it was installed without one."""


@dataclass(frozen=True, slots=True)
class Airflow:
    """Airflow's address, and one way to be let in: a token, or a user's name and password."""

    url: str
    token: str | None = None
    username: str | None = None
    password: str | None = None


@dataclass(frozen=True, slots=True)
class Engine:
    """The content engine's address and an account's API key."""

    url: str
    key: str | None


def home() -> Path:
    """The home folder of the system on this machine: ``IGNY8_HOME``, else ``.igny8`` here, else in the checkout."""
    named = os.environ.get("IGNY8_HOME", "").strip()
    if named:
        return Path(named).expanduser()
    here = Path(".igny8")
    return here if here.is_dir() or not _is_checkout() else CHECKOUT / ".igny8"


def rules_folder() -> str:
    """The rules: what ``IGNY8_RULES_PATH`` names, else ``rules`` here, else in the checkout."""
    named = os.environ.get("IGNY8_RULES_PATH", "").strip()
    if named:
        return named
    return "rules" if Path("rules").is_dir() or not _is_checkout() else str(CHECKOUT / "rules")


def airflow(url: str | None, token: str | None) -> Airflow:
    """Where Airflow is, from the options, the environment and the local system, in this order.

    What the local system knows is used for its own address only: no password of it is ever sent elsewhere.

    Raises:
        NoSystemError: when nothing says where it is.
    """
    access = _access()
    address = _address(url or access.get("airflow_url"))
    if not address:
        raise NoSystemError("Airflow", str(home() / "access.json"), "--url and IGNY8_TOKEN")
    username = os.environ.get("IGNY8_USERNAME", "").strip()
    password = os.environ.get("IGNY8_PASSWORD", "")
    if token:
        return Airflow(address, token=token)
    if username:
        return Airflow(address, username=username, password=password)
    if address == _address(access.get("airflow_url")):
        return Airflow(address, username=access.get("username"), password=access.get("password"))
    return Airflow(address)


def engine(url: str | None, key: str | None) -> Engine:
    """Where the content engine is, from the options, the environment and the local system, in this order.

    Raises:
        NoSystemError: when nothing says where it is.
    """
    access = _access()
    address = _address(url or access.get("engine_url"))
    if not address:
        raise NoSystemError("the content engine", str(home() / "access.json"), "--engine-url and IGNY8_ENGINE_KEY")
    if key or address != _address(access.get("engine_url")):
        return Engine(address, key)
    return Engine(address, access.get("engine_key"))


def _address(url: str | None) -> str:
    return (url or "").strip().rstrip("/")


def _access() -> Mapping[str, str]:
    path = home() / "access.json"
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UnreachableError(f"{path} can't be read: {error}") from error
    if not isinstance(read, dict):
        raise UnreachableError(f"{path} is no JSON object.")
    return {name: value for name, value in read.items() if isinstance(value, str)}


def _is_checkout() -> bool:
    return (CHECKOUT / "include" / "igny8_local").is_dir()

"""The environment that all child processes share."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Final

from igny8_local.credentials import USERNAME, Credentials
from igny8_local.env_file import read_env_file
from igny8_local.paths import AIRFLOW_SETTINGS, REPOSITORY, Home, presets_path, rules_path
from igny8_local.ports import HOST, Ports
from igny8_local.postgres import Postgres

_PYTHONPATH: Final = os.pathsep.join(str(REPOSITORY / folder) for folder in ("plugins", "include"))
_NOT_INHERITED: Final = ("AIRFLOW", "_AIRFLOW", "COVERAGE", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME")


def engine_environment(home: Home, ports: Ports, database_url: str, credentials: Credentials) -> dict[str, str]:
    """The environment for a command of the engine's beside a system that is up.

    Args:
        home: The system's home folder.
        ports: Where the system listens.
        database_url: The libpq URL of the engine's database.
        credentials: The system's secrets.
    """
    return {**os.environ, "PYTHONPATH": _PYTHONPATH, **_engine(home, ports, database_url, credentials)}


def child_environment(
    home: Home, ports: Ports, postgres: Postgres, credentials: Credentials, extra: Mapping[str, str]
) -> dict[str, str]:
    """The environment for the engine and for all of Airflow's processes.

    Settings that name paths, ports or secrets of this machine are made here; the others are those of airflow.env.
    Variables of another Airflow that the caller's environment may hold are left out, and those of a measurement of the
    caller: Airflow takes twice as long to start when it is measured, too.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    return {
        **inherited,
        "PYTHONPATH": _PYTHONPATH,
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # glibc keeps one arena per core and thread otherwise, mostly empty
        "IGNY8_RULES_PATH": rules_path(),
        "IGNY8_PRESETS_PATH": presets_path(),
        **read_env_file(AIRFLOW_SETTINGS),
        **_airflow(home, ports, postgres, credentials),
        **_engine(home, ports, postgres.url("igny8"), credentials),
        **_events(ports, credentials),
        **extra,
    }


def _airflow(home: Home, ports: Ports, postgres: Postgres, credentials: Credentials) -> dict[str, str]:
    database = postgres.url("airflow").removeprefix("postgresql")
    login = {"login": USERNAME, "password": credentials.airflow_password}
    return {
        "AIRFLOW_HOME": str(home.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__DAG_PROCESSOR__DAG_BUNDLE_STORAGE_PATH": str(home.airflow / "bundles"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__FERNET_KEY": credentials.airflow_fernet_key,
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{ports.airflow_url}/execution/",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USERNAME}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home.airflow / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2{database}",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC": f"postgresql+asyncpg{database}",
        "AIRFLOW__API__HOST": HOST,
        "AIRFLOW__API__PORT": str(ports.airflow),
        "AIRFLOW__API__BASE_URL": ports.airflow_url,
        "AIRFLOW__API__SECRET_KEY": credentials.airflow_api_secret,
        "AIRFLOW__API_AUTH__JWT_SECRET": credentials.airflow_jwt_secret,
        "AIRFLOW_CONN_IGNY8_ENGINE": _connection(ports.engine_url, {"password": credentials.engine_key}),
        "AIRFLOW_CONN_IGNY8_AIRFLOW": _connection(ports.airflow_url, login),
    }


def _engine(home: Home, ports: Ports, database_url: str, credentials: Credentials) -> dict[str, str]:
    allowed = os.environ.get("IGNY8_ALLOWED_HOSTS", "")
    ours = f"{HOST}:{ports.engine},{HOST}:{ports.wordpress}"
    return {
        "IGNY8_ENGINE_DATABASE": database_url,
        "IGNY8_SECRET_KEY": credentials.engine_secret_key,
        "IGNY8_PREVIEW_PATH": str(home.preview),
        "IGNY8_ALLOWED_HOSTS": f"{allowed},{ours}" if allowed else ours,
    }


def _events(ports: Ports, credentials: Credentials) -> dict[str, str]:
    """Both halves read the secret: the engine signs with it, Airflow's half checks with it."""
    return {
        "IGNY8_EVENTS_URL": f"{ports.airflow_url}/api/v1/automation/hooks/",
        "IGNY8_EVENTS_SECRET": credentials.events_secret,
    }


def _connection(url: str, values: dict[str, str]) -> str:
    return json.dumps({"conn_type": "http", "host": url, **values})

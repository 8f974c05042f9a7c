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

_NOT_INHERITED: Final = ("AIRFLOW", "_AIRFLOW", "PYTHONDONTWRITEBYTECODE", "PYTHONHOME")


def child_environment(
    home: Home, ports: Ports, postgres: Postgres, credentials: Credentials, extra: Mapping[str, str]
) -> dict[str, str]:
    """The environment for the engine and for all of Airflow's processes.

    Settings that name paths, ports or secrets of this machine are made here; the others are those of airflow.env.
    Variables of another Airflow that the caller's environment may hold are left out.
    """
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_INHERITED)}
    return {
        **inherited,
        "PYTHONPATH": os.pathsep.join(str(REPOSITORY / folder) for folder in ("plugins", "include")),
        "PYTHONUNBUFFERED": "1",
        "MALLOC_ARENA_MAX": "2",  # glibc keeps one arena per core and thread otherwise, mostly empty
        "IGNY8_RULES_PATH": rules_path(),
        "IGNY8_PRESETS_PATH": presets_path(),
        **read_env_file(AIRFLOW_SETTINGS),
        **_airflow(home, ports, postgres, credentials),
        **_engine(home, ports, postgres, credentials),
        **extra,
    }


def _airflow(home: Home, ports: Ports, postgres: Postgres, credentials: Credentials) -> dict[str, str]:
    database = postgres.url("airflow").removeprefix("postgresql")
    login = {"login": USERNAME, "password": credentials.airflow_password}
    return {
        "AIRFLOW_HOME": str(home.airflow),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
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


def _engine(home: Home, ports: Ports, postgres: Postgres, credentials: Credentials) -> dict[str, str]:
    allowed = os.environ.get("IGNY8_ALLOWED_HOSTS", "")
    preview = f"{HOST}:{ports.engine}"
    return {
        "IGNY8_ENGINE_DATABASE": postgres.url("igny8"),
        "IGNY8_SECRET_KEY": credentials.engine_secret_key,
        "IGNY8_PREVIEW_PATH": str(home.preview),
        "IGNY8_ALLOWED_HOSTS": f"{allowed},{preview}" if allowed else preview,
    }


def _connection(url: str, values: dict[str, str]) -> str:
    return json.dumps({"conn_type": "http", "host": url, **values})

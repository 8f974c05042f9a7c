"""The part of Airflow's REST API that starting, demonstrating and testing the system needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Self, TypedDict
from urllib.parse import quote

import httpx
from pydantic import JsonValue, TypeAdapter

from igny8_local.errors import AirflowAnswerError

PARTS: Final = ("scheduler", "dag-processor", "triggerer")
"""Airflow's processes besides the API server, as this package names them."""

_OBJECT: TypeAdapter[dict[str, JsonValue]] = TypeAdapter(dict[str, JsonValue])


class Health(TypedDict):
    """What Airflow says of one of its parts."""

    status: str | None
    heartbeat: datetime | None


def airflow_health(http: httpx.Client, url: str) -> dict[str, Health]:
    """What Airflow says of its parts, by the names in :data:`PARTS`; asks for no login.

    Raises:
        AirflowAnswerError: when the answer is an error.
        httpx.TransportError: when there is none.
    """
    answer = http.get(f"{url}/api/v2/monitor/health")
    _check(answer)
    body = answer.json()
    health: dict[str, Health] = {}
    for part in PARTS:
        name = part.replace("-", "_")
        seen = body[name][f"latest_{name}_heartbeat"]
        health[part] = {"status": body[name]["status"], "heartbeat": datetime.fromisoformat(seen) if seen else None}
    return health


class AirflowApi:
    """A client with a login of its own; a context, closed at its end."""

    def __init__(self, url: str, username: str, password: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30)
        self._login = {"username": username, "password": password}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, JsonValue] | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> dict[str, JsonValue]:
        """Call ``/api/v2/<path>`` with a login and return the JSON object of the answer.

        Raises:
            AirflowAnswerError: when the answer is an error.
        """
        answer = self._send(method, path, body, params)
        if answer.status_code == httpx.codes.UNAUTHORIZED:  # no login yet, or it has expired
            login = self._http.post("/auth/token", json=self._login)
            _check(login)
            self._http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
            answer = self._send(method, path, body, params)
        _check(answer)
        return _OBJECT.validate_json(answer.content) if answer.content else {}

    def _send(
        self, method: str, path: str, body: Mapping[str, JsonValue] | None, params: Mapping[str, str | int] | None
    ) -> httpx.Response:
        return self._http.request(method, f"/api/v2/{path.lstrip('/')}", json=body, params=params)

    def has_dag(self, dag_id: str) -> bool:
        """Whether the Dag can be run now."""
        try:
            dag = self.call("GET", f"dags/{quote(dag_id)}")
        except AirflowAnswerError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return False
            raise
        return not dag["is_stale"]

    def import_errors(self) -> str:
        """What Airflow can't read among the Dags, in words; empty when it reads all."""
        answer = self.call("GET", "importErrors", params={"limit": 10})
        errors = TypeAdapter(list[dict[str, JsonValue]]).validate_python(answer["import_errors"])
        return "\n".join(f"{error['filename']}:\n{error['stack_trace']}" for error in errors)


def _check(answer: httpx.Response) -> None:
    if not answer.is_success:
        request = answer.request
        raise AirflowAnswerError(f"{request.method} {request.url.path}", answer.status_code, answer.text)

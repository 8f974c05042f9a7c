"""The runs of a Dag that are going, asked of Airflow's own REST API: triggers have no other way to its records."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote
from weakref import WeakKeyDictionary

import httpx
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException

from igny8.execution.connection import AIRFLOW_CONNECTION_ID, connection_url
from igny8.execution.errors import AirflowCallError

_PAGE: Final = 100
_TOKEN_KEPT: Final = 600.0
"""How long a login is used, in seconds; Airflow's own are good for a day unless it is set otherwise."""

_logins: WeakKeyDictionary[asyncio.AbstractEventLoop, _Login] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class GoingRun:
    """A run that is queued or running."""

    run_id: str
    state: str
    due: datetime
    """When it was due, with its time zone."""


@dataclass(slots=True)
class _Login:
    http: httpx.AsyncClient
    until: float


async def going_runs(dag_id: str) -> list[GoingRun]:
    """The runs of a Dag that are queued or running, in the order in which they were made.

    Raises:
        AirflowCallError: when Airflow does not tell.
    """
    found: list[GoingRun] = []
    while True:
        answer = await _call(
            "GET",
            f"dags/{quote(dag_id, safe='')}/dagRuns",
            params={"state": ["queued", "running"], "order_by": "id", "limit": _PAGE, "offset": len(found)},
        )
        page = answer.json().get("dag_runs", [])  # none of a Dag that is gone
        found += [GoingRun(run["dag_run_id"], run["state"], datetime.fromisoformat(run["run_after"])) for run in page]
        if len(page) < _PAGE:
            return found


async def end_run(dag_id: str, run_id: str, note: str) -> None:
    """End a run as a user does who marks it as failed: what is at work is told to stop. One that is gone is no error.

    Raises:
        AirflowCallError: when Airflow does not do it.
    """
    path = f"dags/{quote(dag_id, safe='')}/dagRuns/{quote(run_id, safe='')}"
    await _call("PATCH", path, json={"state": "failed", "note": note})


async def _call(method: str, path: str, **options: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    for again in (True, False):
        http = await _login()
        try:
            answer = await http.request(method, f"/api/v2/{path}", **options)
        except httpx.HTTPError as error:
            raise AirflowCallError(f"{http.base_url} does not answer ({error!r})", retryable=True) from error
        if answer.status_code == httpx.codes.UNAUTHORIZED and again:
            _logins.pop(asyncio.get_running_loop(), None)
            continue
        break
    if not answer.is_success and answer.status_code != httpx.codes.NOT_FOUND:
        reason = f"{method} {answer.request.url} was answered with {answer.status_code}: {answer.text[:500]}"
        # Two who leave a note with the same run at once meet in the database, and one is told of a conflict.
        retryable = answer.is_server_error or answer.status_code == httpx.codes.CONFLICT
        raise AirflowCallError(reason, retryable=retryable)
    return answer


async def _login() -> httpx.AsyncClient:
    loop = asyncio.get_running_loop()
    known = _logins.get(loop)
    if known is not None and time.monotonic() < known.until:
        return known.http
    try:
        connection = await BaseHook.aget_connection(AIRFLOW_CONNECTION_ID)
    except AirflowNotFoundException as error:
        raise AirflowCallError(f"there is no connection '{AIRFLOW_CONNECTION_ID}'", retryable=False) from error
    http = known.http if known is not None else httpx.AsyncClient(timeout=30, trust_env=False)
    http.base_url = httpx.URL(connection_url(connection))
    login: Mapping[str, str | None] = {"username": connection.login, "password": connection.password}
    try:
        answer = await http.post("/auth/token", json=login)
    except httpx.HTTPError as error:
        raise AirflowCallError(f"{http.base_url} does not answer ({error!r})", retryable=True) from error
    if not answer.is_success:
        raise AirflowCallError(
            f"it refuses the login with {answer.status_code}: {answer.text[:500]}", retryable=answer.is_server_error
        )
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    _logins[loop] = _Login(http, time.monotonic() + _TOKEN_KEPT)
    return http

"""Removing what is old: runs of rules with their evaluations from Airflow, ended jobs from the content engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from airflow.sdk import BaseHook

from igny8.execution.connection import connection_url, engine_client
from igny8.execution.errors import ActionFailedError

AIRFLOW_CONNECTION_ID: Final = "igny8_airflow"
"""The connection to Airflow's own REST API, with the login of a user who may delete runs."""

_PAGE: Final = 100


def kept_days() -> int:
    """How many days of runs and jobs are kept (``IGNY8_KEEP_DAYS``, 30 unless set)."""
    return int(os.environ.get("IGNY8_KEEP_DAYS", "30"))


def remove_runs(days: int) -> int:
    """Remove the runs of rules that ended more than that many days ago; how many they were.

    With a run go its tasks, its XComs and so its evaluations. A run that has not ended is never removed: Airflow's API
    refuses to, and it isn't asked for one.
    """
    connection = BaseHook.get_connection(AIRFLOW_CONNECTION_ID)
    before = datetime.now(UTC) - timedelta(days=days)
    with httpx.Client(base_url=connection_url(connection), timeout=60) as http:
        login = http.post("/auth/token", json={"username": connection.login, "password": connection.password})
        _check(login)
        http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        removed = 0
        while runs := _ended_runs(http, before):
            for dag_id, run_id in runs:
                answer = http.delete(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")
                if answer.status_code != httpx.codes.NOT_FOUND:  # somebody else was faster
                    _check(answer)
            removed += len(runs)
        return removed


def _ended_runs(http: httpx.Client, before: datetime) -> list[tuple[str, str]]:
    answer = http.get(
        "/api/v2/dags/~/dagRuns",
        params={
            "dag_id_prefix_pattern": "rule__",
            "state": ["success", "failed"],
            "end_date_lte": before.isoformat(),
            "order_by": "id",
            "limit": _PAGE,
        },
    )
    _check(answer)
    return [(run["dag_id"], run["dag_run_id"]) for run in answer.json()["dag_runs"]]


def remove_jobs(accounts: Iterable[str], days: int) -> dict[str, int]:
    """Remove the ended jobs of each account that are older than that many days; how many each had."""

    async def remove() -> dict[str, int]:
        return {account: await (await engine_client(account)).remove_jobs(days) for account in sorted(set(accounts))}

    return asyncio.run(remove())


def _check(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise ActionFailedError(
            f"{answer.request.method} {answer.request.url} was answered with {answer.status_code}: {answer.text[:500]}"
        )

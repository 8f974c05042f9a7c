"""Removing what is old: runs of rules with their evaluations from Airflow, ended jobs from the content engine."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote

import httpx
from airflow.sdk import BaseHook

from igny8.errors import EngineCallError
from igny8.execution.connection import AIRFLOW_CONNECTION_ID, connection_url, engine_client
from igny8.execution.errors import ActionFailedError, HousekeepingIncompleteError

_PAGE: Final = 100
_AT_ONCE: Final = 8
"""How many accounts are served at once: an engine that does not answer holds its account up for 15 s."""


def kept_days() -> int:
    """How many days of runs and jobs are kept (``IGNY8_KEEP_DAYS``, 30 unless set)."""
    return int(os.environ.get("IGNY8_KEEP_DAYS", "30"))


def remove_runs(days: int) -> int:
    """Remove the runs of rules that ended more than that many days ago; how many they were.

    With a run go its tasks, its XComs and so its evaluations. A run that has not ended is never removed: Airflow's API
    refuses to, and it isn't asked for one.

    Raises:
        ActionFailedError: when Airflow doesn't let in or doesn't tell its runs.
        HousekeepingIncompleteError: at the end, with every run that could not be removed; all others are.
    """
    connection = BaseHook.get_connection(AIRFLOW_CONNECTION_ID)
    before = datetime.now(UTC) - timedelta(days=days)
    with httpx.Client(base_url=connection_url(connection), timeout=60) as http:
        login = http.post("/auth/token", json={"username": connection.login, "password": connection.password})
        _check(login)
        http.headers["Authorization"] = f"Bearer {login.json()['access_token']}"
        removed, kept = 0, dict[str, str]()
        while runs := _ended_runs(http, before, beyond=len(kept)):
            for dag_id, run_id in runs:
                answer = http.delete(f"/api/v2/dags/{dag_id}/dagRuns/{quote(run_id, safe='')}")
                if answer.is_success:
                    removed += 1
                elif answer.status_code != httpx.codes.NOT_FOUND:  # else somebody was faster
                    kept[f"the run {run_id} of {dag_id}"] = _answered(answer)
    if kept:
        raise HousekeepingIncompleteError(f"{removed} runs", kept)
    return removed


def _ended_runs(http: httpx.Client, before: datetime, beyond: int) -> list[tuple[str, str]]:
    """The oldest that are to go, without the first ``beyond``: those that could not be removed are listed again."""
    answer = http.get(
        "/api/v2/dags/~/dagRuns",
        params={
            "dag_id_prefix_pattern": "rule__",
            "state": ["success", "failed"],
            "end_date_lte": before.isoformat(),
            "order_by": "id",
            "limit": _PAGE,
            "offset": beyond,
        },
    )
    _check(answer)
    return [(run["dag_id"], run["dag_run_id"]) for run in answer.json()["dag_runs"]]


def remove_jobs(accounts: Iterable[str], days: int) -> dict[str, int]:
    """Remove the ended jobs of each account that are older than that many days; how many each had.

    An account that cannot be served keeps none of the others waiting: each has a connection, and maybe an engine, of
    its own.

    Raises:
        HousekeepingIncompleteError: at the end, with every account that could not be served and why; all others are.
    """
    removed: dict[str, int] = {}
    failed: dict[str, str] = {}
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def remove(account: str) -> None:
        async with at_once:
            try:
                removed[account] = await (await engine_client(account)).remove_jobs(days)
            except EngineCallError as error:
                failed[f"the jobs of the account '{account}'"] = str(error)

    async def remove_all() -> None:
        await asyncio.gather(*(remove(account) for account in sorted(set(accounts))))

    asyncio.run(remove_all())
    if failed:
        raise HousekeepingIncompleteError(f"{sum(removed.values())} jobs of {len(removed)} accounts", failed)
    return removed


def _check(answer: httpx.Response) -> None:
    if not answer.is_success:
        raise ActionFailedError(_answered(answer))


def _answered(answer: httpx.Response) -> str:
    request = answer.request
    return f"{request.method} {request.url} was answered with {answer.status_code}: {answer.text[:500]}"

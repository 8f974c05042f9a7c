"""Starting, ending and repeating the runs of rules."""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from airflow.api_fastapi.common.dagbag import create_dag_bag
from airflow.models import DagModel, DagRun, Log, TaskInstance
from airflow.models.dag_version import DagVersion
from airflow.models.dagbag import DBDagBag
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState
from airflow.utils.types import DagRunTriggeredByType, DagRunType
from fastapi import Request
from pydantic import JsonValue
from sqlalchemy import delete, select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from igny8.api.errors import ConflictError, InvalidRequestError, TooManyError
from igny8.api.inprocess import call_airflow, part
from igny8.api.runs import Run

EVENT: Final = "event"
"""What the ids of runs begin with that an event has started."""

_MINUTE: Final = timedelta(minutes=1)
_PLAIN: Final = re.compile(r"^[A-Za-z0-9_.~:+-]{1,200}$")
"""What Airflow lets into the id of a run."""


@cache
def _dag_bag() -> DBDagBag:
    # Deserialized Dags are kept by version, as Airflow's own routes keep them.
    return create_dag_bag()


def run_id_for(kind: str, key: str | None) -> str:
    """The id for a run: always the same for a key, a new one without."""
    if key is None:
        return f"{kind}__{datetime.now(UTC).isoformat()}_{secrets.token_hex(4)}"
    return f"{kind}__{key if _PLAIN.match(key) else hashlib.sha256(key.encode()).hexdigest()}"


def start_run(
    dag_id: str,
    run_id: str,
    conf: Mapping[str, JsonValue],
    by: str,
    note: str | None = None,
    *,
    version: object = None,
    per_minute: int | None = None,
) -> bool:
    """Make a run of a Dag, to be started by the scheduler; false when there is one of that id already.

    The caller has made sure that the user may. The audit log gets the entry that Airflow's own route writes.

    Args:
        dag_id: The Dag.
        run_id: The run's id.
        conf: What it is given.
        by: Who or what starts it.
        note: What Airflow shows beside it.
        version: The id of an earlier version of the Dag that it is a run of; left out, the latest.
        per_minute: How many runs for events the Dag may get within a minute, over all API servers.

    Raises:
        ConflictError: when Airflow has no such Dag or version, or does not let this one be run so.
        InvalidRequestError: when the database cannot hold what it is given.
        TooManyError: when it would be one more than that number.
    """
    try:
        with create_session(scoped=False) as session:
            if _exists(session, dag_id, run_id):
                return False
            if per_minute is not None:
                # Whoever starts a run of the Dag meanwhile waits here, so that the count is right.
                session.execute(
                    select(DagModel.dag_id).where(DagModel.dag_id == dag_id).with_for_update(key_share=True)
                )
                if _exists(session, dag_id, run_id):
                    return False
                _hold_back(session, dag_id, per_minute)
            dag = _dag_bag().get_latest_version_of_dag(dag_id, session=session)
            if dag is None:
                raise ConflictError(f"Airflow has no Dag '{dag_id}' to run.")
            run = dag.create_dagrun(
                run_id=run_id,
                run_after=datetime.now(UTC),
                conf=dict(conf),
                run_type=DagRunType.MANUAL,
                triggered_by=DagRunTriggeredByType.REST_API,
                triggering_user_name=by,
                state=DagRunState.QUEUED,
                note=note,
                session=session,
            )
            if version is not None:
                _make_run_of(session, run, version)
            extra = json.dumps({"method": "POST", "run_id": run_id})
            session.add(
                Log("trigger_dag_run", owner=by, owner_display_name=by, extra=extra, dag_id=dag_id, run_id=run_id)
            )
    except IntegrityError:
        with create_session(scoped=False) as session:
            if _exists(session, dag_id, run_id):
                return False  # the same request came twice at once
        raise
    except DataError as error:
        reason = str(error.orig).partition("\n")[0]
        raise InvalidRequestError(f"What the run is given holds something that cannot be stored: {reason}.") from error
    except ValueError as error:
        raise ConflictError(f"Airflow does not let '{dag_id}' be run so: {error}") from error
    return True


def _make_run_of(session: Session, run: DagRun, version_id: object) -> None:
    # Airflow makes runs of the latest version only, but it does run, and show, each by the version noted with it.
    version = session.get(DagVersion, version_id)
    dag = None if version is None else _dag_bag().get_dag(str(version_id), session=session)
    if version is None or dag is None:
        message = "Airflow does not have the Dag any more that the run was made from. Repeat it with the rule of now."
        raise ConflictError(message)
    session.execute(delete(TaskInstance).where(TaskInstance.dag_id == run.dag_id, TaskInstance.run_id == run.run_id))
    session.expire(run)
    run.created_dag_version = version
    run.dag = dag
    run.verify_integrity(session=session, dag_version_id=version.id)


def has_run(dag_id: str, run_id: str) -> bool:
    """Whether a Dag has a run of that id."""
    with create_session(scoped=False) as session:
        return _exists(session, dag_id, run_id)


def _hold_back(session: Session, dag_id: str, per_minute: int) -> None:
    now = datetime.now(UTC)
    latest = session.scalars(
        select(DagRun.run_after)
        .where(
            DagRun.dag_id == dag_id,
            DagRun.run_id.startswith(f"{EVENT}__", autoescape=True),
            DagRun.run_after > now - _MINUTE,
        )
        .order_by(DagRun.run_after.desc())
        .limit(per_minute)
    ).all()
    if len(latest) >= per_minute:
        oldest = latest[-1] if latest else now
        wait = max(1, math.ceil((oldest + _MINUTE - now).total_seconds()))
        message = f"More than {per_minute} runs of this rule within a minute are not started. Try again in {wait} s."
        raise TooManyError(message, retry_after=wait)


def _exists(session: Session, dag_id: str, run_id: str) -> bool:
    return session.scalar(select(DagRun.id).where(DagRun.dag_id == dag_id, DagRun.run_id == run_id)) is not None


async def cancel_run(request: Request, run: Run) -> None:
    """End a run as its caller: what is running is told to stop, what has not begun is left out."""
    path = f"dags/{part(run.dag_id)}/dagRuns/{part(run.run_id)}"
    await call_airflow(request, "PATCH", path, {"state": "failed"})


async def clear_failed(request: Request, run: Run, *, latest: bool) -> int:
    """Have the tasks of a run that failed, or waited for one that did, done again; how many they are.

    Args:
        request: The caller's request.
        run: The run.
        latest: Whether by the rule of now, and not by the one that the run was made from.
    """
    return await _clear(request, run, {"only_failed": True, "run_on_latest_version": latest})


async def clear_from(request: Request, run: Run, task_ids: list[str], *, latest: bool) -> int:
    """Have these tasks of a run and all that follow them done again; how many tasks that is.

    Args:
        request: The caller's request.
        run: The run.
        task_ids: The first tasks.
        latest: Whether by the rule of now, and not by the one that the run was made from.
    """
    body: dict[str, JsonValue] = {
        "only_failed": False,
        "task_ids": list[JsonValue](task_ids),
        "include_downstream": True,
        "run_on_latest_version": latest,
    }
    return await _clear(request, run, body)


async def answer_request(request: Request, run: Run, task_id: str, option: str, given: Mapping[str, JsonValue]) -> None:
    """Answer what a task of a run asks, as the caller of the request."""
    path = f"dags/{part(run.dag_id)}/dagRuns/{part(run.run_id)}/taskInstances/{part(task_id)}/-1/hitlDetails"
    await call_airflow(request, "PATCH", path, {"chosen_options": [option], "params_input": dict(given)})


async def _clear(request: Request, run: Run, body: Mapping[str, JsonValue]) -> int:
    wanted = {"dry_run": False, "dag_run_id": run.run_id, **body}
    cleared = await call_airflow(request, "POST", f"dags/{part(run.dag_id)}/clearTaskInstances", wanted)
    total = cleared.get("total_entries") if isinstance(cleared, dict) else None
    return total if isinstance(total, int) else 0

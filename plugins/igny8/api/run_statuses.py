"""How a run went, in the words of the rules' users, as Airflow's records tell it."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal, get_args

from airflow.models import DagRun, Log, TaskInstance
from airflow.models.xcom import XComModel
from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, select

from igny8.dagfactory.build import NO_ACTIONS, NOTIFY
from igny8.execution.spending import STOPPED

ExecutionStatus = Literal["pending", "running", "completed", "failed", "cancelled", "skipped", "stopped_by_budget"]
STATUSES: Final = get_args(ExecutionStatus)


def left_by_task(key: str) -> ColumnElement[bool]:
    """That an XCom of the query is what its task has left under that key: what to join the two on."""
    return and_(
        XComModel.dag_id == TaskInstance.dag_id,
        XComModel.run_id == TaskInstance.run_id,
        XComModel.task_id == TaskInstance.task_id,
        XComModel.key == key,
    )


def _acted() -> ColumnElement[bool]:
    return exists(
        select(literal(1)).where(
            TaskInstance.dag_id == DagRun.dag_id,
            TaskInstance.run_id == DagRun.run_id,
            TaskInstance.task_id.not_in(NO_ACTIONS),
            TaskInstance.state == "success",
        )
    )


def _cancelled() -> ColumnElement[bool]:
    # Airflow has no such state: a run that a user ended is failed, and its audit log says by whom.
    return exists(
        select(literal(1)).where(
            Log.dag_id == DagRun.dag_id,
            Log.run_id == DagRun.run_id,
            Log.event == "patch_dag_run",
            Log.extra.contains('"state": "failed"'),
            Log.dttm >= func.coalesce(DagRun.start_date, DagRun.run_after),
        )
    )


def _stopped() -> ColumnElement[bool]:
    # Airflow knows failed tasks only: one that a limit stopped says so of the try that failed.
    return exists(
        select(literal(1))
        .select_from(TaskInstance)
        .join(XComModel, left_by_task(STOPPED))
        .where(
            TaskInstance.dag_id == DagRun.dag_id,
            TaskInstance.run_id == DagRun.run_id,
            TaskInstance.state == "failed",
            XComModel.value["attempt"].as_integer() == TaskInstance.try_number,
        )
    )


def _notifies() -> ColumnElement[bool]:
    return exists(
        select(literal(1)).where(
            TaskInstance.dag_id == DagRun.dag_id, TaskInstance.run_id == DagRun.run_id, TaskInstance.task_id == NOTIFY
        )
    )


@cache  # to put it together takes longer than to run it
def run_status() -> ColumnElement[str]:
    """How a run of the query went."""
    state = DagRun._state  # noqa: SLF001 - the mapped column behind the property
    return case(
        (state == "running", "running"),
        # A run that notifies is not failed at once when a user ends it: where nothing was at work, nothing has failed.
        (and_(state == "success", case((_notifies(), _cancelled()), else_=false())), "cancelled"),
        (and_(state == "success", _acted()), "completed"),
        (state == "success", "skipped"),
        (and_(state == "failed", _cancelled()), "cancelled"),
        (and_(state == "failed", _stopped()), "stopped_by_budget"),
        (state == "failed", "failed"),
        else_="pending",
    )


STATES: Final[dict[ExecutionStatus, tuple[str, ...]]] = {
    "pending": ("queued",),
    "running": ("running",),
    "completed": ("success",),
    "skipped": ("success",),
    "failed": ("failed",),
    "stopped_by_budget": ("failed",),
    "cancelled": ("failed", "success"),
}
"""The states of Airflow's that runs which went so are in."""

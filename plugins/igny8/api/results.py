"""What the tasks of runs have left behind, from Airflow's own records: their states, and what is in XCom."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from airflow.models import TaskInstance
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from pydantic import JsonValue
from sqlalchemy import and_, or_, select, tuple_

from igny8.actions import ACTION_TYPES
from igny8.actions.items import Collection as Items
from igny8.api.runs import Key
from igny8.dagfactory.build import NOTIFY
from igny8.execution.scope import RESULT
from igny8.execution.triggers import LEDGER


@dataclass(frozen=True, slots=True)
class TaskState:
    """Where one task of a run stands."""

    task_id: str
    state: str | None
    tries: int
    started_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an action has left behind, without its items."""

    task_id: str
    done: int
    failed: int
    total: int
    credits: int
    warnings: int
    provider: str | None


def tasks(key: Key) -> list[TaskState]:
    """The tasks of a run."""
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(
                TaskInstance.task_id,
                TaskInstance.state,
                TaskInstance.try_number,
                TaskInstance.start_date,
                TaskInstance.end_date,
            ).where(TaskInstance.dag_id == key[0], TaskInstance.run_id == key[1])
        )
        return [TaskState(*row) for row in rows]


def left_behind(key: Key, names: Collection[str]) -> dict[tuple[str, str], JsonValue]:
    """What the tasks of a run have left under these names, by task and name."""
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(XComModel.task_id, XComModel.key, XComModel.value).where(
                XComModel.dag_id == key[0], XComModel.run_id == key[1], XComModel.key.in_(names)
            )
        )
        return {(task, name): value for task, name, value in rows}


def outcomes(keys: Collection[Key]) -> dict[Key, list[Outcome]]:
    """What the actions of those runs have done and cost, in one query."""
    if not keys:
        return {}
    value = XComModel.value
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(
                XComModel.dag_id,
                XComModel.run_id,
                XComModel.task_id,
                value["done"].as_integer(),
                value["failed"].as_integer(),
                value["total"].as_integer(),
                value["credits"].as_integer(),
                value["warnings"].as_integer(),
                value["provider"].as_string(),
            )
            .where(tuple_(XComModel.dag_id, XComModel.run_id).in_(keys), XComModel.key == RESULT)
            .order_by(XComModel.timestamp)
        )
        found: dict[Key, list[Outcome]] = {}
        for dag_id, run_id, task_id, done, failed, total, spent, warned, provider in rows:
            outcome = Outcome(task_id, done or 0, failed or 0, total or 0, spent or 0, warned or 0, provider)
            found.setdefault((dag_id, run_id), []).append(outcome)
        return found


def messages(keys: Collection[Key], name: str) -> dict[Key, dict[str, str]]:
    """The sentences that the tasks of those runs have left under a name, by run and task, in one query."""
    if not keys:
        return {}
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(XComModel.dag_id, XComModel.run_id, XComModel.task_id, XComModel.value).where(
                tuple_(XComModel.dag_id, XComModel.run_id).in_(keys), XComModel.key == name
            )
        )
        found: dict[Key, dict[str, str]] = {}
        for dag_id, run_id, task_id, value in rows:
            if value is not None:
                found.setdefault((dag_id, run_id), {})[task_id] = str(value)
        return found


def evaluations(keys: Collection[Key]) -> dict[Key, dict[str, tuple[bool, str]]]:
    """Whether the conditions that those runs evaluated hold, and why, by run and task, in one query."""
    if not keys:
        return {}
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(
                XComModel.dag_id,
                XComModel.run_id,
                XComModel.task_id,
                XComModel.value["holds"].as_boolean(),
                XComModel.value["reason"].as_string(),
            )
            .where(tuple_(XComModel.dag_id, XComModel.run_id).in_(keys), XComModel.key == LEDGER)
            .order_by(XComModel.timestamp)
        )
        found: dict[Key, dict[str, tuple[bool, str]]] = {}
        for dag_id, run_id, task_id, holds, reason in rows:
            found.setdefault((dag_id, run_id), {})[task_id] = (bool(holds), str(reason))
        return found


def failed_tasks(keys: Collection[Key]) -> dict[Key, list[str]]:
    """The tasks of those runs that failed by themselves, in one query."""
    if not keys:
        return {}
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(TaskInstance.dag_id, TaskInstance.run_id, TaskInstance.task_id)
            .where(
                or_(*(and_(TaskInstance.dag_id == dag_id, TaskInstance.run_id == run_id) for dag_id, run_id in keys)),
                TaskInstance.state == "failed",
                TaskInstance.task_id != NOTIFY,
            )
            .order_by(TaskInstance.end_date)
        )
        found: dict[Key, list[str]] = {}
        for dag_id, run_id, task_id in rows:
            found.setdefault((dag_id, run_id), []).append(task_id)
        return found


@cache
def _article_outputs() -> frozenset[str]:
    outputs = (output for kind in ACTION_TYPES.values() for output in kind.outputs)
    return frozenset(output.name for output in outputs if output.collection is Items.CONTENT)


def articles(keys: Collection[Key]) -> dict[Key, list[int]]:
    """The ids of the articles that the actions of those runs put out, each once, in one query."""
    if not keys:
        return {}
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(XComModel.dag_id, XComModel.run_id, XComModel.value)
            .where(tuple_(XComModel.dag_id, XComModel.run_id).in_(keys), XComModel.key.in_(_article_outputs()))
            .order_by(XComModel.timestamp)
        )
        found: dict[Key, dict[int, None]] = {}
        for dag_id, run_id, ids in rows:
            several = ids if isinstance(ids, list) else [ids]
            numbers = (number for number in several if isinstance(number, int))
            found.setdefault((dag_id, run_id), {}).update(dict.fromkeys(numbers))
        return {key: list(ids) for key, ids in found.items()}

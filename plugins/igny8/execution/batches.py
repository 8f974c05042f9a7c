"""What the triggerer writes into Airflow's database, many at once: XComs, and the ends of tasks.

Airflow's own triggerer writes each in a transaction of its own, with five to nine questions to the database, so that a
hundred tasks which end together keep it and the database busy for seconds.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from airflow.models.dagbag import DBDagBag
from airflow.models.dagrun import DagRun
from airflow.models.taskinstance import TaskInstance
from airflow.models.trigger import Trigger
from airflow.models.xcom import XComModel
from airflow.sdk.execution_time.comms import SetXCom
from airflow.triggers.base import TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from airflow.utils.retries import run_with_db_retries
from airflow.utils.session import create_session
from airflow.utils.state import DagRunState, TaskInstanceState
from sqlalchemy import delete, insert, select, tuple_, update
from sqlalchemy.orm import Session


def write_xcoms(xcoms: Iterable[SetXCom]) -> None:
    """Write XComs in one transaction; of several with the same key the last one stays.

    Raises:
        ValueError: when one is for a run that is not there. Nothing is written then.
        sqlalchemy.exc.DBAPIError: when the database refuses one. Nothing is written then.
    """
    latest = {(x.dag_id, x.run_id, x.task_id, _map_index(x), x.key): x for x in xcoms}
    runs = {(dag_id, run_id) for dag_id, run_id, *_ in latest}
    with create_session() as session:
        found = session.execute(
            select(DagRun.dag_id, DagRun.run_id, DagRun.id).where(tuple_(DagRun.dag_id, DagRun.run_id).in_(runs))
        )
        ids = {(dag_id, run_id): number for dag_id, run_id, number in found}
        if missing := sorted(runs - ids.keys()):
            raise ValueError(f"There is no run {missing[0][1]!r} of the Dag {missing[0][0]!r}.")
        rows = [
            {
                "dag_run_id": ids[xcom.dag_id, xcom.run_id],
                "task_id": xcom.task_id,
                "map_index": _map_index(xcom),
                "key": xcom.key,
                "dag_id": xcom.dag_id,
                "run_id": xcom.run_id,
                "value": xcom.value,
                "dag_result": bool(xcom.dag_result),
            }
            for xcom in latest.values()
        ]
        identity = (XComModel.dag_run_id, XComModel.task_id, XComModel.map_index, XComModel.key)
        replaced = [tuple(row[column.key] for column in identity) for row in rows]
        session.execute(
            delete(XComModel).where(tuple_(*identity).in_(replaced)).execution_options(synchronize_session=False)
        )
        session.execute(insert(XComModel), rows)


def _map_index(xcom: SetXCom) -> int:
    return -1 if xcom.map_index is None else xcom.map_index


def end_tasks(events: Mapping[int, TriggerEvent], dags: DBDagBag) -> set[int]:
    """End the tasks whose trigger says that they succeeded or are skipped, in one transaction, and remove the triggers.

    Left to Airflow is every event that means more than a change of state: one that resumes or fails a task or brings
    XComs, the success of a task with a callback, and the events of triggers that no task waits for.

    Args:
        events: The events by their trigger's id.
        dags: The Dags that were looked at before.

    Returns:
        The ids of the triggers whose task has ended.
    """
    wanted = {
        trigger_id: event.task_instance_state
        for trigger_id, event in events.items()
        if isinstance(event, TaskSuccessEvent | TaskSkippedEvent) and not event.xcoms
    }
    if not wanted:
        return set()
    ended: set[int] = set()
    runs: set[int] = set()
    for attempt in run_with_db_retries():
        with attempt, create_session() as session:
            ended, runs = _end(wanted, dags, session)
    _look_soon(runs)
    return ended


def _end(wanted: Mapping[int, TaskInstanceState], dags: DBDagBag, session: Session) -> tuple[set[int], set[int]]:
    now = datetime.now(UTC)
    waiting = session.execute(
        select(
            TaskInstance.id,
            TaskInstance.trigger_id,
            TaskInstance.task_id,
            TaskInstance.dag_version_id,
            TaskInstance.start_date,
            DagRun.id.label("run"),
        )
        .join(DagRun, (DagRun.dag_id == TaskInstance.dag_id) & (DagRun.run_id == TaskInstance.run_id))
        .where(TaskInstance.trigger_id.in_(wanted), TaskInstance.state == TaskInstanceState.DEFERRED)
        .order_by(TaskInstance.id)
        .with_for_update(of=TaskInstance)
    ).all()
    versions = {task.dag_version_id for task in waiting}
    known = {version: dags.get_dag(version, session) for version in versions if version is not None}
    ended, runs, changes = set[int](), set[int](), list[dict[str, object]]()
    for task in waiting:
        dag, state = known.get(task.dag_version_id), wanted[task.trigger_id]
        if dag is None or not dag.has_task(task.task_id):
            continue
        if state == TaskInstanceState.SUCCESS and dag.get_task(task.task_id).has_on_success_callback:
            continue
        start: datetime = task.start_date or now
        changes.append(
            {
                "id": task.id,
                "trigger_id": None,
                "state": state,
                "start_date": start,
                "end_date": now,
                "duration": (now - start).total_seconds(),
            }
        )
        ended.add(task.trigger_id)
        runs.add(task.run)
    if changes:
        session.execute(update(TaskInstance), changes)
        # A trigger that stays would be taken for a new one.
        used = select(TaskInstance.trigger_id).where(TaskInstance.trigger_id.in_(ended))
        session.execute(
            delete(Trigger)
            .where(Trigger.id.in_(ended), Trigger.id.not_in(used))
            .execution_options(synchronize_session=False)
        )
    return ended, runs


def _look_soon(runs: set[int]) -> None:
    """Have the scheduler look at these runs before those in which nothing happens.

    It looks at twenty in a round, first at those that it has not decided on. Runs that it has at hand right now are
    left out rather than waited for: their turn comes anyhow.
    """
    if not runs:
        return
    with create_session() as session:
        free = select(DagRun.id).where(DagRun.id.in_(runs), DagRun.state == DagRunState.RUNNING)
        session.execute(
            update(DagRun)
            .where(DagRun.id.in_(free.with_for_update(skip_locked=True)))
            .values(last_scheduling_decision=None)
            .execution_options(synchronize_session=False)
        )

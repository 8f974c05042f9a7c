"""What Airflow's own records say of the rules' runs. There is no second history."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from statistics import median
from typing import Any, Final, Literal, cast

from airflow.models import DagModel, DagRun, TaskInstance
from airflow.models.serialized_dag import SerializedDagModel
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from pydantic import JsonValue
from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session

from igny8.api.run_statuses import STATES, ExecutionStatus, run_status
from igny8.dagfactory.build import GATE
from igny8.dagfactory.document import revision_of
from igny8.dagfactory.ids import account_of, rule_of
from igny8.execution.scope import RESULT

Ordering = Literal["scheduled_at", "-scheduled_at", "executed_at", "-executed_at"]

USUAL: Final = 20
"""How many runs of a rule tell how it usually does: how long its runs take, and how many of them succeed."""

Key = tuple[str, str]
"""A run: the id of its Dag, and its own."""


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a rule."""

    number: int
    dag_id: str
    run_id: str
    state: str
    """Airflow's own word for where it stands."""
    status: ExecutionStatus
    run_type: str
    """scheduled, manual, asset_triggered or backfill."""
    scheduled_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    started_by: str | None
    conf: Mapping[str, JsonValue]
    version_id: object

    @property
    def key(self) -> Key:
        """The run's Dag id and run id."""
        return self.dag_id, self.run_id

    @property
    def account(self) -> str:
        """The account of its rule."""
        return account_of(self.dag_id) or ""

    @property
    def rule_id(self) -> str:
        """The id of its rule."""
        return (rule_of(self.dag_id) or ("", self.dag_id))[1]

    @property
    def duration(self) -> float | None:
        """How long it took, in seconds."""
        return (self.ended_at - self.started_at).total_seconds() if self.started_at and self.ended_at else None


@dataclass(frozen=True, slots=True)
class RuleRuns:
    """All runs of one rule, in short."""

    count: int
    last_started_at: datetime | None
    last_checked_at: datetime | None
    """When conditions were evaluated last; of a rule without any, when a run began last."""
    last_acted_at: datetime | None
    """When an action last ended with something done."""
    last: Run | None


@dataclass(frozen=True, slots=True)
class RunFilter:
    """Which runs are wanted."""

    dag_ids: Collection[str]
    statuses: Collection[ExecutionStatus] = ()
    run_types: Collection[str] = ()
    since: datetime | None = None
    """Scheduled at this time or later."""
    until: datetime | None = None
    """Scheduled before this time."""


@cache
def _runs() -> Select[*tuple[Any, ...]]:
    return select(
        DagRun.id,
        DagRun.dag_id,
        DagRun.run_id,
        DagRun._state,  # noqa: SLF001
        run_status().label("status"),
        DagRun.run_type,
        DagRun.run_after,
        DagRun.start_date,
        DagRun.end_date,
        DagRun.triggering_user_name,
        DagRun.conf,
        DagRun.created_dag_version_id,
    )


def _run(row: Sequence[object]) -> Run:
    number, dag_id, run_id, state, status, run_type, scheduled, started, ended, by, conf, version = row
    return Run(
        cast("int", number),
        cast("str", dag_id),
        cast("str", run_id),
        str(state),
        cast("ExecutionStatus", status),
        str(run_type),
        cast("datetime", scheduled),
        cast("datetime | None", started),
        cast("datetime | None", ended),
        cast("str | None", by),
        cast("Mapping[str, JsonValue]", conf or {}),
        version,
    )


def _where(wanted: RunFilter) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [DagRun.dag_id.in_(wanted.dag_ids)]
    if wanted.statuses:
        where.append(DagRun._state.in_({state for status in wanted.statuses for state in STATES[status]}))  # noqa: SLF001
        where.append(run_status().in_(wanted.statuses))
    if wanted.run_types:
        where.append(DagRun.run_type.in_(wanted.run_types))
    if wanted.since is not None:
        where.append(DagRun.run_after >= wanted.since)
    if wanted.until is not None:
        where.append(DagRun.run_after < wanted.until)
    return where


def find_runs(
    wanted: RunFilter, *, limit: int, offset: int = 0, ordering: Ordering = "-scheduled_at"
) -> tuple[list[Run], int]:
    """Those runs, the newest first unless said otherwise, and how many there are in all."""
    column = DagRun.start_date if ordering.endswith("executed_at") else DagRun.run_after
    order = (column.desc(), DagRun.id.desc()) if ordering.startswith("-") else (column.asc(), DagRun.id.asc())
    where = _where(wanted)
    with create_session(scoped=False) as session:
        count = session.scalar(select(func.count()).select_from(DagRun).where(*where)) or 0
        rows = session.execute(_runs().where(*where).order_by(*order).limit(limit).offset(offset)) if limit else ()
        return [_run(tuple(row)) for row in rows], count


@dataclass(frozen=True, slots=True)
class RunTimes:
    """How a run went, and how long it took: all that figures over many runs need."""

    dag_id: str
    status: ExecutionStatus
    scheduled_at: datetime
    duration: float | None
    """In seconds; ``None`` while it goes on."""


def run_times(wanted: RunFilter) -> list[RunTimes]:
    """Those runs, each in four values."""
    columns = (DagRun.dag_id, run_status(), DagRun.run_after, DagRun.start_date, DagRun.end_date)
    with create_session(scoped=False) as session:
        return [
            RunTimes(dag_id, status, due, (ended - began).total_seconds() if began and ended else None)  # type: ignore[arg-type]
            for dag_id, status, due, began, ended in session.execute(select(*columns).where(*_where(wanted)))
        ]


def usual_duration(run: Run) -> float | None:
    """The median of how long the rule's completed runs before that one took, in seconds; ``None`` without any."""
    times = (
        select(DagRun.start_date, DagRun.end_date)
        .where(
            DagRun.dag_id == run.dag_id,
            DagRun.id < run.number,
            run_status() == "completed",
        )
        .order_by(DagRun.id.desc())
        .limit(USUAL)
    )
    with create_session(scoped=False) as session:
        took = [(ended - began).total_seconds() for began, ended in session.execute(times) if began and ended]
    return median(took) if took else None


def runs_named(run_id: str, dag_ids: Collection[str]) -> list[Run]:
    """The runs of that id, of those Dags."""
    if "\0" in run_id:
        return []  # PostgreSQL has no such texts, and takes none to look for
    with create_session(scoped=False) as session:
        rows = session.execute(_runs().where(DagRun.run_id == run_id, DagRun.dag_id.in_(dag_ids)))
        return [_run(tuple(row)) for row in rows]


def latest_run(dag_id: str) -> Run | None:
    """The run that was made last."""
    with create_session(scoped=False) as session:
        row = session.execute(_runs().where(DagRun.dag_id == dag_id).order_by(DagRun.id.desc()).limit(1)).first()
        return None if row is None else _run(tuple(row))


def recent_runs(dag_ids: Collection[str], each: int) -> dict[str, list[Run]]:
    """The newest runs of each of those Dags, the newest first; one query however many they are."""
    found: dict[str, list[Run]] = {}
    with create_session(scoped=False) as session:
        for row in session.execute(_runs().where(DagRun.id.in_(_newest(dag_ids, each))).order_by(DagRun.id.desc())):
            run = _run(tuple(row))
            found.setdefault(run.dag_id, []).append(run)
    return found


def _newest(dag_ids: Collection[str], each: int) -> Select[int]:
    newest = (
        select(DagRun.id.label("number"))
        .where(DagRun.dag_id == DagModel.dag_id)
        .order_by(DagRun.id.desc())
        .limit(each)
        .correlate(DagModel)
        .lateral()
    )
    return select(newest.c.number).select_from(DagModel).join(newest, true()).where(DagModel.dag_id.in_(dag_ids))


def success_rates(dag_ids: Collection[str]) -> dict[str, float]:
    """Of the newest 20 runs of each of those Dags, how many of those that were completed or failed were completed.

    Dags without such runs are left out. One query.
    """
    judged: defaultdict[str, list[bool]] = defaultdict(list)
    asked = select(DagRun.dag_id, run_status()).where(DagRun.id.in_(_newest(dag_ids, USUAL)))
    with create_session(scoped=False) as session:
        for dag_id, status in session.execute(asked):
            if status in {"completed", "failed"}:
                judged[dag_id].append(status == "completed")
    return {dag_id: sum(good) / len(good) for dag_id, good in judged.items()}


def dag_ids_with_runs(prefix: str) -> set[str]:
    """The Dags whose id begins so and that have runs: also those whose rule is gone."""
    with create_session(scoped=False) as session:
        return set(session.scalars(select(DagRun.dag_id).where(DagRun.dag_id.startswith(prefix)).distinct()))


def rule_runs(dag_ids: Collection[str]) -> dict[str, RuleRuns]:
    """The runs of each of those Dags in short, in three queries however many they are."""
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(DagRun.dag_id, func.count(), func.max(DagRun.start_date), func.max(DagRun.id))
            .where(DagRun.dag_id.in_(dag_ids))
            .group_by(DagRun.dag_id)
        ).all()
        last = _by_number(session, [row[3] for row in rows])
        times = session.execute(
            select(DagModel.dag_id, _last_checked(), _last_acted()).where(DagModel.dag_id.in_(dag_ids))
        ).all()
    checked = {row[0]: row[1] for row in times}
    acted = {row[0]: row[2] for row in times}
    return {
        dag_id: RuleRuns(count, started, checked.get(dag_id), acted.get(dag_id), last.get(number))
        for dag_id, count, started, number in rows
    }


def _last_checked() -> ScalarSelect[datetime]:
    """When the newest run of a Dag that got so far was past its gate, or began where it has none."""
    return (
        select(func.coalesce(TaskInstance.end_date, DagRun.start_date))
        .select_from(DagRun)
        .outerjoin(
            TaskInstance,
            and_(
                TaskInstance.dag_id == DagRun.dag_id,
                TaskInstance.run_id == DagRun.run_id,
                TaskInstance.task_id == GATE,
            ),
        )
        .where(
            DagRun.dag_id == DagModel.dag_id,
            DagRun.start_date.is_not(None),
            or_(TaskInstance.task_id.is_(None), TaskInstance.state.in_(("success", "skipped"))),
        )
        .order_by(DagRun.id.desc())
        .limit(1)
        .correlate(DagModel)
        .scalar_subquery()
    )


def _last_acted() -> ScalarSelect[datetime]:
    """When an action of the newest run of a Dag in which any had something done ended."""
    return (
        select(XComModel.timestamp)
        .join(DagRun, DagRun.id == XComModel.dag_run_id)
        .where(
            DagRun.dag_id == DagModel.dag_id,
            XComModel.key == RESULT,
            XComModel.value["done"].as_integer() > 0,
        )
        .order_by(DagRun.id.desc(), XComModel.timestamp.desc())
        .limit(1)
        .correlate(DagModel)
        .scalar_subquery()
    )


def _by_number(session: Session, numbers: Collection[int]) -> dict[int, Run]:
    if not numbers:
        return {}
    found = (_run(tuple(row)) for row in session.execute(_runs().where(DagRun.id.in_(numbers))))
    return {run.number: run for run in found}


def revision_of_run(run: Run) -> int | None:
    """The revision of the rule that a run was made from, as the Dag of that time says."""
    with create_session(scoped=False) as session:
        stored = session.scalar(select(SerializedDagModel).where(SerializedDagModel.dag_version_id == run.version_id))
        return None if stored is None or stored.data is None else revision_of(stored.data["dag"].get("doc_md"))

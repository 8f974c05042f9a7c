"""How the rules do: rates, durations and credits, from Airflow's own records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from airflow.models import DagRun
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from igny8.api.run_statuses import STATUSES
from igny8.api.runs import RunFilter, RunTimes, run_times
from igny8.dagfactory.ids import account_of, rule_of
from igny8.execution.scope import RESULT

_DEAREST: Final = 7
"""Of how many rules it is told what they cost on which day: as many as one can tell apart in a chart."""


class Figures(BaseModel):
    """How some runs went."""

    runs: int = Field(description="How many there were.")
    by_status: dict[str, int] = Field(description="How many went how.")
    success_rate: float | None = Field(description="Completed of completed and failed, 0 to 1; null for neither.")
    error_rate: float | None = Field(description="Failed of completed and failed, 0 to 1; null for neither.")
    duration_p50: float | None = Field(description="Half of the completed ones took no longer, in seconds.")
    duration_p95: float | None = Field(description="95 of 100 completed ones took no longer, in seconds.")
    credits: int = Field(description="What they cost.")


class RuleFigures(Figures):
    """How the runs of a rule went."""

    automation_rule: str = Field(description="The rule's id.")
    account: str = Field(description="Its account.")


class AccountFigures(Figures):
    """How the runs of an account's rules went."""

    account: str = Field(description="The account.")


class DayFigures(Figures):
    """How the runs of a day went."""

    day: date = Field(description="The day on which they were due.")


class RuleSpending(BaseModel):
    """What the runs of a rule cost, day by day."""

    automation_rule: str = Field(description="The rule's id.")
    account: str = Field(description="Its account.")
    days: dict[date, int] = Field(description="The credits of each day on which they cost any.")


class Statistics(BaseModel):
    """How the rules did in a span of time."""

    since: datetime
    until: datetime
    timezone: str = Field(description="The time zone in which days begin.")
    total: Figures
    rules: list[RuleFigures] = Field(description="Each rule that ran, by id.")
    accounts: list[AccountFigures] = Field(description="Each account whose rules ran, by name.")
    days: list[DayFigures] = Field(description="Each day with runs, in order.")
    spending: list[RuleSpending] = Field(description="The seven rules that cost most, the dearest first.")


@dataclass(slots=True)
class _Sum:
    statuses: Counter[str] = field(default_factory=Counter)
    durations: list[float] = field(default_factory=list)
    credits: int = 0

    def figures(self) -> dict[str, object]:
        judged = self.statuses["completed"] + self.statuses["failed"]
        return {
            "runs": self.statuses.total(),
            "by_status": {status: self.statuses[status] for status in STATUSES},
            "success_rate": round(self.statuses["completed"] / judged, 4) if judged else None,
            "error_rate": round(self.statuses["failed"] / judged, 4) if judged else None,
            "duration_p50": quantile(self.durations, 0.5),
            "duration_p95": quantile(self.durations, 0.95),
            "credits": self.credits,
        }


def statistics(dag_ids: Collection[str], since: datetime, until: datetime, zone: ZoneInfo) -> Statistics:
    """The figures of those Dags' runs that were due in that time; two queries however many there are."""
    runs = run_times(RunFilter(dag_ids, since=since, until=until))
    return summed(runs, credits_spent(dag_ids, since, until, zone), since, until, zone)


def summed(
    runs: Iterable[RunTimes],
    spent_by_day: Iterable[tuple[str, date, int]],
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
) -> Statistics:
    """The figures of those runs, and of what was spent: by which Dag, on which day in that zone, and how much."""
    total = _Sum()
    by_dag: defaultdict[str, _Sum] = defaultdict(_Sum)
    by_account: defaultdict[str, _Sum] = defaultdict(_Sum)
    by_day: defaultdict[date, _Sum] = defaultdict(_Sum)
    for run in runs:
        day = run.scheduled_at.astimezone(zone).date()
        for each in (total, by_dag[run.dag_id], by_account[_account(run.dag_id)], by_day[day]):
            each.statuses[run.status] += 1
            if run.status == "completed" and run.duration is not None:
                each.durations.append(run.duration)
    spending: defaultdict[str, dict[date, int]] = defaultdict(dict)
    for dag_id, day, spent in spent_by_day:
        if spent:
            spending[dag_id][day] = spent
        for each in (total, by_dag[dag_id], by_account[_account(dag_id)], by_day[day]):
            each.credits += spent
    return Statistics(
        since=since,
        until=until,
        timezone=zone.key,
        total=Figures.model_validate(total.figures()),
        rules=sorted(
            (
                RuleFigures.model_validate(
                    {**each.figures(), "automation_rule": _rule(dag_id), "account": _account(dag_id)}
                )
                for dag_id, each in by_dag.items()
            ),
            key=lambda each: each.automation_rule,
        ),
        accounts=sorted(
            (
                AccountFigures.model_validate({**each.figures(), "account": account})
                for account, each in by_account.items()
            ),
            key=lambda each: each.account,
        ),
        days=sorted(
            (DayFigures.model_validate({**each.figures(), "day": day}) for day, each in by_day.items()),
            key=lambda each: each.day.isoformat(),
        ),
        spending=[
            RuleSpending(automation_rule=_rule(dag_id), account=_account(dag_id), days=spending[dag_id])
            for dag_id in sorted(spending, key=lambda each: (-sum(spending[each].values()), each))[:_DEAREST]
        ],
    )


def quantile(values: Collection[float], share: float) -> float | None:
    """The smallest value that so large a share of all does not exceed; ``None`` where there are none."""
    if not values:
        return None
    ordered = sorted(values)
    return round(ordered[max(0, -(-int(share * 100) * len(ordered) // 100) - 1)], 3)


def credits_spent(
    dag_ids: Collection[str], since: datetime, until: datetime, zone: ZoneInfo
) -> list[tuple[str, date, int]]:
    """What the runs of those Dags that were due in that time have cost, by Dag and day in that zone; one query."""
    day = func.date(func.timezone(zone.key, DagRun.run_after))
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(XComModel.dag_id, day, func.sum(XComModel.value["credits"].as_integer()))
            .join(DagRun, DagRun.id == XComModel.dag_run_id)
            .where(
                XComModel.key == RESULT,
                DagRun.dag_id.in_(dag_ids),
                DagRun.run_after >= since,
                DagRun.run_after < until,
            )
            .group_by(XComModel.dag_id, day)
        )
        return [(dag_id, on, int(spent or 0)) for dag_id, on, spent in rows]


def _account(dag_id: str) -> str:
    return account_of(dag_id) or dag_id


def _rule(dag_id: str) -> str:
    return (rule_of(dag_id) or ("", dag_id))[1]

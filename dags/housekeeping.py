"""Keeps 30 days of runs, jobs and evaluations (``IGNY8_KEEP_DAYS``); what has not ended is never touched."""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task

from igny8.dagfactory.load import rules_path
from igny8.execution import housekeeping
from igny8.rules import RuleStore


@dag(
    dag_id="housekeeping",
    schedule=CronTriggerTimetable("30 3 * * *", timezone="UTC"),
    catchup=False,
    is_paused_upon_creation=False,
    tags={"igny8"},
    doc_md=__doc__,
)
def _housekeeping() -> None:
    @task
    def remove_runs() -> int:
        return housekeeping.remove_runs(housekeeping.kept_days())

    @task
    def remove_jobs() -> dict[str, int]:
        accounts = {stored.rule.account for stored in RuleStore(rules_path()).scan().rules}
        return housekeeping.remove_jobs(accounts, housekeeping.kept_days())

    remove_runs()
    remove_jobs()


_housekeeping()

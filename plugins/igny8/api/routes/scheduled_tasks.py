"""What is due next, and what the clock has started."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse

from igny8.api.access import CurrentCaller
from igny8.api.dags import dag_states
from igny8.api.envelope import Envelope, Listing, answer, page_of
from igny8.api.errors import AmbiguousRunError, NotFoundError
from igny8.api.executions import ScheduledTask
from igny8.api.parts import Store, WantedPage
from igny8.api.routes.executions import WantedRule, readable_dags
from igny8.api.run_statuses import ExecutionStatus
from igny8.api.run_views import as_scheduled_task, executions, upcoming
from igny8.api.runs import RunFilter, find_runs, runs_named

router = APIRouter(prefix="/scheduled-tasks", tags=["scheduled tasks"])

_TYPES = ("scheduled",)


@router.get("/", response_model=Listing[ScheduledTask], operation_id="list_scheduled_tasks")
def list_scheduled_tasks(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    page: WantedPage,
    rule: Annotated[str | None, Query(max_length=200, description="Only those of this rule.")] = None,
    automation_rule: Annotated[str | None, Query(max_length=200, description="The same.")] = None,
    account: Annotated[str | None, Query(max_length=200, description="Only those of this account's rules.")] = None,
    status: Annotated[list[ExecutionStatus] | None, Query(description="Only those that went so.")] = None,
) -> JSONResponse:
    """What is due next, and then what ran, the newest first."""
    dag_ids = readable_dags(store, caller, rule or automation_rule, account)
    coming = _coming(dag_ids) if not status or "pending" in status else []
    shown: list[ScheduledTask] = coming[page.offset : page.offset + page.size]
    wanted = RunFilter(dag_ids, statuses=status or (), run_types=_TYPES)
    offset = max(0, page.offset - len(coming))
    ran, count = find_runs(wanted, limit=page.size - len(shown), offset=offset)
    shown += [as_scheduled_task(execution) for execution in executions(ran)]
    return page_of(request, shown, len(coming) + count, page.number, page.size)


@router.get("/{task_id}/", response_model=Envelope[ScheduledTask], operation_id="get_scheduled_task")
def get_scheduled_task(
    request: Request, caller: CurrentCaller, store: Store, task_id: str, rule: WantedRule = None
) -> JSONResponse:
    """One of them. Where several rules are due at the same time, ``rule`` says which is meant."""
    dag_ids = readable_dags(store, caller, rule, None)
    ran = runs_named(task_id, dag_ids)
    found = [as_scheduled_task(execution) for execution in executions(ran)]
    found += [task for task in _coming(dag_ids - {run.dag_id for run in ran}) if task.id == task_id]
    if not found:
        raise NotFoundError(f"There is no scheduled task '{task_id}'.")
    if len(found) > 1:
        raise AmbiguousRunError(task_id, sorted(task.automation_rule for task in found))
    return answer(request, found[0])


def _coming(dag_ids: Collection[str]) -> list[ScheduledTask]:
    due = [
        upcoming(state.dag_id, state.next_run_at)
        for state in dag_states(dag_ids).values()
        if state.next_run_at is not None and not state.is_paused
    ]
    return sorted(due, key=lambda task: (task.scheduled_at, task.automation_rule))

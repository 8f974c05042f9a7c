"""Runs of rules: started, followed, listed, ended and repeated."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.api.access import RUN_DEEDS, Caller, CurrentCaller
from igny8.api.acting import cancel_run, clear_failed, clear_from, run_id_for, start_run
from igny8.api.dags import dag_states, wait_for_revision
from igny8.api.envelope import Envelope, Fault, Listing, answer, page_of
from igny8.api.errors import AmbiguousRunError, ConflictError, InvalidRequestError, NotFoundError
from igny8.api.executions import Execution, ExecutionDetail, Progress
from igny8.api.parts import Moment, Store, WantedPage
from igny8.api.results import tasks
from igny8.api.run_statuses import ExecutionStatus
from igny8.api.run_views import detail, executions, progress
from igny8.api.runs import (
    Ordering,
    Run,
    RunFilter,
    dag_ids_with_runs,
    find_runs,
    latest_run,
    recent_runs,
    revision_of_run,
    runs_named,
)
from igny8.api.shelf import find, visible
from igny8.api.views import RecentRuns, short_run
from igny8.dagfactory.ids import PREFIX, account_of, rule_of
from igny8.rules import RuleStore, StoredRule

router = APIRouter(tags=["executions"])

WantedRule = Annotated[
    str | None, Query(max_length=200, description="The id of its rule, where several rules have a run of that id.")
]


IdempotencyKey = Annotated[
    str | None, Header(min_length=1, max_length=500, description="A repeat with the same key is the same run.")
]


class ExecuteBody(BaseModel):
    """What a run is given."""

    model_config = ConfigDict(extra="forbid")

    context: dict[str, JsonValue] = Field(
        default={}, description="What rules that read event.<field> find there; empty for all others."
    )


class Started(BaseModel):
    """A run that was asked for."""

    id: str = Field(description="The id of the run, as Airflow has it.")
    run_id: str = Field(description="The same.")
    automation_rule: str = Field(description="The id of its rule.")
    dag_id: str = Field(description="The id of its Dag.")
    status: ExecutionStatus = Field(description="Where it stands.")
    is_new: bool = Field(description="Whether this request has made it; false when an earlier one had the same key.")


class RerunBody(BaseModel):
    """How a run is to be repeated."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["only_failed", "from_failed", "whole"] | None = Field(
        default=None,
        description=(
            "only_failed: the actions that failed, and what waited for them, in the same run. from_failed: those and "
            "everything after them. whole: a new run with the same context. Left out, only_failed."
        ),
    )
    only_failed: bool | None = Field(
        default=None, description="The same in short: true is the mode only_failed, false is whole."
    )
    action: str | None = Field(
        default=None, max_length=200, description="The id of an action: it and everything after it, in the same run."
    )
    revision: Literal["same", "latest"] | None = Field(
        default=None,
        description=(
            "Which revision of the rule does it: the one that the run was made from, or the one of now. Left out, the "
            "same within the run, and the latest for a new run."
        ),
    )


class Rerun(BaseModel):
    """A run that is being repeated."""

    run_id: str = Field(description="The run that does it: the same one, or a new one for the mode whole.")
    automation_rule: str = Field(description="The id of its rule.")
    mode: Literal["only_failed", "from_failed", "from_action", "whole"] = Field(description="How it is repeated.")
    actions: int | None = Field(description="How many tasks are done again; null for a new run.")
    revision: int | None = Field(description="The revision of the rule that does it.")


@router.post(
    "/rules/{rule_id}/execute/", status_code=202, response_model=Envelope[Started], operation_id="execute_rule"
)
async def execute(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule_id: str,
    body: ExecuteBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Run a rule now. One that was saved a moment ago is waited for until Airflow has its Dag."""
    entry = await run_in_threadpool(find, store, caller, rule_id, "run")
    stored = entry.usable
    if stored.rule.status == "inactive":
        message = (
            f"The rule '{rule_id}' is inactive and has no Dag. Make its status active, or paused to run it by hand."
        )
        raise ConflictError(message)
    await wait_for_revision(entry.dag_id, rule_id, stored.revision)
    state = (await run_in_threadpool(dag_states, [entry.dag_id])).get(entry.dag_id)
    if state is not None and state.is_paused:
        message = f"The Dag '{entry.dag_id}' is paused in Airflow, so its runs would not begin. Unpause it there first."
        raise ConflictError(message)
    run_id = run_id_for("manual", idempotency_key)
    conf: dict[str, JsonValue] = {"event": body.context if body else {}}
    is_new = await run_in_threadpool(start_run, entry.dag_id, run_id, conf, caller.name)
    started = Started(
        id=run_id, run_id=run_id, automation_rule=rule_id, dag_id=entry.dag_id, status="pending", is_new=is_new
    )
    return answer(request, started, 202)


@router.get("/rules/{rule_id}/progress/", response_model=Envelope[Progress], operation_id="get_progress")
def get_progress(
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule_id: str,
    run_id: Annotated[str | None, Query(max_length=300, description="A run; left out, the latest.")] = None,
) -> JSONResponse:
    """How far a run of the rule is."""
    entry = find(store, caller, rule_id, "read_runs")
    if run_id is None:
        run = latest_run(entry.dag_id)
    else:
        named = runs_named(run_id, [entry.dag_id])
        if not named:
            raise _no_such_run(run_id)
        run = named[0]
    return answer(request, progress(run, _types(entry.found)))


@router.get("/rules/execution-history/", response_model=Listing[Execution], operation_id="list_executions")
def list_executions(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    page: WantedPage,
    rule: Annotated[str | None, Query(max_length=200, description="Only runs of this rule.")] = None,
    automation_rule: Annotated[str | None, Query(max_length=200, description="The same.")] = None,
    account: Annotated[str | None, Query(max_length=200, description="Only runs of this account's rules.")] = None,
    status: Annotated[list[ExecutionStatus] | None, Query(description="Only runs that went so.")] = None,
    since: Annotated[Moment | None, Query(description="Only runs that were due then or later.")] = None,
    until: Annotated[Moment | None, Query(description="Only runs that were due before.")] = None,
    ordering: Annotated[Ordering, Query(description="What to sort by; with a minus sign the newest first.")] = (
        "-scheduled_at"
    ),
) -> JSONResponse:
    """The runs of all rules that you may see, also of deleted ones."""
    dag_ids = readable_dags(store, caller, rule or automation_rule, account)
    wanted = RunFilter(dag_ids, statuses=status or (), since=since, until=until)
    found, count = find_runs(wanted, limit=page.size, offset=page.offset, ordering=ordering)
    return page_of(request, executions(found), count, page.number, page.size)


@router.get("/rules/recent-runs/", response_model=Envelope[list[RecentRuns]], operation_id="list_recent_runs")
def list_recent_runs(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule: Annotated[list[str], Query(max_length=500, description="The ids of the rules that are wanted.")],
    each: Annotated[int, Query(ge=1, le=100, description="How many runs of each rule at most.")] = 20,
) -> JSONResponse:
    """The newest runs of several rules, in short; of rules that you may see."""
    wanted = set(rule)
    dag_ids = {entry.dag_id: entry.rule_id for entry in visible(store, caller) if entry.rule_id in wanted}
    seen = caller.with_runs(dag_ids)
    found = recent_runs(seen, each)
    entries = [
        RecentRuns(
            automation_rule=rule_id,
            account=account_of(dag_id) or "",
            runs=[short_run(run) for run in found.get(dag_id, [])],
        )
        for dag_id, rule_id in sorted(dag_ids.items(), key=lambda each: each[1])
        if dag_id in seen
    ]
    return answer(request, entries)


@router.get("/executions/{run_id}/", response_model=Envelope[ExecutionDetail], operation_id="get_execution")
def get_execution(
    request: Request, caller: CurrentCaller, store: Store, run_id: str, rule: WantedRule = None
) -> JSONResponse:
    """A run with the evaluation of its conditions, and what became of every item of every action."""
    run = find_run(store, caller, run_id, rule)
    allowed = caller.allowed(RUN_DEEDS, [run.dag_id])[run.dag_id]
    return answer(request, detail(run, revision_of_run(run), _types_of_run(store, run), allowed))


@router.post("/executions/{run_id}/cancel/", response_model=Envelope[Execution], operation_id="cancel_execution")
async def cancel(
    request: Request, caller: CurrentCaller, store: Store, run_id: str, rule: WantedRule = None
) -> JSONResponse:
    """End a run. What is done stays done and paid; what is being done is asked to stop."""
    run = await run_in_threadpool(find_run, store, caller, run_id, rule)
    await run_in_threadpool(_require, caller, "change_runs", run)
    if run.status not in {"pending", "running"}:
        raise ConflictError(f"The run '{run_id}' is over: it is {run.status}.")
    await cancel_run(request, run)
    again = (await run_in_threadpool(runs_named, run_id, [run.dag_id]))[0]
    return answer(request, (await run_in_threadpool(executions, [again]))[0])


@router.post("/executions/{run_id}/rerun/", status_code=202, response_model=Envelope[Rerun], operation_id="rerun")
async def rerun(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    run_id: str,
    body: RerunBody | None = None,
    rule: WantedRule = None,
    idempotency_key: IdempotencyKey = None,
) -> JSONResponse:
    """Repeat a run that is over. Within the same run, items that are done stay done and are not paid again."""
    run = await run_in_threadpool(find_run, store, caller, run_id, rule)
    if run.status in {"pending", "running"}:
        raise ConflictError(f"The run '{run_id}' is not over yet. Cancel it first, or wait.")
    wanted = body or RerunBody()
    mode = _mode(wanted)
    await run_in_threadpool(_require, caller, "run" if mode == "whole" else "change_runs", run)
    latest = mode == "whole" if wanted.revision is None else wanted.revision == "latest"
    if latest or mode == "whole":
        entry = await run_in_threadpool(find, store, caller, run.rule_id, "run")
    if latest:
        revision: int | None = entry.usable.revision
        await wait_for_revision(entry.dag_id, run.rule_id, entry.usable.revision)
    else:
        revision = await run_in_threadpool(revision_of_run, run)
    told = partial(Rerun, automation_rule=run.rule_id, revision=revision)
    if mode == "whole":
        new = run_id_for("manual", idempotency_key)
        make = partial(start_run, version=None if latest else run.version_id)
        await run_in_threadpool(make, run.dag_id, new, dict(run.conf), caller.name, f"The run {run_id} once more.")
        return answer(request, told(run_id=new, mode="whole", actions=None), 202)
    states = await run_in_threadpool(tasks, run.key)
    if wanted.action is not None:
        known = [state.task_id for state in states]
        if wanted.action not in known:
            message = f"The run has no action '{wanted.action}'. It has {', '.join(known)}."
            raise InvalidRequestError(message, [Fault(path="action", message=message, code="unknown_action_id")])
        again = await clear_from(request, run, [wanted.action], latest=latest)
        return answer(request, told(run_id=run_id, mode="from_action", actions=again), 202)
    failed = [state.task_id for state in states if state.state in _FAILED]
    if not failed:
        message = f"Nothing in the run '{run_id}' has failed. Repeat it whole, or from an action."
        raise ConflictError(message)
    if mode == "from_failed":
        again = await clear_from(request, run, failed, latest=latest)
    else:
        again = await clear_failed(request, run, latest=latest)
    return answer(request, told(run_id=run_id, mode=mode, actions=again), 202)


_FAILED: Final = frozenset({"failed", "upstream_failed"})


def readable_dags(store: RuleStore, caller: Caller, rule_id: str | None, account: str | None) -> set[str]:
    """The Dags whose runs the caller may see: of the rules there are, and of those that were deleted."""
    known = {entry.dag_id for entry in visible(store, caller)}
    gone = dag_ids_with_runs(PREFIX) - known
    known |= caller.readable(gone) if gone else set()
    return {
        dag_id
        for dag_id in caller.with_runs(known)
        if (named := rule_of(dag_id)) is not None
        and (account is None or named[0] == account)
        and (rule_id is None or named[1] == rule_id)
    }


def find_run(store: RuleStore, caller: Caller, run_id: str, rule_id: str | None) -> Run:
    """The run of that id that the caller may see.

    Raises:
        NotFoundError: there is none.
        AmbiguousRunError: several rules have one, and none was named.
        NotAllowedError: the caller may see the rule, but not its runs.
    """
    found = runs_named(run_id, readable_dags(store, caller, rule_id, None))
    if not found:
        raise _no_such_run(run_id)
    if len(found) > 1:
        raise AmbiguousRunError(run_id, sorted(run.rule_id for run in found))
    _require(caller, "read_runs", found[0])
    return found[0]


def _require(caller: Caller, deed: Literal["run", "read_runs", "change_runs"], run: Run) -> None:
    caller.require(deed, run.dag_id, run.rule_id)


def _no_such_run(run_id: str) -> NotFoundError:
    return NotFoundError(f"There is no run '{run_id}'.")


def _mode(body: RerunBody) -> Literal["only_failed", "from_failed", "whole"]:
    if body.mode is not None and body.only_failed is not None and (body.mode == "only_failed") != body.only_failed:
        message = "mode and only_failed say different things. Give one of them."
        raise InvalidRequestError(message, [Fault(path="only_failed", message=message, code="invalid")])
    if body.mode is not None:
        return body.mode
    return "whole" if body.only_failed is False and body.action is None else "only_failed"


def _types(found: object) -> dict[str, str]:
    if not isinstance(found, StoredRule):
        return {}
    return {action.id: action.type for action in (*found.rule.actions, *found.rule.on_failure)}


def _types_of_run(store: RuleStore, run: Run) -> dict[str, str]:
    named = rule_of(run.dag_id)
    for stored in store.scan().rules:
        if named == (stored.rule.account, stored.rule.id):
            return _types(stored)
    return {}

"""From Airflow's records of runs to what answers say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import JsonValue

from igny8.api.access import Deed
from igny8.api.executions import (
    ActionDetail,
    ActionProgress,
    ActionResult,
    ActionState,
    Execution,
    ExecutionDetail,
    ExecutionResult,
    Item,
    Progress,
    ProgressStatus,
    ScheduledTask,
)
from igny8.api.results import (
    Outcome,
    TaskState,
    articles,
    evaluations,
    failed_tasks,
    left_behind,
    messages,
    outcomes,
    tasks,
)
from igny8.api.run_statuses import ExecutionStatus
from igny8.api.runs import Run, usual_duration
from igny8.dagfactory.build import GATE, NO_ACTIONS, NOTIFY, TURN
from igny8.dagfactory.ids import rule_of
from igny8.execution.ledger import Ledger
from igny8.execution.scope import ERROR, RESULT
from igny8.execution.spending import BUDGET
from igny8.execution.triggers import LEDGER, PROGRESS
from igny8.execution.turn import REASON

_ACTION_STATES: Final[dict[str | None, ActionState]] = {
    "running": "running",
    "deferred": "running",
    "awaiting_input": "awaiting_approval",
    "restarting": "running",
    "success": "completed",
    "failed": "failed",
    "upstream_failed": "skipped",
    "skipped": "skipped",
    "removed": "skipped",
    "up_for_retry": "retrying",
}
_PROGRESS: Final[dict[ExecutionStatus, ProgressStatus]] = {
    "pending": "PENDING",
    "running": "PROGRESS",
    "completed": "SUCCESS",
    "skipped": "SUCCESS",
    "failed": "FAILURE",
    "stopped_by_budget": "FAILURE",
    "cancelled": "FAILURE",
}
_AT_WORK: Final = frozenset({"running", "retrying", "awaiting_approval"})
_OVER: Final = frozenset({"completed", "skipped", "failed", "stopped_by_budget", "cancelled"})
_FAILED: Final = frozenset({"failed", "stopped_by_budget"})


def executions(runs: Sequence[Run]) -> list[Execution]:
    """Runs as executions; six queries however many they are."""
    keys = [run.key for run in runs]
    done, made = outcomes(keys), articles(keys)
    failed = [run.key for run in runs if run.status in _FAILED]
    errors, failures = messages(failed, ERROR), failed_tasks(failed)
    seen = evaluations([run.key for run in runs if run.status == "skipped"])
    overlaps = messages([run.key for run in runs if run.status in {"skipped", "cancelled"}], REASON)
    return [
        _execution(
            run,
            _result(done.get(run.key, []), made.get(run.key, [])),
            _message(run, errors.get(run.key, {}), failures.get(run.key, []), overlaps.get(run.key, {}).get(TURN)),
            _skip_reason(run, seen.get(run.key, {}), overlaps.get(run.key, {}).get(TURN)),
        )
        for run in runs
    ]


def as_scheduled_task(execution: Execution) -> ScheduledTask:
    """A run of the clock's as a scheduled task."""
    return ScheduledTask.model_validate(execution.model_dump(include=set(ScheduledTask.model_fields)))


def upcoming(dag_id: str, at: datetime) -> ScheduledTask:
    """The next run of a rule as the clock will make it."""
    account, rule_id = rule_of(dag_id) or ("", "")
    return ScheduledTask(
        # The id that Airflow's timetable will give it.
        id=f"scheduled__{at.isoformat()}",
        automation_rule=rule_id,
        account=account,
        scheduled_at=at,
        executed_at=None,
        status="pending",
        result=None,
        error_message=None,
        dag_id=dag_id,
    )


def progress(run: Run | None, types: Mapping[str, str]) -> Progress:
    """How far a run is, in three queries; ``None`` is the latest run of a rule that has none.

    Args:
        run: The run.
        types: The types of the rule's actions by their ids, in the order of the rule.
    """
    if run is None:
        return Progress(
            status="idle",
            progress=0,
            phase=None,
            action=None,
            run_id=None,
            execution_status=None,
            started_at=None,
            ended_at=None,
            expected_duration=None,
            credits=0,
            error=None,
            actions=[],
        )
    states = tasks(run.key)
    left = left_behind(run.key, (PROGRESS, RESULT, ERROR, LEDGER, REASON))
    actions = [_action(state, run, left, types) for state in _in_order(states, types)]
    current = next((action for action in actions if action.state in _AT_WORK), None)
    over = run.status in _OVER
    share = sum(action.progress for action in actions) / len(actions) if actions else 0
    return Progress(
        status=_PROGRESS[run.status],
        progress=100 if run.status in {"completed", "skipped"} else min(99, int(share)),
        phase=_phase(run, current, left, states),
        action=current.id if current and not over else None,
        run_id=run.run_id,
        execution_status=run.status,
        started_at=run.started_at,
        ended_at=run.ended_at,
        expected_duration=usual_duration(run),
        credits=sum(action.credits for action in actions),
        error=_error(run, left, states),
        actions=actions,
    )


def detail(run: Run, revision: int | None, types: Mapping[str, str], allowed: Sequence[Deed]) -> ExecutionDetail:
    """A run with everything that its tasks have left behind."""
    left = left_behind(run.key, (PROGRESS, RESULT, ERROR, LEDGER))
    states = _in_order(tasks(run.key), types)
    event = run.conf.get("event")
    return ExecutionDetail(
        **executions([run])[0].model_dump(),
        revision=revision,
        context=event if isinstance(event, dict) else {},
        allowed=list(allowed),
        conditions=_ledger(left.get((GATE, LEDGER))),
        actions=[
            ActionDetail(
                **_action(state, run, left, types).model_dump(),
                provider=_text(_mapping(left.get((state.task_id, RESULT))).get("provider")),
                items=_items(_mapping(left.get((state.task_id, RESULT))).get("items")),
                conditions=_ledger(left.get((state.task_id, LEDGER))),
            )
            for state in states
        ],
    )


def _execution(run: Run, result: ExecutionResult | None, error: str | None, skip_reason: str | None) -> Execution:
    return Execution(
        id=run.run_id,
        automation_rule=run.rule_id,
        account=run.account,
        scheduled_at=run.scheduled_at,
        executed_at=run.started_at,
        ended_at=run.ended_at,
        duration=run.duration,
        status=run.status,
        state=run.state,
        trigger=_trigger(run),
        result=result,
        error_message=error,
        skip_reason=skip_reason,
        started_by=run.started_by,
        dag_id=run.dag_id,
    )


def _trigger(run: Run) -> Literal["schedule", "event", "manual"]:
    if run.run_type == "scheduled":
        return "schedule"
    return "event" if run.run_type == "asset_triggered" or run.run_id.startswith("event__") else "manual"


def _result(done: Sequence[Outcome], made: list[int]) -> ExecutionResult | None:
    if not done:
        return None
    spent = sum(outcome.credits for outcome in done)
    told = [
        f"{outcome.task_id}: {outcome.done} of {outcome.total} done"
        + (f", {outcome.failed} failed" * bool(outcome.failed))
        + (f", {outcome.warnings} warning{'s' * (outcome.warnings != 1)}" * bool(outcome.warnings))
        for outcome in done
    ]
    return ExecutionResult(
        credits=spent,
        summary=f"{'; '.join(told)}; {spent} credits.",
        actions={
            outcome.task_id: ActionResult(
                done=outcome.done,
                failed=outcome.failed,
                total=outcome.total,
                credits=outcome.credits,
                warnings=outcome.warnings,
                provider=outcome.provider,
            )
            for outcome in done
        },
        articles=made,
    )


def _message(run: Run, errors: Mapping[str, str], failures: Collection[str], overlap: str | None) -> str | None:
    if run.status == "cancelled":
        return overlap or "The run was cancelled."
    if run.status not in _FAILED:
        return None
    told = [f"{task}: {errors[task]}" if task in errors else f"{task} failed; its log says why." for task in failures]
    return " ".join(told) or "The run failed; the log of its Dag in Airflow says why."


def _skip_reason(run: Run, seen: Mapping[str, tuple[bool, str]], overlap: str | None) -> str | None:
    if run.status != "skipped":
        return None
    if overlap is not None:
        return overlap
    if GATE in seen and not seen[GATE][0]:
        return seen[GATE][1]
    own = [f"{task}: {reason.rstrip('.')}" for task, (holds, reason) in seen.items() if task != GATE and not holds]
    return f"Every action was skipped. {'; '.join(own)}." if own else "Every action was skipped."


def _error(run: Run, left: Mapping[tuple[str, str], JsonValue], states: Sequence[TaskState]) -> str | None:
    failures = [state.task_id for state in states if state.state == "failed" and state.task_id != NOTIFY]
    errors = {task: str(value) for (task, name), value in left.items() if name == ERROR}
    return _message(run, errors, failures, _text(left.get((TURN, REASON))))


def _in_order(states: Sequence[TaskState], types: Mapping[str, str]) -> list[TaskState]:
    """A run's actions in the order of the rule; those that the rule no longer has come last."""
    places = {action_id: place for place, action_id in enumerate(types)}
    actions = [state for state in states if state.task_id not in NO_ACTIONS]
    return sorted(actions, key=lambda state: (places.get(state.task_id, len(places)), state.task_id))


def _action(
    state: TaskState, run: Run, left: Mapping[tuple[str, str], JsonValue], types: Mapping[str, str]
) -> ActionProgress:
    result, news = _mapping(left.get((state.task_id, RESULT))), _mapping(left.get((state.task_id, PROGRESS)))
    over = state.state in {"success", "failed", "upstream_failed", "skipped", "removed"}
    # What a former try has left counts until the present one has news of its own.
    seen = result if over and result else {**result, **news}
    named = _ACTION_STATES.get(state.state, "pending")
    if named in {"failed", "skipped"} and run.status == "cancelled":
        named = "cancelled"
    total, done, failed = (_number(seen.get(name)) for name in ("total", "done", "failed"))
    share = int(100 * (done + failed) / total) if total else 0
    return ActionProgress(
        id=state.task_id,
        type=types.get(state.task_id),
        state=named,
        task_state=state.state,
        progress=100 if named in {"completed", "skipped"} else min(99, share),
        phase=_text(news.get("phase")) if named in {"running", "retrying"} else None,
        done=done,
        failed=failed,
        total=total,
        credits=_number(seen.get("credits")),
        tries=state.tries,
        started_at=state.started_at,
        ended_at=state.ended_at,
        error=_text(left.get((state.task_id, ERROR))) if named in {"failed", "retrying"} else None,
    )


def _phase(
    run: Run,
    current: ActionProgress | None,
    left: Mapping[tuple[str, str], JsonValue],
    states: Sequence[TaskState],
) -> str | None:
    match run.status:
        case "pending":
            return "waiting to be started"
        case "skipped":
            reason = left.get((TURN, REASON)) or _mapping(left.get((GATE, LEDGER))).get("reason")
            return _text(reason) or "nothing was to be done"
        case "completed" | "failed" | "stopped_by_budget" | "cancelled":
            return run.status.replace("_", " ")
    if current is None:
        if any(state.task_id == BUDGET and state.state == "awaiting_input" for state in states):
            return "waiting for approval of what it may cost"
        at_work = {state.task_id for state in states if _ACTION_STATES.get(state.state) in _AT_WORK}
        waiting = (
            _mapping(left.get((task, PROGRESS))).get("phase") for task in (TURN, GATE, BUDGET) if task in at_work
        )
        return next(filter(None, map(_text, waiting)), "telling receivers" if NOTIFY in at_work else "starting")
    if current.state == "awaiting_approval":
        return f"waiting for approval in {current.id}"
    return current.phase or f"running {current.id}"


def _ledger(value: JsonValue) -> Ledger | None:
    return Ledger.model_validate(value) if isinstance(value, dict) else None


def _items(value: JsonValue) -> list[Item]:
    return [Item.model_validate(item) for item in value] if isinstance(value, list) else []


def _mapping(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, dict) else {}


def _number(value: JsonValue) -> int:
    return value if isinstance(value, int) else 0


def _text(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None

"""The one seam between a rule and Airflow's Dag authoring: a pure function from one to the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from airflow.sdk import DAG, Asset, CronTriggerTimetable, MultipleCronTriggerTimetable, Param
from pydantic import JsonValue

from igny8.actions.request_approval import REQUEST_APPROVAL
from igny8.dagfactory.clock import clock_of
from igny8.dagfactory.document import describe
from igny8.dagfactory.failing import OUTCOME, add_failure_tasks
from igny8.dagfactory.ids import dag_id_of
from igny8.execution.announcing import Announcement
from igny8.execution.articles import RequestApprovalOperator
from igny8.execution.held_back import asking_operator
from igny8.execution.operators import (
    OPERATORS,
    ActionOperator,
    GateOperator,
    NotifyOperator,
    OwnActionOperator,
    RuleOperator,
    TurnOperator,
)
from igny8.execution.spending import BUDGET, Spending, spending_of
from igny8.rules import Rule, StoredRule, WiredAction, wire
from igny8.rules.overlap import Parallel
from igny8.rules.retries import USUAL
from igny8.spending import BudgetOperator

if TYPE_CHECKING:
    from igny8.dagfactory.timetable import QuietTimetable

GATE = "gate"
"""The task id of a rule's gate; no action may bear it."""
TURN = "turn"
"""The task id of what waits for the end of quiet times and decides on runs that overlap; no action may bear it."""
NOTIFY = "notify"
"""The task id of what tells how a run went; no action may bear it."""
NO_ACTIONS = frozenset({TURN, GATE, BUDGET, NOTIFY, OUTCOME})
"""The ids of all tasks that are no actions."""
DECIDING_AT_ONCE = 16
"""How many runs of a rule may be going while one of them decides which goes on: Airflow's own limit."""


class _MostRuns(TypedDict, total=False):
    """How many runs of a Dag Airflow lets go at once; left out, as many as its configuration says."""

    max_active_runs: int


def dag_id(rule: Rule) -> str:
    """The id of the Dag that a rule becomes."""
    return dag_id_of(rule.account, rule.id)


def build_dag(stored: StoredRule) -> DAG:
    """The Dag of a rule, which must not be inactive: one has no Dag.

    It starts with a turn when runs may have to wait for the end of a quiet time, or to give way to each other; then
    comes a gate when the rule has conditions, or when an action may be skipped; each action follows what it needs. A
    join runs when nothing before it failed and something succeeded, so that a skipped branch doesn't stop it.
    It ends with a task that notifies others when the rule wants it; that one decides nothing about the run.
    """
    rule = stored.rule
    with DAG(
        dag_id=dag_id(rule),
        dag_display_name=rule.name,
        description=rule.description or rule.name,
        schedule=_schedule(rule),
        catchup=False,
        is_paused_upon_creation=False,
        **_most_runs(rule),
        tags={"rule", f"account:{rule.account}", f"site:{rule.site}", f"trigger:{rule.trigger}"},
        doc_md=describe(stored),
        params={
            "event": Param(
                {},
                type="object",
                description="What the run is about, for rules that read event.<field>; empty for all others.",
            )
        },
        # How often is each action's own affair; these are for what breaks off without a cause.
        default_args={"retry_delay": 20.0, "retry_exponential_backoff": True, "owner": rule.account},
    ) as dag:
        wired = wire(rule)
        tasks: dict[str, RuleOperator] = {}
        gate = _budget(rule, _first(rule, wired))
        at_start = {action.id for action in wired if action.when and not action.upstream}
        for action in wired:
            # What follows a first action that may be skipped hangs on the gate too, which always succeeds.
            gated = gate is not None and (not action.upstream or not at_start.isdisjoint(action.upstream))
            joins = len(action.upstream) + gated > 1
            task = _action(rule, action, "none_failed_min_one_success" if joins else "all_success")
            for upstream in action.upstream:
                tasks[upstream] >> task
            if gate is not None and gated:
                gate >> task
            tasks[action.id] = task
        watched = [*(task_id for task_id in (TURN, GATE, BUDGET) if dag.has_task(task_id)), *tasks]
        failing = add_failure_tasks(rule, tasks, watched)
        if rule.notify:
            notify = _notify(stored, [*watched, *(task.task_id for task in failing)], list(tasks))
            notify.set_upstream([*tasks.values(), *failing])
    return dag


def _first(rule: Rule, wired: tuple[WiredAction, ...]) -> RuleOperator | None:
    """What everything else comes after: the gate, if there is one, after the turn, if there is one."""
    turn, gate = _turn(rule), _gate(rule, wired)
    if turn is not None and gate is not None:
        turn >> gate
    return gate or turn


def _most_runs(rule: Rule) -> _MostRuns:
    match rule.overlap:
        case None:
            return {}
        case "queue":
            return {"max_active_runs": 1}
        case Parallel(parallel=most):
            return {"max_active_runs": most}
    return {"max_active_runs": DECIDING_AT_ONCE}


def _turn(rule: Rule) -> TurnOperator | None:
    decides = rule.overlap if rule.overlap in {"skip", "cancel_older"} else None
    waits = bool(rule.quiet_times) and rule.trigger == "event"
    if not decides and not waits:
        return None
    return TurnOperator(
        task_id=TURN,
        account=rule.account,
        site=rule.site,
        overlap=str(decides) if decides else None,
        timezone=rule.timezone,
        quiet_hours=[hours.model_dump(mode="json", by_alias=True) for hours in rule.quiet_hours] if waits else [],
        excluded_dates=rule.excluded_dates if waits else [],
    )


def _gate(rule: Rule, wired: tuple[WiredAction, ...]) -> GateOperator | None:
    if not rule.conditions and not any(action.when for action in wired):
        return None
    conditions: list[JsonValue] = [condition.model_dump(mode="json", by_alias=True) for condition in rule.conditions]
    return GateOperator(task_id=GATE, account=rule.account, site=rule.site, conditions=conditions)


def _budget(rule: Rule, gate: RuleOperator | None) -> RuleOperator | None:
    """What everything else comes after: what reckons the cost of the run, after the gate, where there are limits."""
    if rule.limits is None:
        return gate
    budget = BudgetOperator(
        task_id=BUDGET,
        account=rule.account,
        site=rule.site,
        rule=rule.document(),
        announcement=_announcement(rule),
    )
    if gate is not None:
        gate >> budget
    return budget


def _action(rule: Rule, action: WiredAction, trigger_rule: str) -> ActionOperator:
    common: dict[str, Any] = {
        "task_id": action.id,
        "account": rule.account,
        "site": rule.site,
        "conditions": _as_json(action),
        "action_params": action.params,
        "again": action.retries or USUAL,
        "trigger_rule": trigger_rule,
    }
    if action.type == REQUEST_APPROVAL.name:
        return RequestApprovalOperator(spending=_spending(rule), announcement=_announcement(rule), **common)
    if asking := asking_operator(action.type, action.params):
        return asking(spending=_spending(rule), announcement=_announcement(rule), **common)
    if action.type in OPERATORS:
        return OPERATORS[action.type](spending=_spending(rule), **common)
    return OwnActionOperator(action=action.type, **common)


def _spending(rule: Rule) -> Spending | None:
    return None if rule.limits is None else spending_of(rule.id, rule.timezone, rule.limits)


def _announcement(rule: Rule) -> Announcement | None:
    urls = [each.url for each in rule.notify if "approval" in each.on]
    return {"rule": rule.id, "urls": urls} if urls else None


def _notify(stored: StoredRule, tasks: list[str], actions: list[str]) -> NotifyOperator:
    rule = stored.rule
    return NotifyOperator(
        task_id=NOTIFY,
        account=rule.account,
        site=rule.site,
        rule=rule.id,
        revision=stored.revision,
        receivers=[{"url": each.url, "on": list(each.on), "repeat": each.repeat} for each in rule.notify],
        tasks=tasks,
        actions=actions,
    )


def _as_json(action: WiredAction) -> list[JsonValue]:
    return [condition.model_dump(mode="json", by_alias=True) for condition in action.when]


def _schedule(rule: Rule) -> CronTriggerTimetable | MultipleCronTriggerTimetable | QuietTimetable | list[Asset] | None:
    # A paused rule is started by no asset either.
    return [Asset(uri) for uri in rule.assets] if rule.assets and rule.is_active else clock_of(rule)

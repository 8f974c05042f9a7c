"""The one seam between a rule and Airflow's Dag authoring: a pure function from one to the other."""

from __future__ import annotations

from airflow.sdk import DAG, Asset, CronTriggerTimetable, MultipleCronTriggerTimetable, Param
from pydantic import JsonValue

from igny8.dagfactory.document import describe
from igny8.dagfactory.failing import OUTCOME, add_failure_tasks
from igny8.dagfactory.ids import dag_id_of
from igny8.execution.operators import GateOperator, NotifyOperator, RuleOperator, action_operator
from igny8.rules import Rule, StoredRule, WiredAction, wire
from igny8.rules.retries import USUAL

GATE = "gate"
"""The task id of a rule's gate; no action may bear it."""
NOTIFY = "notify"
"""The task id of what tells how a run went; no action may bear it."""
NO_ACTIONS = frozenset({GATE, NOTIFY, OUTCOME})
"""The ids of all tasks that are no actions."""


def dag_id(rule: Rule) -> str:
    """The id of the Dag that a rule becomes."""
    return dag_id_of(rule.account, rule.id)


def build_dag(stored: StoredRule) -> DAG:
    """The Dag of a rule, which must not be inactive: one has no Dag.

    It starts with a gate when the rule has conditions, or when an action may be skipped; each action follows what it
    needs. A join runs when nothing before it failed and something succeeded, so that a skipped branch doesn't stop it.
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
        gate = _gate(rule, wired)
        at_start = {action.id for action in wired if action.when and not action.upstream}
        for action in wired:
            # What follows a first action that may be skipped hangs on the gate too, which always succeeds.
            gated = gate is not None and (not action.upstream or not at_start.isdisjoint(action.upstream))
            task = action_operator(
                action.type,
                task_id=action.id,
                account=rule.account,
                site=rule.site,
                conditions=_as_json(action),
                action_params=action.params,
                again=action.retries or USUAL,
                trigger_rule="none_failed_min_one_success" if len(action.upstream) + gated > 1 else "all_success",
            )
            for upstream in action.upstream:
                tasks[upstream] >> task
            if gate is not None and gated:
                gate >> task
            tasks[action.id] = task
        watched = [*([GATE] if gate is not None else []), *tasks]
        failing = add_failure_tasks(rule, tasks, watched)
        if rule.notify:
            notify = _notify(stored, [*watched, *(task.task_id for task in failing)], list(tasks))
            notify.set_upstream([*tasks.values(), *failing])
    return dag


def _gate(rule: Rule, wired: tuple[WiredAction, ...]) -> GateOperator | None:
    if not rule.conditions and not any(action.when for action in wired):
        return None
    conditions: list[JsonValue] = [condition.model_dump(mode="json", by_alias=True) for condition in rule.conditions]
    return GateOperator(task_id=GATE, account=rule.account, site=rule.site, conditions=conditions)


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


def _schedule(rule: Rule) -> CronTriggerTimetable | MultipleCronTriggerTimetable | list[Asset] | None:
    # A paused rule keeps its Dag, to be run by hand, but no clock or asset starts it.
    if rule.status != "active":
        return None
    if rule.assets:
        return [Asset(uri) for uri in rule.assets]
    match rule.schedule:
        case None:
            return None
        case str() as cron:
            return CronTriggerTimetable(cron, timezone=rule.timezone)
        case crons:
            return MultipleCronTriggerTimetable(*crons, timezone=rule.timezone)

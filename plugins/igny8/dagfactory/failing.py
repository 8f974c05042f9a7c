"""What a rule's Dag has for the case that an action fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import Label, TriggerRule

from igny8.execution.operators import ActionOperator, OwnActionOperator, RuleOperator
from igny8.rules import Rule
from igny8.rules.retries import USUAL
from igny8.rules.wiring import wire_failure

OUTCOME: Final = "outcome"
"""The task id of what says whether the actions succeeded; no action may bear it."""


def add_failure_tasks(rule: Rule, tasks: Mapping[str, RuleOperator], watched: Sequence[str]) -> list[ActionOperator]:
    """Add the actions on failure, one after the other, behind the actions that they are for.

    The first starts as soon as one has failed, and is skipped with the others when none has. A run's state is that of
    its last tasks: so that one in which something failed stays failed although its actions on failure succeed, a task
    that does nothing follows the actions and fails with them. The scheduler ends it by itself.

    Args:
        rule: The rule.
        tasks: The tasks of its actions by their ids.
        watched: The ids of all tasks whose failure they may tell of.
    """
    if not rule.on_failure:
        return []
    outcome = EmptyOperator(task_id=OUTCOME, trigger_rule=TriggerRule.NONE_FAILED)
    outcome.set_upstream(list(tasks.values()))
    made: list[ActionOperator] = []
    for wired in wire_failure(rule):
        task = OwnActionOperator(
            action=wired.type,
            task_id=wired.id,
            account=rule.account,
            site=rule.site,
            action_params=wired.params,
            again=wired.retries or USUAL,
            watched=watched,
            trigger_rule=TriggerRule.ALL_SUCCESS if made else TriggerRule.ONE_FAILED,
        )
        if made:
            made[-1] >> task
        else:
            list(tasks.values()) >> Label("when one fails") >> task
        made.append(task)
    return made

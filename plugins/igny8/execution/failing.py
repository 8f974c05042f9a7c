"""What is known of a run in which something failed: for the actions of ``on_failure``, and for notifications."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.execution_time.xcom import XCom

from igny8.execution.scope import ERROR

FAILED: Final = frozenset({"failed", "upstream_failed"})

Failures: TypeAlias = Mapping[str, str]
"""Why the tasks failed that did, by their ids, in the order of the rule."""

_CHANGING: Final = re.compile(r"\([^()]*\)|(?<!answered )\b\d+(?:[.,:]\d+)*")
"""What differs between two messages of one cause: how somebody did not answer, and numbers that are no status."""


def states_of(run: RuntimeTaskInstance, tasks: Sequence[str]) -> dict[str, str | None]:
    """The states of other tasks of the same run."""
    found = run.get_task_states(run.dag_id, task_ids=list(tasks), run_ids=[run.run_id])
    return dict(found.get(run.run_id, {}))


async def failures_of(run: RuntimeTaskInstance, tasks: Sequence[str], states: Mapping[str, str | None]) -> Failures:
    """Why those of the tasks failed that did by themselves."""
    told: dict[str, str] = {}
    for task in tasks:
        if states.get(task) == "failed":
            reason = await XCom.aget_one(key=ERROR, dag_id=run.dag_id, task_id=task, run_id=run.run_id)
            told[task] = str(reason) if reason else ""
    return told


def told(failures: Failures) -> str | None:
    """What failed in sentences; ``None`` where nothing did."""
    sentences = [f"{task}: {why}" if why else f"{task} failed; its log says why." for task, why in failures.items()]
    return " ".join(sentences) or None


def cause_of(failures: Failures) -> str:
    """What the failure comes from: the same text for two runs that failed for the same reason."""
    return " ".join(f"{task}: {_CHANGING.sub('…', why)}" for task, why in sorted(failures.items()))[:2000]

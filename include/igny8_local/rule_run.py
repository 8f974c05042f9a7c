"""One run of a rule, started and watched through Airflow's public REST API."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from igny8.cli.progress import GATE, Progress, Step
from igny8_local.airflow_api import AirflowApi
from igny8_local.errors import AirflowAnswerError

ENDED: Final = frozenset({"success", "failed"})
"""The states of a run that has ended."""

_STARTED: Final = frozenset({"running", "deferred", "success", "failed", "up_for_retry", "restarting"})


class _Task(BaseModel):
    model_config = ConfigDict(extra="ignore")

    task_id: str
    downstream_task_ids: list[str]


class RuleRun:
    """A run that was asked for."""

    def __init__(self, airflow: AirflowApi, dag_id: str, run_id: str) -> None:
        self.dag_id = dag_id
        self.run_id = run_id
        self._airflow = airflow
        self._run = f"dags/{quote(dag_id)}/dagRuns/{quote(run_id, safe='')}"
        self._order = _in_order(airflow, dag_id)
        self._settled: dict[str, Step] = {}

    @classmethod
    def start(cls, airflow: AirflowApi, dag_id: str) -> RuleRun:
        """Ask Airflow to run the rule now."""
        body: dict[str, JsonValue] = {"logical_date": None, "conf": {"event": {}}}
        answer = airflow.call("POST", f"dags/{quote(dag_id)}/dagRuns", body=body)
        return cls(airflow, dag_id, str(answer["dag_run_id"]))

    def state(self) -> str:
        """``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._airflow.call("GET", self._run)["state"])

    def steps(self) -> list[Step]:
        """All of its steps as they are now, in the order in which they run."""
        answer = self._airflow.call("GET", f"{self._run}/taskInstances", params={"limit": 100})
        states: dict[str, str | None] = {
            str(task["task_id"]): task["state"]
            for task in TypeAdapter(list[dict[str, JsonValue]]).validate_python(answer["task_instances"])
            if task["state"] is None or isinstance(task["state"], str)
        }
        return [self._step(task_id, states.get(task_id)) for task_id in self._order]

    def _step(self, task_id: str, state: str | None) -> Step:
        settled = self._settled.get(task_id)
        if settled is not None and settled.state == state:
            return settled
        # A short action leaves its result only; one that failed may have none.
        found = self.xcom(task_id, "return_value") if state in ENDED else None
        if not isinstance(found, dict):
            found = self.xcom(task_id, "progress") if state in _STARTED else None
        step = Step(task_id, state, Progress.model_validate(found or {}))
        if step.ended:
            self._settled[task_id] = step
        return step

    def xcom(self, task_id: str, key: str) -> JsonValue:
        """What a step left under the key, or None."""
        try:
            return self._airflow.call("GET", f"{self._run}/taskInstances/{quote(task_id)}/xcomEntries/{key}")["value"]
        except AirflowAnswerError as error:
            if error.status == httpx.codes.NOT_FOUND:
                return None
            raise

    def outputs(self, name: str, steps: Iterable[Step]) -> list[JsonValue]:
        """What all steps together put out under the name, each value once."""
        values: dict[str, JsonValue] = {}
        for step in steps:
            found = self.xcom(step.id, name) if step.state == "success" else None
            for value in found if isinstance(found, list) else []:
                values.setdefault(repr(value), value)
        return list(values.values())


def _in_order(airflow: AirflowApi, dag_id: str) -> list[str]:
    """The task ids, each after those it follows."""
    tasks = TypeAdapter(list[_Task]).validate_python(airflow.call("GET", f"dags/{quote(dag_id)}/tasks")["tasks"])
    following = {task.task_id: task.downstream_task_ids for task in tasks}
    depth = dict.fromkeys(following, 0)
    for _ in following:  # as many rounds as the longest path can have
        for task_id, after in following.items():
            for later in after:
                depth[later] = max(depth[later], depth[task_id] + 1)
    return sorted(depth, key=lambda task_id: (depth[task_id], task_id != GATE))

"""What a running task may refer to: the event, the outputs of the actions before it, and the facts of its site."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from airflow.sdk.execution_time.xcom import XCom
from pydantic import JsonValue

from igny8.execution.facts import FactSource, values_of

RESULT = "return_value"
"""The XCom under which an action leaves its whole result."""
REQUEST = "request"
"""The XCom under which a task leaves what it has asked people."""
ERROR = "error"
"""The XCom that says in a sentence why the task's last try failed."""


@dataclass(frozen=True, slots=True)
class RunScope:
    """One run of a rule, seen from one of its tasks."""

    dag_id: str
    run_id: str
    site: str
    event: Callable[[], JsonValue]
    """What the run was given as its event; asked for only when something refers to it."""

    async def values(self, paths: Iterable[str], source: FactSource) -> dict[str, JsonValue]:
        """The values that the dotted paths start from: outputs from XCom, facts from the engine."""
        return await values_of(paths, source, self.site, event=self.event, output=self._output)

    async def _output(self, action: str, name: str) -> JsonValue:
        if name != "count":
            return await self._xcom(action, name)
        result = await self._xcom(action, RESULT)
        return result.get("done") if isinstance(result, dict) else None

    async def _xcom(self, action: str, key: str) -> JsonValue:
        value: JsonValue = await XCom.aget_one(key=key, dag_id=self.dag_id, task_id=action, run_id=self.run_id)
        return value

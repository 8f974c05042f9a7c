"""What a running task may refer to: the event, the outputs of the actions before it, and the facts of its site."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from airflow.sdk.execution_time.xcom import XCom
from pydantic import JsonValue

from igny8.engine import EngineClient

RESULT = "return_value"
"""The XCom under which an action leaves its whole result."""


@dataclass(frozen=True, slots=True)
class RunScope:
    """One run of a rule, seen from one of its tasks."""

    dag_id: str
    run_id: str
    site: str
    event: Callable[[], JsonValue]
    """What the run was given as its event; asked for only when something refers to it."""

    async def values(self, paths: Iterable[str], client: EngineClient) -> dict[str, JsonValue]:
        """The values that the dotted paths start from, nested for ``event`` and ``actions``, flat for facts.

        Only what the paths name is fetched: outputs from XCom, facts in one call of the engine.
        """
        values: dict[str, JsonValue] = {}
        actions: dict[str, JsonValue] = {}
        facts: list[str] = []
        for path in paths:
            root, _, rest = path.partition(".")
            if root == "actions":
                action, _, output = rest.partition(".")
                outputs = actions.setdefault(action, {})
                value = await self._output(action, output.partition(".")[0])
                if value is not None and isinstance(outputs, dict):
                    outputs[output.partition(".")[0]] = value
            elif root == "event":
                values["event"] = self.event()
            else:
                facts.append(path)
        values["actions"] = actions
        values.update(await client.facts(self.site, facts))
        return values

    async def _output(self, action: str, name: str) -> JsonValue:
        if name != "count":
            return await self._xcom(action, name)
        result = await self._xcom(action, RESULT)
        return result.get("done") if isinstance(result, dict) else None

    async def _xcom(self, action: str, key: str) -> JsonValue:
        value: JsonValue = await XCom.aget_one(key=key, dag_id=self.dag_id, task_id=action, run_id=self.run_id)
        return value

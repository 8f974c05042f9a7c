"""Twins are put to people: what comes too close to what the site has is written when somebody approves of it.

The engine leaves twins unwritten and names them; the task then asks. A no leaves them so. A yes has them written by a
second job, under a key of its own: whatever dies in between, or is tried again, finds both jobs and the answer.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from airflow.sdk import Context
from airflow.triggers.base import TriggerEvent
from pydantic import JsonValue

from igny8.actions.topic_memory import FIELD, HOURS_TO_ANSWER
from igny8.engine import Job, JobItem
from igny8.execution.approving import ANSWER, Answer, AskingOperator, AskingTrigger, Request
from igny8.execution.articles import listing, plain
from igny8.execution.connection import engine_client
from igny8.execution.operators import GenerateContentOperator
from igny8.execution.scope import RESULT
from igny8.execution.triggers import ActionTrigger

_ASKED: Final = "asked"
"""What the engine's result of an item says of a twin that is put to approval."""


class TwinsTrigger(AskingTrigger, ActionTrigger):
    """Has articles written but for twins, and asks about these; once they are approved, has them written as well."""

    async def _end(self, job: Job) -> TriggerEvent:
        twins = [item for item in job.items or [] if _is_asked(item)]
        if job.state != "succeeded" or not twins:
            return await super()._end(job)
        if not await self._is_approved():
            # The outputs first: a no ends the task as it is.
            await super()._end(job)
            return await self._ask(self._request(twins))
        return await super()._end(_joined(job, await self._written_after_all(twins)))

    async def _is_approved(self) -> bool:
        answer = await self._left(self._runtime().task_id, ANSWER)
        return isinstance(answer, dict) and bool(answer["approved"])

    async def _written_after_all(self, twins: list[JobItem]) -> Job:
        client = await engine_client(self.account)
        params: dict[str, JsonValue] = {"task_ids": [item.id for item in twins]}
        budget = await self._budget()
        job = await self._patiently(lambda: self._start(client, params, budget, key="approved"))
        return await self._follow(client, job)

    def _request(self, twins: list[JobItem]) -> Request:
        count = "an article" if len(twins) == 1 else f"{len(twins)} articles"
        return {
            "kind": "twins",
            "subject": f"Write {count} for {self.site} all the same?",
            "body": body_of(twins),
            "until": time.time() + HOURS_TO_ANSWER * 3600,
            "articles": [],
            "least": None,
            "most": None,
            "allowance": None,
        }


class TwinsOperator(AskingOperator, GenerateContentOperator):
    """Writes articles, and asks people about those whose twins the site has. Outputs: ``content_ids``.

    The XCom ``request`` says what was asked, ``answer`` what was answered, and ``return_value`` what became of each.
    """

    trigger: ClassVar[type[ActionTrigger]] = TwinsTrigger
    then: ClassVar[str] = "resume"

    def answered(self, context: Context, request: Request, answer: Answer) -> None:  # noqa: ARG002 - asked about all
        """Leave the twins unwritten, or go back to have them written.

        Raises:
            TaskDeferred: they were approved.
        """
        if answer.approved:
            self.defer(trigger=self._trigger, method_name=self.then)
        task_instance = context["ti"]
        outcome = task_instance.xcom_pull(task_ids=self.task_id, key=RESULT)
        task_instance.xcom_push(key=RESULT, value=_rejected(outcome, answer))


def asks(params: Mapping[str, JsonValue]) -> bool:
    """Whether an action that writes articles asks people about twins."""
    memory = params.get(FIELD)
    return isinstance(memory, Mapping) and memory.get("on_twin") == "ask"


def body_of(twins: list[JobItem]) -> str:
    """The twins as Markdown, each with what it is a twin of."""
    return listing([plain(str((item.result or {})[_ASKED])) for item in twins])


def _is_asked(item: JobItem) -> bool:
    return item.state == "done" and _ASKED in (item.result or {})


def _joined(first: Job, second: Job) -> Job:
    """Both jobs as one: what became of the twins in place of that they were asked about."""
    later = {item.id: item for item in second.items or []}
    items = [later.get(item.id, item) if _is_asked(item) else item for item in first.items or []]
    charged = first.credits.charged + second.credits.charged
    outputs = {name: [*values, *second.outputs.get(name, [])] for name, values in first.outputs.items()}
    return second.model_copy(
        update={
            "total": first.total,
            "done": sum(item.state == "done" for item in items),
            "failed": sum(item.state == "failed" for item in items),
            "credits": second.credits.model_copy(update={"charged": charged}),
            "outputs": outputs,
            "items": items,
        }
    )


def _rejected(outcome: Mapping[str, Any], answer: Answer) -> dict[str, JsonValue]:
    items = [
        {**item, "state": "rejected", "error": answer.no} if _ASKED in (item["result"] or {}) else item
        for item in outcome["items"]
    ]
    done = sum(item["state"] == "done" for item in items)
    return {**outcome, "done": done, "items": list[JsonValue](items)}

"""What an action holds back is put to people: twins of what the site has, and posts that people have changed there.

The engine leaves such items as they are and names them; the task then asks. A no leaves them so. A yes has them done by
a second job, under a key of its own: whatever dies in between, or is tried again, finds both jobs and the answer.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Final

from airflow.sdk import Context
from airflow.triggers.base import TriggerEvent
from pydantic import JsonValue

from igny8.actions.topic_memory import FIELD
from igny8.engine import Job, JobItem
from igny8.execution.approving import ANSWER, Answer, AskingOperator, AskingTrigger, Kind, Request
from igny8.execution.articles import listing, plain
from igny8.execution.connection import engine_client
from igny8.execution.operators import GenerateContentOperator, JobOperator, PublishToWordPressOperator
from igny8.execution.scope import RESULT
from igny8.execution.triggers import ActionTrigger

HOURS_TO_ANSWER: Final = 72
"""How long an answer is waited for; none by then means no."""
_ASKED: Final = "asked"
"""What the engine's result of an item says where it is held back for an answer."""


class HeldBackTrigger(AskingTrigger, ActionTrigger):
    """Has everything done but what is held back, and asks about that; once it is approved, has it done as well."""

    kind: ClassVar[Kind]
    question: ClassVar[tuple[str, str]]
    """What is asked about one item, and about several."""

    @abstractmethod
    def _second(self, params: dict[str, JsonValue], ids: list[JsonValue]) -> dict[str, JsonValue]:
        """The params of the job that does what was held back; the first job's are given."""

    async def _end(self, job: Job) -> TriggerEvent:
        held = [item for item in job.items or [] if _is_asked(item)]
        if job.state != "succeeded" or not held:
            return await super()._end(job)
        if not await self._is_approved():
            # The outputs first: a no ends the task as it is.
            await super()._end(job)
            return await self._ask(self._request(held))
        return await super()._end(_joined(job, await self._done_after_all(held)))

    async def _is_approved(self) -> bool:
        answer = await self._left(self._runtime().task_id, ANSWER)
        return isinstance(answer, dict) and bool(answer["approved"])

    async def _done_after_all(self, held: list[JobItem]) -> Job:
        client = await engine_client(self.account)
        params = self._second(await self._resolved(self._scope(), client), [item.id for item in held])
        budget = await self._budget()
        job = await self._patiently(lambda: self._start(client, params, budget, key="approved"))
        return await self._follow(client, job)

    def _request(self, held: list[JobItem]) -> Request:
        one, several = self.question
        return {
            "kind": self.kind,
            "subject": (one if len(held) == 1 else several).format(count=len(held), site=self.site),
            "body": body_of(held),
            "until": time.time() + HOURS_TO_ANSWER * 3600,
            "articles": [],
            "least": None,
            "most": None,
            "allowance": None,
        }


class TwinsTrigger(HeldBackTrigger):
    """Asks about articles that the site has twins of."""

    kind = "twins"
    question = ("Write an article for {site} all the same?", "Write {count} articles for {site} all the same?")

    def _second(self, params: dict[str, JsonValue], ids: list[JsonValue]) -> dict[str, JsonValue]:  # noqa: ARG002
        return {"task_ids": ids}  # without the topic memory that has held them back


class EditsTrigger(HeldBackTrigger):
    """Asks about posts that people have changed on the site."""

    kind = "edits"
    question = (
        "Write over a post that people have changed on {site}?",
        "Write over {count} posts that people have changed on {site}?",
    )

    def _second(self, params: dict[str, JsonValue], ids: list[JsonValue]) -> dict[str, JsonValue]:
        return {**params, "content_ids": ids, "on_edited": "overwrite"}


class HeldBackOperator(AskingOperator, JobOperator):
    """An action that asks people about what it holds back.

    The XCom ``request`` says what was asked, ``answer`` what was answered, and ``return_value`` what became of each.
    """

    then: ClassVar[str] = "resume"

    def answered(self, context: Context, request: Request, answer: Answer) -> None:  # noqa: ARG002 - asked about all
        """Leave it as it is, or go back to have it done.

        Raises:
            TaskDeferred: it was approved.
        """
        if answer.approved:
            self.defer(trigger=self._trigger, method_name=self.then)
        task_instance = context["ti"]
        outcome = task_instance.xcom_pull(task_ids=self.task_id, key=RESULT)
        task_instance.xcom_push(key=RESULT, value=_rejected(outcome, answer))


class TwinsOperator(HeldBackOperator, GenerateContentOperator):
    """Writes articles, and asks people about those whose twins the site has. Outputs: ``content_ids``."""

    trigger: ClassVar[type[ActionTrigger]] = TwinsTrigger


class EditsOperator(HeldBackOperator, PublishToWordPressOperator):
    """Publishes articles, and asks people about those that were changed there. Outputs: ``post_ids``, ``post_urls``."""

    trigger: ClassVar[type[ActionTrigger]] = EditsTrigger


def asking_operator(action: str, params: Mapping[str, JsonValue]) -> type[HeldBackOperator] | None:
    """The operator of an action that asks people about what it holds back; ``None`` where it asks nobody."""
    memory = params.get(FIELD)
    if action == TwinsOperator.action.name and isinstance(memory, Mapping) and memory.get("on_twin") == "ask":
        return TwinsOperator
    if action == EditsOperator.action.name and params.get("on_edited") == "ask":
        return EditsOperator
    return None


def body_of(held: list[JobItem]) -> str:
    """What is held back as Markdown, each with why."""
    return listing([plain(str((item.result or {})[_ASKED])) for item in held])


def _is_asked(item: JobItem) -> bool:
    return item.state == "done" and _ASKED in (item.result or {})


def _joined(first: Job, second: Job) -> Job:
    """Both jobs as one: what became of what was held back in place of that it was."""
    later = {item.id: item for item in second.items or []}
    items = [later.get(item.id, item) if _is_asked(item) else item for item in first.items or []]
    charged = first.credits.charged + second.credits.charged
    # A post that was left as it is has been put out before.
    outputs = {
        name: [*values, *(each for each in second.outputs.get(name, []) if each not in values)]
        for name, values in first.outputs.items()
    }
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

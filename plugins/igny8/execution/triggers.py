"""What runs in the triggerer: an action's job from start to end, and the gate's conditions.

Both end their task from the trigger, so that a task that succeeds or is skipped never needs a worker process. One that
fails is handed to a worker, which raises the error: that is how Airflow's retries and callbacks get to see it.
"""

from __future__ import annotations

import asyncio
import time
from abc import abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Any, ClassVar, Final, TypedDict, TypeVar

from airflow.sdk.execution_time.task_runner import RuntimeTaskInstance
from airflow.sdk.execution_time.xcom import XCom
from airflow.triggers.base import BaseTrigger, TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from pydantic import JsonValue, TypeAdapter

from igny8.actions.budget import Budget
from igny8.actions.causes import Cause
from igny8.conditions import ConditionTree, IncomparableValuesError, evaluate, fields
from igny8.engine import LONG_POLL, EngineClient, Job
from igny8.errors import EngineCallError
from igny8.execution.connection import engine_client
from igny8.execution.errors import AirflowCallError
from igny8.execution.facts import FactSource
from igny8.execution.ledger import Ledger, ledger_of
from igny8.execution.scope import ERROR, RESULT, RunScope
from igny8.execution.settings import engine_patience
from igny8.execution.spending import ALLOWANCE, BUDGET, STOPPED, Spending, job_budget, stopped_by
from igny8.rules import UnresolvedReferenceError, references, resolve

PROGRESS: Final = "progress"
"""The XCom that tells how far an action is: phase, done, total, failed, credits."""
LEDGER: Final = "ledger"
"""The XCom that holds every condition of an evaluation with its actual value."""

FIRST_NEWS: Final = 2.0
"""How long an action may go without any progress written, in seconds."""
PROGRESS_INTERVAL: Final = 0.5
"""The least time between two writes of a task's progress, in seconds."""
FIRST_PAUSE: Final = 0.5
"""The pause after the first try to reach the engine or Airflow's REST API, in seconds; each is twice the one before."""
LONGEST_PAUSE: Final = 15.0
"""The longest of these pauses."""

_CONDITIONS: TypeAdapter[list[ConditionTree]] = TypeAdapter(list[ConditionTree])

R = TypeVar("R")


class Failure(TypedDict):
    """The payload of the event that hands a failed task to a worker."""

    message: str
    cause: Cause
    wait: float | None


class RunTrigger(BaseTrigger):
    """The base of all: knows the run that its task is one of."""

    made_of: ClassVar[tuple[str, ...]]
    """The arguments that it is made of, each of which is an attribute too."""

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What is needed to make this trigger again."""
        return f"{type(self).__module__}.{type(self).__qualname__}", {
            name: getattr(self, name) for name in self.made_of
        }

    def _runtime(self) -> RuntimeTaskInstance:
        # Airflow's annotation names the database's class; what the triggerer gives a started-from trigger is this.
        if not isinstance(self.task_instance, RuntimeTaskInstance):
            raise TypeError(f"The triggerer gave {self} no task instance that it can run with.")
        return self.task_instance

    async def _xcom(self, key: str, value: JsonValue) -> None:
        task_instance = self._runtime()
        await XCom.aset(
            key, value, dag_id=task_instance.dag_id, task_id=task_instance.task_id, run_id=task_instance.run_id
        )

    async def _left(self, task: str, key: str) -> Any:  # noqa: ANN401 - an XCom holds anything
        """What a task of the run has left under a key; ``None`` for nothing."""
        run = self._runtime()
        return await XCom.aget_one(key=key, dag_id=run.dag_id, task_id=task, run_id=run.run_id)

    async def _patiently(self, call: Callable[[], Awaitable[R]]) -> R:
        """Repeat a call while who is called is away, with growing pauses, until patience runs out."""
        pause, deadline = FIRST_PAUSE, time.monotonic() + engine_patience()
        while True:
            try:
                return await call()
            except (EngineCallError, AirflowCallError) as error:
                wait = pause if error.retry_after is None else error.retry_after
                if not error.retryable or time.monotonic() + wait > deadline:
                    raise
                self.log.warning("%s Trying again in %.1f s.", error, wait)
                await self._waiting(str(error))
                await asyncio.sleep(wait)
                pause = min(pause * 2, LONGEST_PAUSE)

    async def _waiting(self, message: str) -> None:
        """Called before each pause, for those who show progress."""


class RuleTrigger(RunTrigger):
    """The base of actions and gates: evaluates conditions, and turns every failure into a sentence."""

    made_of: ClassVar[tuple[str, ...]] = ("account", "site", "conditions")

    def __init__(self, *, account: str, site: str, conditions: list[JsonValue]) -> None:
        super().__init__()
        self.account = account
        self.site = site
        self.conditions = conditions

    @abstractmethod
    async def _work(self) -> TriggerEvent:
        """Do the work and say how the task ends."""

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Run to the end of the task."""
        try:
            event = await self._work()
        except EngineCallError as error:
            event = failure(str(error), cause=error.cause, wait=error.retry_after)
        except (IncomparableValuesError, UnresolvedReferenceError) as error:
            event = failure(str(error))
        if isinstance(event.payload, dict) and "message" in event.payload:
            await self._xcom(ERROR, event.payload["message"])
        yield event

    def _scope(self) -> RunScope:
        task_instance = self._runtime()
        return RunScope(task_instance.dag_id, task_instance.run_id, self.site, self._event)

    def _event(self) -> JsonValue:
        event: JsonValue = (self._runtime().get_template_context()["dag_run"].conf or {}).get("event", {})
        return event

    async def _evaluate(self, scope: RunScope, source: FactSource) -> Ledger:
        """Evaluate the conditions and keep what was seen."""
        conditions = _CONDITIONS.validate_python(self.conditions)
        facts = await self._patiently(lambda: scope.values(fields(conditions), source))
        evaluation = evaluate(conditions, facts)
        ledger = ledger_of(evaluation)
        await self._xcom(LEDGER, ledger.model_dump(mode="json"))
        if not ledger.holds:
            self.log.info(ledger.reason)
        return ledger

    async def _waiting(self, message: str) -> None:
        """Leave the reason where the progress of the run is read."""
        await self._xcom(PROGRESS, {"phase": message})


class ActionTrigger(RuleTrigger):
    """Starts one job of the engine, follows it, and leaves its outputs in XCom.

    The job's key is made of the Dag id, the run id and the task id, so that whatever dies in between, the next trigger
    finds the same job; a retry resumes it.
    """

    made_of = (*RuleTrigger.made_of, "action", "action_params")

    def __init__(
        self,
        *,
        account: str,
        site: str,
        conditions: list[JsonValue],
        action: str,
        action_params: dict[str, JsonValue],
        spending: Spending | None = None,
    ) -> None:
        super().__init__(account=account, site=site, conditions=conditions)
        self.action = action
        self.action_params = action_params
        self.spending = spending
        self._job: Job | None = None
        self._written: dict[str, JsonValue] = {}
        self._written_at: float | None = None

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What is needed to make this trigger again."""
        path, made_of = super().serialize()
        return path, {**made_of, **({"spending": self.spending} if self.spending else {})}

    async def _work(self) -> TriggerEvent:
        client, scope = await engine_client(self.account), self._scope()
        if self.conditions and not (await self._evaluate(scope, client)).holds:
            return TaskSkippedEvent()
        params = await self._resolved(scope, client)
        budget = await self._budget()
        job = await self._patiently(lambda: self._start(client, params, budget))
        return await self._end(await self._follow(client, job))

    async def _resolved(self, scope: RunScope, client: EngineClient) -> dict[str, JsonValue]:
        """The params with what their references stand for."""
        return resolve(self.action_params, await scope.values(references(self.action_params), client))

    async def _follow(self, client: EngineClient, job: Job) -> Job:
        """The job at its end."""
        wait = FIRST_NEWS
        while not job.ended:
            job = await self._patiently(partial(client.job, job.id, wait=wait, version=job.version))
            if not job.ended or self._written:
                await self._report(job)
            wait = LONG_POLL
        return job

    async def _budget(self) -> Budget | None:
        if self.spending is None:
            return None
        run = self._runtime()
        return job_budget(self.spending, f"{run.dag_id}/{run.run_id}", await self._left(BUDGET, ALLOWANCE))

    async def _start(
        self, client: EngineClient, params: dict[str, JsonValue], budget: Budget | None, key: str = ""
    ) -> Job:
        """Start the task's job; with a key, another one of its that is known by it."""
        task_instance = self._runtime()
        self._job = await client.start_job(
            self.action,
            self.site,
            params,
            key=f"{task_instance.dag_id}/{task_instance.run_id}/{task_instance.task_id}{f'/{key}' if key else ''}",
            attempt=task_instance.try_number,
            budget=budget,
        )
        return self._job

    async def _end(self, job: Job) -> TriggerEvent:
        left: dict[str, JsonValue] = {**job.outputs, RESULT: result(job)}
        await asyncio.gather(*(self._xcom(name, value) for name, value in left.items()))
        if job.state == "succeeded":
            return TaskSuccessEvent()
        if job.state == "cancelled":
            return failure("The job was cancelled in the content engine.")
        if job.error is None:
            return failure("The job failed, and the content engine does not say why.", cause="failed")
        if (stopped := stopped_by(job.error, self._runtime().try_number)) is not None:
            await self._xcom(STOPPED, stopped)
        return failure(str(job.error), cause="failed" if job.error.retryable else "refused")

    async def _report(self, job: Job) -> None:
        """Write the progress, unless it was written a moment ago and more will follow.

        A write costs Airflow more than all the rest of a short action, so one that ends before there is anything to
        tell has its result only.
        """
        progress: dict[str, JsonValue] = {
            "phase": job.phase,
            "done": job.done,
            "total": job.total,
            "failed": job.failed,
            "credits": job.credits.charged,
            "job": job.id,
        }
        due = self._written_at is None or job.ended or time.monotonic() - self._written_at >= PROGRESS_INTERVAL
        if progress != self._written and due:
            await self._xcom(PROGRESS, progress)
            self._written_at, self._written = time.monotonic(), progress

    async def _waiting(self, message: str) -> None:
        unknown: dict[str, JsonValue] = {"done": 0, "total": 0, "failed": 0, "credits": 0}
        waiting: dict[str, JsonValue] = {**unknown, **self._written, "phase": message}
        if waiting != self._written:
            await self._xcom(PROGRESS, waiting)
            self._written_at, self._written = time.monotonic(), waiting

    async def on_kill(self) -> None:
        """Cancel the job when a user ends the task; what is done stays done and is charged."""
        if self._job is not None:
            await (await engine_client(self.account)).cancel_job(self._job.id)


class GateTrigger(RuleTrigger):
    """Evaluates a rule's conditions on the facts of now; where they don't hold, it skips itself and all after it."""

    async def _work(self) -> TriggerEvent:
        evaluation = await self._evaluate(self._scope(), await engine_client(self.account))
        return TaskSuccessEvent() if evaluation.holds else TaskSkippedEvent()


def failure(message: str, *, cause: Cause = "refused", wait: float | None = None) -> TriggerEvent:
    """The event that has a worker fail the task with this message; what is refused is not tried again."""
    payload: Failure = {"message": message, "cause": cause, "wait": wait}
    return TriggerEvent(payload)


def result(job: Job) -> dict[str, JsonValue]:
    """What an action leaves behind under :data:`igny8.execution.scope.RESULT`."""
    return {
        "state": job.state,
        "done": job.done,
        "failed": job.failed,
        "total": job.total,
        "credits": job.credits.charged,
        "warnings": sum(len(item.warnings) for item in job.items or []),
        "provider": job.provider,
        "job": job.id,
        "items": [item.model_dump(mode="json") for item in job.items or []],
    }

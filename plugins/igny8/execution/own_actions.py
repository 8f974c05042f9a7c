"""Actions that are done by an async function of their own, in the triggerer."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Final

from airflow.sdk import BaseHook, Variable
from airflow.sdk.exceptions import AirflowNotFoundException, AirflowRuntimeError
from airflow.sdk.log import mask_secret
from airflow.triggers.base import TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from pydantic import BaseModel, JsonValue, ValidationError

from igny8.actions import ActionNotDoneError, ActionParams, Credentials, action_type
from igny8.execution.connection import engine_client
from igny8.execution.failing import failures_of, states_of, told
from igny8.execution.scope import RESULT
from igny8.execution.triggers import PROGRESS, PROGRESS_INTERVAL, RuleTrigger, failure
from igny8.rules import references, resolve
from igny8.rules.failing import FAILURE

SECRETS: Final = "igny8_action"
"""What the ids of connections and the keys of variables begin with that actions may read."""


def secret_id(account: str, name: str) -> str:
    """The connection or variable that an action of the account means by a name.

    Slugs of accounts have no ``_``, so no name reaches what is another account's.
    """
    return f"{SECRETS}_{account}_{name}"


class OwnActionTrigger(RuleTrigger):
    """Runs an action's own function from start to end, and leaves its outputs in XCom.

    Args:
        account: The rule's account.
        site: The rule's site.
        conditions: The conditions under which it does anything.
        action: The action's type.
        action_params: Its params; references are resolved when it runs.
        watched: The tasks of the run whose failures it may tell of as ``failure``; none for an action that does not
            run on failure.
    """

    made_of = (*RuleTrigger.made_of, "action", "action_params", "watched")

    def __init__(
        self,
        *,
        account: str,
        site: str,
        conditions: list[JsonValue],
        action: str,
        action_params: dict[str, JsonValue],
        watched: list[str],
    ) -> None:
        super().__init__(account=account, site=site, conditions=conditions)
        self.action = action
        self.action_params = action_params
        self.watched = watched
        self._at_work: ActionParams | None = None

    async def _work(self) -> TriggerEvent:
        scope, source = self._scope(), _FactsOnDemand(self.account)
        if self.conditions and not (await self._evaluate(scope, source)).holds:
            return TaskSkippedEvent()
        named = references(self.action_params)
        values = await scope.values((path for path in named if not path.startswith(f"{FAILURE}.")), source)
        if self.watched:
            values[FAILURE] = await self._failure()
        kind = action_type(self.action)
        if kind.run is None:
            return failure(f"'{self.action}' has no function of its own any more.")
        try:
            params = kind.params.model_validate(resolve(self.action_params, values))
        except ValidationError as error:
            return failure(_in_words(error))
        self._at_work = params
        try:
            outputs = _kept(await kind.run(params, self._run()))
        except ActionNotDoneError as error:
            return failure(str(error), cause=error.cause, wait=error.wait)
        except Exception as error:
            self.log.exception("The action %s broke off.", self.action)
            reason = f"The action {self.action} broke off ({type(error).__name__}: {error}). Its log has the details."
            return failure(reason, cause="failed")
        for name, value in outputs.items():
            await self._xcom(name, value)
        await self._xcom(RESULT, _result(kind.title, outputs))
        return TaskSuccessEvent()

    async def _failure(self) -> dict[str, JsonValue]:
        run = self._runtime()
        found = await failures_of(run, self.watched, states_of(run, self.watched))
        first = next(iter(found), None)
        error = told(found) or "The run failed; its log says why."
        return {
            "action": first,
            "error": error,
            "text": f"{run.dag_id.rpartition('__')[2]} failed on {self.site}: {error}",
            "rule": run.dag_id.rpartition("__")[2],
            "run_id": run.run_id,
            "account": self.account,
            "site": self.site,
        }

    def _run(self) -> _Run:
        return _Run(self)

    async def show(self, progress: dict[str, JsonValue]) -> None:
        """Write how far the action is."""
        await self._xcom(PROGRESS, progress)

    async def on_kill(self) -> None:
        """Tell the action when a user ends the task."""
        kind = action_type(self.action)
        if kind.cancel is not None and self._at_work is not None:
            await kind.cancel(self._at_work, self._run())


class _Run:
    """One run of an action, as its function sees it; see :class:`igny8.actions.ActionRun`."""

    def __init__(self, trigger: OwnActionTrigger) -> None:
        task_instance = trigger._runtime()  # noqa: SLF001 - the other half of one thing
        self._trigger = trigger
        self._shown_at: float | None = None
        self.key = f"{task_instance.dag_id}/{task_instance.run_id}/{task_instance.task_id}"
        self.attempt = int(task_instance.try_number)
        self.run_id = str(task_instance.run_id)
        self.account = trigger.account
        self.site = trigger.site

    async def progress(self, done: int, total: int, phase: str = "") -> None:
        if self._shown_at is not None and time.monotonic() - self._shown_at < PROGRESS_INTERVAL:
            return
        self._shown_at = time.monotonic()
        await self._trigger.show({"phase": phase, "done": done, "total": total, "failed": 0, "credits": 0})

    async def connection(self, name: str) -> Credentials:
        connection_id = secret_id(self.account, name)
        try:
            found = await BaseHook.aget_connection(connection_id)
        except AirflowNotFoundException as error:
            reason = f"There is no Airflow connection '{connection_id}'. Make it, with the secret as its password."
            raise ActionNotDoneError(reason, cause="refused") from error
        mask_secret(found.password)
        return Credentials(host=found.host or "", login=found.login or "", password=found.password or "")

    async def variable(self, name: str) -> str:
        key = secret_id(self.account, name)
        try:
            value = str(Variable.get(key))
        except AirflowRuntimeError as error:
            reason = f"There is no Airflow variable '{key}'. Make it, with the secret as its value."
            raise ActionNotDoneError(reason, cause="refused") from error
        mask_secret(value)
        return value


class _FactsOnDemand:
    """Facts of the engine, which is not asked, nor its connection looked up, before a fact is wanted."""

    def __init__(self, account: str) -> None:
        self._account = account

    async def facts(self, site: str, names: Sequence[str]) -> dict[str, JsonValue]:
        return await (await engine_client(self._account)).facts(site, names) if names else {}


def _kept(outputs: BaseModel) -> dict[str, JsonValue]:
    """The outputs as they can be kept.

    Raises:
        ActionNotDoneError: they hold what neither JSON nor the database can.
    """
    values: dict[str, JsonValue] = outputs.model_dump(mode="json")
    try:
        text = json.dumps(values, ensure_ascii=False, allow_nan=False)
        text.encode()
    except ValueError as error:
        raise ActionNotDoneError(f"What came of it cannot be kept: {error}.", cause="refused") from error
    if "\\u0000" in text:
        raise ActionNotDoneError("What came of it holds the character U+0000, which cannot be kept.", cause="refused")
    return values


def _result(title: str, outputs: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """What it leaves behind, in the shape of what the engine's actions leave."""
    item: dict[str, JsonValue] = {
        "id": None,
        "label": title,
        "state": "done",
        "error": None,
        "result": {name: value for name, value in outputs.items() if isinstance(value, str | int | float | bool)},
        "credits": 0,
    }
    return {
        "state": "succeeded",
        "done": 1,
        "failed": 0,
        "total": 1,
        "credits": 0,
        "provider": None,
        "job": None,
        "items": [item],
    }


def _in_words(error: ValidationError) -> str:
    told = [f"{'.'.join(map(str, each['loc'])) or 'the params'}: {each['msg']}" for each in error.errors()]
    return f"Its params cannot be used as they are in this run: {'; '.join(told)}."

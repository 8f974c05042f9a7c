"""The task that tells receivers how a run went: after everything else, whatever happened before it."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Final, Literal, TypedDict
from weakref import WeakKeyDictionary

import httpx
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.sdk.log import mask_secret
from airflow.triggers.base import TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from pydantic import JsonValue

from igny8.execution.alerts import forget_alert, keep_alert, last_alert
from igny8.execution.errors import NoHookSecretError
from igny8.execution.failing import FAILED, Failures, cause_of, failures_of, states_of, told
from igny8.execution.posting import Message, NotDeliveredError, deliver
from igny8.execution.scope import RESULT
from igny8.execution.settings import allowed_hosts, notify_patience
from igny8.execution.triggers import RunTrigger, failure
from igny8.targets import GuardedTransport
from igny8.webhooks import OWNER, HookSecret, connection_of_account, connection_of_rule, read_secrets

DELIVERIES: Final = "deliveries"
"""The XCom that tells what became of each message; a triggerer that takes over goes on where it says."""

TOLD_BEFORE: Final = "told_before"
"""The XCom that says in a sentence why receivers were not told of a failure again."""

_TYPES: Final = {"success": "rule.succeeded", "failure": "rule.failed"}
_STATUSES: Final = {"success": "completed", "failure": "failed"}

_clients: WeakKeyDictionary[asyncio.AbstractEventLoop, httpx.AsyncClient] = WeakKeyDictionary()


class Receiver(TypedDict):
    """Who is told, and of what."""

    url: str
    on: list[Literal["success", "failure", "approval"]]
    repeat: bool


class _Delivery(TypedDict):
    """What became of the message to one receiver."""

    id: str
    state: Literal["waiting", "delivered", "failed"]
    reason: str | None


class _Record(TypedDict):
    """What became of all messages in one try of the task."""

    attempt: int
    since: float
    body: str
    deliveries: dict[str, _Delivery]


class NotifyTrigger(RunTrigger):
    """Finds out how its run went, and posts that to all receivers who want to know, signed.

    Args:
        account: The rule's account.
        site: The rule's site.
        rule: The rule's id.
        revision: The rule's revision.
        receivers: Who is told, and of what.
        tasks: The ids of the run's other tasks.
        actions: The ids of those that are actions.
    """

    made_of = ("account", "site", "rule", "revision", "receivers", "tasks", "actions")

    def __init__(
        self,
        *,
        account: str,
        site: str,
        rule: str,
        revision: int | None,
        receivers: list[Receiver],
        tasks: list[str],
        actions: list[str],
    ) -> None:
        super().__init__()
        self.account = account
        self.site = site
        self.rule = rule
        self.revision = revision
        self.receivers = receivers
        self.tasks = tasks
        self.actions = actions

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Run to the end of the task."""
        yield await self._notify()

    async def _notify(self) -> TriggerEvent:
        run = self._runtime()
        states = states_of(run, self.tasks)
        outcome = outcome_of([states.get(task) for task in self.tasks], [states.get(task) for task in self.actions])
        if outcome == "success":
            await forget_alert(run.dag_id)
        failures = await failures_of(run, self.tasks, states) if outcome == "failure" else {}
        record = await self._begun()
        urls = list(record["deliveries"]) if record else await self._to_tell(outcome, cause_of(failures))
        if outcome is None or not urls:
            return TaskSkippedEvent()
        try:
            secrets = await self._secrets()
        except NoHookSecretError as error:
            return failure(str(error))
        if record is None:
            record = await self._begin(await self._body(outcome, failures), _TYPES[outcome], urls)
        until = record["since"] + notify_patience()
        await asyncio.gather(*(self._deliver(url, record, secrets, until) for url in record["deliveries"]))
        reached = [url for url, each in record["deliveries"].items() if each["state"] == "delivered"]
        if outcome == "failure" and reached:
            before = await last_alert(run.dag_id)
            await keep_alert(
                run.dag_id,
                revision=self.revision,
                cause=cause_of(failures),
                run_id=run.run_id,
                told=reached,
                before=before,
            )
        reasons = [each["reason"] for each in record["deliveries"].values() if each["state"] == "failed"]
        return failure("\n".join(reason or "" for reason in reasons)) if reasons else TaskSuccessEvent()

    async def _to_tell(self, outcome: Literal["success", "failure"] | None, cause: str) -> list[str]:
        """Who is to be told: all who want to know, save those who know of the same failure already."""
        run = self._runtime()
        wanting = [receiver for receiver in self.receivers if outcome in receiver["on"]]
        before = await last_alert(run.dag_id) if outcome == "failure" and wanting else None
        if before is None:
            return [receiver["url"] for receiver in wanting]
        urls = [
            receiver["url"]
            for receiver in wanting
            if receiver["repeat"] or not before.covers(self.revision, cause, receiver["url"], run.run_id)
        ]
        if len(urls) < len(wanting):
            reason = f"The same failure of the same revision was told by the run {before.run_id}."
            self.log.info(reason)
            await self._xcom(TOLD_BEFORE, reason)
        return urls

    async def _secrets(self) -> list[HookSecret]:
        """What to sign with, the newest first.

        Raises:
            NoHookSecretError: when there is nothing.
        """
        names = (connection_of_rule(self.rule), connection_of_account(self.account))
        for name in names:
            try:
                connection = await BaseHook.aget_connection(name)
            except AirflowNotFoundException:
                continue
            found, _ = read_secrets(connection.password or "")
            for secret in found:
                mask_secret(secret.text)
            if found and connection.extra_dejson.get(OWNER) in {None, self._runtime().dag_id}:
                return found[::-1]
        raise NoHookSecretError(self.rule, names)

    async def _begun(self) -> _Record | None:
        """What another triggerer has begun in this try."""
        run = self._runtime()
        known: _Record | None = await self._left(run.task_id, DELIVERIES)
        return known if known is not None and known["attempt"] == run.try_number else None

    async def _begin(self, body: dict[str, JsonValue], kind: str, urls: Sequence[str]) -> _Record:
        """Write down what this try is to do; messages of one ``kind`` in one run are the same news."""
        run = self._runtime()
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        deliveries: dict[str, _Delivery] = {
            url: {"id": message_id(run.dag_id, run.run_id, url, kind), "state": "waiting", "reason": None}
            for url in urls
        }
        record: _Record = {"attempt": run.try_number, "since": time.time(), "body": text, "deliveries": deliveries}
        await self._keep(record)
        return record

    async def _body(self, outcome: Literal["success", "failure"], failures: Failures) -> dict[str, JsonValue]:
        run = self._runtime()
        results = {action: await self._left(action, RESULT) for action in self.actions}
        done = {action: result for action, result in results.items() if isinstance(result, dict)}
        names = ("done", "failed", "total", "credits", "provider")
        actions: dict[str, JsonValue] = {
            action: {name: result.get(name) for name in names} for action, result in done.items()
        }
        return {
            "type": _TYPES[outcome],
            "timestamp": iso_time(time.time()),
            "data": {
                "rule": self.rule,
                "account": self.account,
                "site": self.site,
                "run_id": run.run_id,
                "dag_id": run.dag_id,
                "status": _STATUSES[outcome],
                "credits": sum(int(result.get("credits") or 0) for result in done.values()),
                "error": told(failures),
                "actions": actions,
            },
        }

    async def _deliver(self, url: str, record: _Record, secrets: Sequence[HookSecret], until: float) -> None:
        delivery = record["deliveries"][url]
        if delivery["state"] != "waiting":
            return

        async def waiting(reason: str) -> None:
            self.log.warning(reason)
            delivery["reason"] = reason
            await self._keep(record)

        try:
            await deliver(_http(), Message(delivery["id"], url, record["body"]), secrets, until, waiting)
        except NotDeliveredError as error:
            delivery["state"], delivery["reason"] = "failed", str(error)
        else:
            delivery["state"], delivery["reason"] = "delivered", None
        await self._keep(record)

    async def _keep(self, record: _Record) -> None:
        await self._xcom(DELIVERIES, record)  # type: ignore[arg-type]  # a TypedDict of JSON values


def outcome_of(tasks: Sequence[str | None], actions: Sequence[str | None]) -> Literal["success", "failure"] | None:
    """How a run went, by the states of its tasks; ``None`` when it has done nothing."""
    if not FAILED.isdisjoint(tasks):
        return "failure"
    return "success" if "success" in actions else None


def message_id(dag_id: str, run_id: str, url: str, kind: str) -> str:
    """The id of a message: the same for the same news of the same run to the same receiver."""
    named = json.dumps([dag_id, run_id, url, kind])
    return f"msg_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def iso_time(moment: float) -> str:
    """Seconds since 1970 as messages tell a time: in UTC, by ISO 8601, to the millisecond."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _http() -> httpx.AsyncClient:
    # Connections are not kept: they are made to addresses, and one that was made for another name at the same address
    # would be taken for this one.
    loop = asyncio.get_running_loop()
    if loop not in _clients:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
        transport = GuardedTransport(allowed_hosts(), httpx.AsyncHTTPTransport(limits=limits))
        _clients[loop] = httpx.AsyncClient(
            transport=transport,
            follow_redirects=False,
            trust_env=False,
            timeout=httpx.Timeout(20.0, connect=10.0),
            headers={"User-Agent": "igny8-automation"},
        )
    return _clients[loop]

"""Telling receivers that a run waits for a person, while it does."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Final, Self, TypedDict
from urllib.parse import quote

from airflow.configuration import conf
from airflow.triggers.base import TriggerEvent

from igny8.execution.errors import NoHookSecretError
from igny8.execution.notifying import NotifyTrigger, iso_time
from igny8.execution.scope import REQUEST
from igny8.execution.settings import notify_patience

APPROVAL: Final = "rule.approval"
"""The type of the message."""


def handover() -> float:
    """How long a worker may take to end once it has handed its task on, in seconds.

    Airflow takes a task that is queued anew before it has heard of that end for one whose worker was killed, and has it
    tried again. Workers end within a second; whoever supervises them looks for that when they close their sockets, and
    if they are a moment late then, only once more after a heartbeat's time.
    """
    return conf.getint("workers", "min_heartbeat_interval") + 2.0


class Announcement(TypedDict):
    """Whom to tell, and about which rule."""

    rule: str
    urls: list[str]


class AnnounceTrigger(NotifyTrigger):
    """Posts to all receivers that a request waits for an answer, signed; what can't be delivered holds nothing up.

    It ends when every receiver has been told or cannot be. An answer that comes meanwhile ends it too.
    """

    @classmethod
    def about(cls, announcement: Announcement, *, account: str, site: str) -> Self:
        """A trigger for an announcement."""
        return cls(
            account=account,
            site=site,
            rule=announcement["rule"],
            revision=None,
            receivers=[{"url": url, "on": ["approval"], "repeat": True} for url in announcement["urls"]],
            tasks=[],
            actions=[],
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        """Run to the end, and not before the worker that has handed the task over is gone."""
        event, _ = await asyncio.gather(self._notify(), asyncio.sleep(handover()))
        yield event

    async def _notify(self) -> TriggerEvent:
        try:
            secrets = await self._secrets()
        except NoHookSecretError as error:
            self.log.warning(str(error))
            return TriggerEvent({"announced": False})
        run = self._runtime()
        request = await self._left(run.task_id, REQUEST)
        record = await self._begun()
        if record is None:
            kind = f"{APPROVAL}/{run.task_id}/{run.try_number}"
            record = await self._begin(self._told(request), kind, [each["url"] for each in self.receivers])
        until = min(record["since"] + notify_patience(), request["until"])
        await asyncio.gather(*(self._deliver(url, record, secrets, until) for url in record["deliveries"]))
        return TriggerEvent({"announced": True})

    def _told(self, request: Any) -> dict[str, Any]:  # noqa: ANN401 - what the task has left
        run = self._runtime()
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        return {
            "type": APPROVAL,
            "timestamp": iso_time(time.time()),
            "data": {
                "rule": self.rule,
                "account": self.account,
                "site": self.site,
                "run_id": run.run_id,
                "dag_id": run.dag_id,
                "action": run.task_id,
                "kind": request["kind"],
                "subject": request["subject"],
                "expires_at": iso_time(request["until"]),
                "articles": request["articles"],
                "least": request["least"],
                "most": request["most"],
                "url": f"{base}/dags/{run.dag_id}/runs/{quote(run.run_id)}/tasks/{run.task_id}/required_actions",
            },
        }

"""From an event to the runs of the rules that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field, JsonValue

from igny8.actions.events import run_event
from igny8.api.acting import run_id_for, start_run
from igny8.api.dags import dag_states, wait_for_revision
from igny8.api.errors import ConflictError
from igny8.api.shelf import Entry
from igny8.rules import StoredRule


class EventRun(BaseModel):
    """A run that an event has started."""

    automation_rule: str = Field(description="The id of its rule.")
    run_id: str = Field(description="The id of the run, as Airflow has it.")
    dag_id: str = Field(description="The id of its Dag.")
    is_new: bool = Field(description="Whether it was made now; false when the event was told before.")


class NotStarted(BaseModel):
    """A rule that waits for the event and was not started."""

    automation_rule: str = Field(description="The rule's id.")
    reason: str = Field(description="Why not.")


class EventResult(BaseModel):
    """What an event has started."""

    id: str = Field(description="The event's id.")
    type: str = Field(description="The event's type.")
    runs: list[EventRun] = Field(description="One run for each rule that waits for it.")
    not_started: list[NotStarted] = Field(description="Rules that wait for it and could not be started.")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that has happened."""

    id: str
    type: str
    data: Mapping[str, JsonValue]
    account: str | None = None
    """Only rules of this account are concerned; ``None`` is every account."""
    site: str | None = None

    def concerns(self, entry: Entry) -> bool:
        """Whether a rule waits for it."""
        if not isinstance(entry.found, StoredRule):
            return False
        rule = entry.found.rule
        return (
            rule.is_active
            and rule.trigger == "event"
            and rule.event == self.type
            and self.account in {None, rule.account}
            and self.site in {None, rule.site}
        )

    @property
    def delivered(self) -> dict[str, JsonValue]:
        """The event as its sender told it."""
        told: dict[str, JsonValue] = {"id": self.id, "type": self.type, "data": dict(self.data)}
        where = {"account": self.account, "site": self.site}
        return {**told, **{name: value for name, value in where.items() if value is not None}}

    @property
    def run_id(self) -> str:
        """The id of the runs that it starts: the same event is the same run."""
        return run_id_for("event", self.id)


async def deliver(event: Event, waiting: Sequence[Entry], by: str) -> EventResult:
    """Start a run of each of the rules; those that an earlier delivery has started are found again."""
    states = await run_in_threadpool(dag_states, [entry.dag_id for entry in waiting])
    paused = {dag_id for dag_id, state in states.items() if state.is_paused}
    ready = [entry for entry in waiting if entry.dag_id not in paused]
    outcomes = await asyncio.gather(*(_start(event, entry, by) for entry in ready))
    refused = [
        NotStarted(automation_rule=entry.rule_id, reason="Its Dag is paused in Airflow.")
        for entry in waiting
        if entry.dag_id in paused
    ]
    return EventResult(
        id=event.id,
        type=event.type,
        runs=[outcome for outcome in outcomes if isinstance(outcome, EventRun)],
        not_started=[*refused, *(outcome for outcome in outcomes if isinstance(outcome, NotStarted))],
    )


async def _start(event: Event, entry: Entry, by: str) -> EventRun | NotStarted:
    await wait_for_revision(entry.dag_id, entry.rule_id, entry.usable.revision)
    conf: dict[str, JsonValue] = {"event": run_event(event.delivered)}
    try:
        is_new = await run_in_threadpool(start_run, entry.dag_id, event.run_id, conf, by)
    except ConflictError as error:
        return NotStarted(automation_rule=entry.rule_id, reason=str(error))
    return EventRun(automation_rule=entry.rule_id, run_id=event.run_id, dag_id=entry.dag_id, is_new=is_new)

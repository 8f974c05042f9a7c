"""Events: what happens somewhere, and starts the rules that wait for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.actions import ACTION_TYPES, EVENT_TYPES
from igny8.actions.events import run_event
from igny8.api.access import Caller, CurrentCaller
from igny8.api.envelope import Envelope, answer
from igny8.api.eventing import Event, EventResult, deliver
from igny8.api.parts import Store
from igny8.api.shelf import Entry, visible
from igny8.rules import RuleStore
from igny8.rules.model import SLUG

router = APIRouter(prefix="/events", tags=["events"])


class EventBody(BaseModel):
    """Something that has happened."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Its id, given by whoever tells of it. The same id again starts nothing new."
    )
    type: str = Field(min_length=1, max_length=200, description="What has happened, for example keywords.imported.")
    data: dict[str, JsonValue] = Field(default={}, description="What rules find at event.<field>.")
    account: str | None = Field(default=None, pattern=SLUG, description="Only rules of this account are started.")
    site: str | None = Field(default=None, pattern=SLUG, description="Only rules of this site are started.")


class EventTypeView(BaseModel):
    """A kind of event that the content engine tells of."""

    type: str = Field(description="What a rule names it by.")
    description: str = Field(description="What has happened.")
    about: str = Field(description="What there is one event for: an article, a job, an import.")
    emitted_by: list[str] = Field(description="The types of the actions after which it is told.")
    example: dict[str, JsonValue] = Field(description="An example of what rules find at event.<field>.")


@router.get("/types/", response_model=Envelope[list[EventTypeView]], operation_id="list_event_types")
def list_event_types(request: Request) -> JSONResponse:
    """The events that the content engine tells of. Rules may wait for others too, which you send."""
    listed = [
        EventTypeView(
            type=event.name,
            description=event.description,
            about=event.about,
            emitted_by=[kind.name for kind in ACTION_TYPES.values() if event in kind.emits],
            example=run_event(event.example()),
        )
        for event in EVENT_TYPES.values()
    ]
    return answer(request, listed)


@router.post("/", status_code=202, response_model=Envelope[EventResult], operation_id="send_event")
async def send_event(request: Request, caller: CurrentCaller, store: Store, body: EventBody) -> JSONResponse:
    """Start every active rule that waits for this type of event and that you may run: one run for each rule.

    The rules' conditions are evaluated on the event. The same id again finds the same runs.
    """
    event = Event(id=body.id, type=body.type, data=body.data, account=body.account, site=body.site)
    waiting = await run_in_threadpool(_waiting, store, caller, event)
    return answer(request, await deliver(event, waiting, caller.name), 202)


def _waiting(store: RuleStore, caller: Caller, event: Event) -> list[Entry]:
    return [entry for entry in visible(store, caller) if event.concerns(entry) and caller.may("run", entry.dag_id)]

"""Events: what happens somewhere, and starts the rules that wait for it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

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

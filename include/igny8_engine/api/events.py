"""The feed of events, for whoever would rather pull them than have them delivered."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field, JsonValue

from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.scope import REFUSALS, EngineParts
from igny8_engine.db.tables import Event
from igny8_engine.events.feed import as_delivered, read_feed

router = APIRouter(prefix="/v1", tags=["events"], responses=REFUSALS)


class DeliveryView(BaseModel):
    """How far the delivery of an event is."""

    state: Literal["pending", "delivered", "given_up"] = Field(
        description="Whether it was delivered; where no address is set, it stays pending."
    )
    attempts: int = Field(description="How often it was tried.")
    error: str | None = Field(description="Why the last attempt failed.")


class EventView(BaseModel):
    """Something that has happened."""

    position: int = Field(description="Where it stands in the feed.")
    id: str = Field(description="What it is known by wherever it is delivered.")
    type: str = Field(description="What has happened, for example content.written.")
    timestamp: str = Field(description="When it has happened, in ISO 8601 and UTC.")
    account: str = Field(description="The account's name.")
    site: str = Field(description="The slug of the site.")
    data: dict[str, JsonValue] = Field(description="What it is about, by the type.")
    delivery: DeliveryView


class EventPage(BaseModel):
    """A part of the feed, the oldest events first."""

    items: list[EventView]
    next: int = Field(description="What to give as after to read on.")


@router.get("/events")
async def events(
    owner: CurrentOwner,
    parts: EngineParts,
    after: Annotated[
        int, Query(ge=0, lt=2**63, description="The position to read on after; 0 is from the beginning.")
    ] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> EventPage:
    """The account's events in the order of the feed. Whoever reads on after ``next`` misses none and has none twice."""
    async with parts.database.transaction() as session:
        found = await read_feed(session, owner.id, after, limit)
        items = [_view(event, account, site) for event, account, site in found]
    return EventPage(items=items, next=items[-1].position if items else after)


def _view(event: Event, account: str, site: str) -> EventView:
    state = "delivered" if event.delivered_at else "pending" if event.next_try_at else "given_up"
    delivery = {"state": state, "attempts": event.attempts, "error": event.error}
    return EventView.model_validate(
        {**as_delivered(event, account, site), "position": event.position, "delivery": delivery}
    )

"""What a job would work on if it were started now."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, Field, JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.items import Collection
from igny8_engine.db.tables import Site
from igny8_engine.functions.choosing import LABELS
from igny8_engine.functions.function import Order
from igny8_engine.functions.registry import FUNCTIONS
from igny8_engine.jobs.requests import check_request
from igny8_engine.parts import Parts
from igny8_engine.selection import TABLES


class PreviewedItem(BaseModel):
    """One item that a job would work on."""

    id: int = Field(description="The item's number in its collection.")
    label: str = Field(description="The item's title, name or phrase.")
    status: str | None = Field(description="Where the item stands now; null for a site, which has no status.")


class JobPreview(BaseModel):
    """What a job would work on, and what it would cost, if it were started now."""

    type: str = Field(description="The type of its action.")
    site: str = Field(description="The slug of its site.")
    collection: Collection | None = Field(
        description="The collection that its items are in; null when its one item is the site itself."
    )
    total: int = Field(description="How many items it would work on.")
    done_before: int = Field(
        description="How many of them are done already: the job hands on what became of them and charges nothing."
    )
    credits: int = Field(description="What it would be charged if every item succeeded.")
    items: list[PreviewedItem] = Field(description="The first of the items, in the order in which they would be done.")


async def preview_job(
    parts: Parts, account_id: int, *, type: str, site: str, params: dict[str, JsonValue], shown: int
) -> JobPreview:
    """What a job would do now. Nothing is changed, reserved or remembered.

    It is the function itself that chooses the items, so the job would choose the same.

    Args:
        parts: The engine's parts.
        account_id: The account that asks.
        type: The type of the action.
        site: The slug of the site.
        params: The action's params, literals and selectors only.
        shown: How many of the items to show at most.

    Raises:
        InvalidRequestError: the params cannot be used; all problems at once, ids that don't exist among them.
        NoSuchThingError: the account has no such site.
    """
    async with parts.database.transaction() as session:
        site_id, checked = await check_request(session, parts, account_id, type=type, site=site, params=params)
        site_name = (await session.scalars(select(Site.name).where(Site.id == site_id))).one()
        function = FUNCTIONS[type]
        chosen = await function.choose(session, parts, Order(0, site_id, site_name, checked))
        collection = next((items.collection for items in checked.item_inputs().values()), None)
        ids = function.touched(chosen)
        items = (
            [PreviewedItem(id=item.item_id, label=item.label, status=None) for item in chosen[:shown]]
            if collection is None
            else await _items(session, collection, ids[:shown])
        )
    return JobPreview(
        type=type,
        site=site,
        collection=collection,
        total=len(ids),
        done_before=sum(not item.credits for item in chosen),
        credits=sum(item.credits for item in chosen),
        items=items,
    )


async def _items(session: AsyncSession, collection: Collection, ids: Sequence[int]) -> list[PreviewedItem]:
    table = TABLES[collection]
    found = {
        row.id: PreviewedItem(id=row.id, label=row.label, status=row.status)
        for row in await session.execute(
            select(table.id, getattr(table, LABELS[collection]).label("label"), table.status).where(table.id.in_(ids))
        )
    }
    return [found[item] for item in ids if item in found]

"""Jobs as the API shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, Field, JsonValue, PlainSerializer
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.budget import Exceeded
from igny8_engine.db.tables import Job, JobItem, Site
from igny8_engine.functions.function import Chosen, Outputs, as_outputs
from igny8_engine.functions.registry import FUNCTIONS

JobState = Literal["queued", "running", "succeeded", "failed", "cancelled"]
ENDED = ("succeeded", "failed", "cancelled")
ItemState = Literal["pending", "running", "done", "failed"]


def utc(moment: dt.datetime) -> str:
    """A moment in ISO 8601 and UTC, to the microsecond."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


UtcMoment = Annotated[dt.datetime, PlainSerializer(utc, return_type=str)]
"""A moment, written in ISO 8601 and UTC."""


class JobCredits(BaseModel):
    """What a job costs."""

    estimated: int = Field(description="What all its items cost together, at most.")
    charged: int = Field(description="What was paid for the items that are done.")


class JobItemView(BaseModel):
    """What became of one item of a job."""

    id: int = Field(description="The item's number in its collection.")
    label: str = Field(description="The item's title or name.")
    state: ItemState = Field(description="How far it is.")
    error: str | None = Field(description="Why it failed.")
    result: dict[str, JsonValue] = Field(description="What it became.")
    credits: int = Field(description="What was paid for it.")


class JobErrorView(BaseModel):
    """Why a job failed."""

    code: str = Field(description="The cause, for programs.")
    message: str = Field(description="The cause, for people.")
    hint: str | None = Field(default=None, description="What to do about it.")
    retryable: bool = Field(description="Whether the same again may succeed.")
    exceeded: Exceeded | None = Field(default=None, description="The limit that stopped it, where one did.")


class JobView(BaseModel):
    """A job at one moment."""

    id: int = Field(description="The job's number.")
    type: str = Field(description="The type of its action.")
    site: str = Field(description="The slug of its site.")
    state: JobState = Field(description="How far it is.")
    phase: str = Field(description="What it is doing, in a few words.")
    total: int = Field(description="How many items it has.")
    done: int = Field(description="How many of them are done.")
    failed: int = Field(description="How many of them failed.")
    version: int = Field(description="Grows with every change.")
    outputs: Outputs = Field(description="The outputs of its action, of what is done so far.")
    credits: JobCredits = Field(description="What it costs.")
    provider: str | None = Field(description="What it works with: offline, card, or the name of a model.")
    items: list[JobItemView] | None = Field(description="Its items, when it has ended or when asked for.")
    error: JobErrorView | None = Field(description="Why it failed.")
    attempt: int = Field(description="Which attempt it is.")
    created_at: UtcMoment = Field(description="When it was asked for.")
    started_at: UtcMoment | None = Field(description="When it first started.")
    finished_at: UtcMoment | None = Field(description="When it ended.")


def as_chosen(item: JobItem) -> Chosen:
    """An item as functions see it."""
    return Chosen(item.item_id, item.label, item.estimate, item.payload)


async def items_of(session: AsyncSession, job_id: int) -> Sequence[JobItem]:
    """A job's items in their order."""
    found = await session.scalars(select(JobItem).where(JobItem.job_id == job_id).order_by(JobItem.position))
    return found.all()


def item_view(item: JobItem) -> JobItemView:
    """One item as the API shows it."""
    return JobItemView.model_validate(
        {
            "id": item.item_id,
            "label": item.label,
            "state": item.state,
            "error": item.error,
            "result": item.result,
            "credits": item.credits,
        }
    )


async def job_view(session: AsyncSession, job: Job, *, with_items: bool) -> JobView:
    """A job as the API shows it."""
    items = await items_of(session, job.id)
    site = (await session.scalars(select(Site.slug).where(Site.id == job.site_id))).one()
    outputs = FUNCTIONS[job.type].outputs(
        [as_chosen(item) for item in items], [as_outputs(item.outputs) for item in items if item.state == "done"]
    )
    return JobView.model_validate(
        {
            **{
                name: getattr(job, name)
                for name in JobView.model_fields.keys() - {"site", "outputs", "credits", "items"}
            },
            "site": site,
            "outputs": outputs,
            "credits": {"estimated": job.estimated, "charged": job.charged},
            "items": [item_view(item) for item in items] if with_items else None,
        }
    )

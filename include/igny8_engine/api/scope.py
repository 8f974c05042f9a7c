"""What the routes share: the engine's parts, the form of requests, and the site that an address names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8_engine.accounts import Owner
from igny8_engine.api.errors import ErrorEnvelope
from igny8_engine.db.tables import Integration, Site
from igny8_engine.errors import NoSuchThingError
from igny8_engine.jobs.news import JobNews
from igny8_engine.jobs.worker import Worker
from igny8_engine.parts import Parts
from igny8_engine.publications import find_integration


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _worker(request: Request) -> Worker:
    worker: Worker = request.app.state.worker
    return worker


def _news(request: Request) -> JobNews:
    news: JobNews = request.app.state.news
    return news


EngineParts = Annotated[Parts, Depends(_parts)]
EngineWorker = Annotated[Worker, Depends(_worker)]
EngineNews = Annotated[JobNews, Depends(_news)]

REFUSALS: dict[int | str, dict[str, object]] = {
    "4XX": {"model": ErrorEnvelope, "description": "The request was refused; the body says why."},
    "5XX": {"model": ErrorEnvelope, "description": "The engine could not do it; the body says why."},
}
"""What every route may answer besides."""


def storable(value: object) -> object:
    """Make sure that a text, or every text in a JSON value, can be stored.

    Raises:
        ValueError: it holds a NUL or half of a surrogate pair.
    """
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("it holds the character NUL")
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise ValueError("it holds half of a surrogate pair") from error
    elif isinstance(value, dict):
        for name, item in value.items():
            storable(name)
            storable(item)
    elif isinstance(value, list):
        for item in value:
            storable(item)
    return value


Storable = AfterValidator(storable)

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S"), Storable]
"""What people call a thing."""


IntegrationId = Annotated[int, Path(ge=1, lt=2**63)]


class Body(BaseModel):
    """The body of a request; fields that are not known are refused."""

    model_config = ConfigDict(extra="forbid")


async def find_site(session: AsyncSession, owner: Owner, slug: str) -> Site:
    """A site of the account.

    Raises:
        NoSuchThingError: it has none of that slug.
    """
    sites = {site.slug: site for site in await session.scalars(select(Site).where(Site.account_id == owner.id))}
    if slug not in sites:
        raise NoSuchThingError("site", slug, sites)
    return sites[slug]


async def integration_of(session: AsyncSession, owner: Owner, slug: str, integration_id: int) -> Integration:
    """An integration of a site of the account.

    Raises:
        NoSuchThingError: there is no such site, or it has no such integration.
    """
    site = await find_site(session, owner, slug)
    found = await find_integration(session, site.id, integration_id)
    if found is None:
        raise NoSuchThingError("integration", integration_id)
    return found

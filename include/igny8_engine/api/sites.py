"""Sites, their sectors, and the import of keywords."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from igny8_engine.api.gate import FILE_LIMIT, CurrentOwner
from igny8_engine.api.scope import REFUSALS, Body, EngineParts, Name, find_site
from igny8_engine.db.tables import Sector, Site
from igny8_engine.errors import AlreadyExistsError, InvalidRequestError, Problem
from igny8_engine.keyword_import import Imported, import_keywords

router = APIRouter(prefix="/v1/sites", tags=["sites"], responses=REFUSALS)


class NewSite(Body):
    """A website to be made known."""

    slug: str = Field(
        min_length=1,
        max_length=100,
        pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        description="Its name in rules and addresses: small letters, digits and hyphens.",
    )
    name: Name = Field(description="Its name as people read it.")


class SiteView(BaseModel):
    """A website of the account."""

    id: int
    slug: str
    name: str


class Sites(BaseModel):
    """The account's websites."""

    items: list[SiteView]
    total: int


class NewSector(Body):
    """A part of a site's subject to be made known."""

    name: Name


class SectorView(BaseModel):
    """A part of a site's subject."""

    id: int
    name: str


class Sectors(BaseModel):
    """A site's sectors."""

    items: list[SectorView]
    total: int


@router.get("")
async def sites(owner: CurrentOwner, parts: EngineParts) -> Sites:
    """The account's websites."""
    async with parts.database.transaction() as session:
        found = await session.scalars(select(Site).where(Site.account_id == owner.id).order_by(Site.id))
        views = [SiteView.model_validate(site, from_attributes=True) for site in found]
    return Sites(items=views, total=len(views))


@router.post("", status_code=201)
async def add_site(owner: CurrentOwner, parts: EngineParts, site: NewSite) -> SiteView:
    """Make a website known."""
    async with parts.database.transaction() as session:
        made = await session.scalar(
            insert(Site)
            .values(account_id=owner.id, slug=site.slug, name=site.name)
            .on_conflict_do_nothing(index_elements=["account_id", "slug"])
            .returning(Site)
        )
        if made is None:
            raise AlreadyExistsError(f"The account has a site {site.slug!r} already.")
        return SiteView.model_validate(made, from_attributes=True)


@router.get("/{slug}/sectors")
async def sectors(owner: CurrentOwner, parts: EngineParts, slug: str) -> Sectors:
    """The site's sectors."""
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        found = await session.scalars(select(Sector).where(Sector.site_id == site.id).order_by(Sector.id))
        views = [SectorView.model_validate(sector, from_attributes=True) for sector in found]
    return Sectors(items=views, total=len(views))


@router.post("/{slug}/sectors", status_code=201)
async def add_sector(owner: CurrentOwner, parts: EngineParts, slug: str, sector: NewSector) -> SectorView:
    """Make a sector of the site known."""
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        made = await session.scalar(
            insert(Sector)
            .values(site_id=site.id, name=sector.name)
            .on_conflict_do_nothing(index_elements=["site_id", "name"])
            .returning(Sector)
        )
        if made is None:
            raise AlreadyExistsError(f"The site {slug!r} has a sector {sector.name!r} already.")
        return SectorView.model_validate(made, from_attributes=True)


@router.post(
    "/{slug}/keywords/import",
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": f"The bytes of the file, {FILE_LIMIT:,} at most.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def import_file(
    *,
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    request: Request,
    filename: Annotated[str | None, Query(max_length=500, description="The file's name, a hint at its kind.")] = None,
    sector_id: Annotated[int | None, Query(ge=1, lt=2**63, description="The sector to put the keywords in.")] = None,
) -> Imported:
    """Import the keywords of a file: a plain CSV, or an export of Google Keyword Planner, Ahrefs or Semrush.

    Keywords that are there already take on what the file knows of them. Rows that can't be used are listed with their
    reasons; the others are imported.
    """
    data = await request.body()
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        known = sector_id is None or await session.scalar(
            select(Sector.id).where(Sector.id == sector_id, Sector.site_id == site.id)
        )
    if not known:
        raise InvalidRequestError([Problem("query.sector_id", f"the site has no sector {sector_id}", sector_id)])
    return await import_keywords(parts.database, site.id, sector_id, data, filename)

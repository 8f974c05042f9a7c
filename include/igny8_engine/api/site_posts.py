"""What a connected WordPress has: its posts are imported, and published articles taken down."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.scope import REFUSALS, Body, EngineParts, IntegrationId, integration_of
from igny8_engine.db.tables import SitePost
from igny8_engine.site_import import ImportProgress, continue_import, import_progress
from igny8_engine.withdrawal import Withdrawal, withdraw
from igny8_engine.wordpress.answers import Kind
from igny8_engine.wordpress.takedown import DownTo

router = APIRouter(prefix="/v1/sites/{slug}/integrations", tags=["sites"], responses=REFUSALS)


class WantedDown(Body):
    """What to take down, and where to."""

    content_ids: list[Annotated[int, Field(ge=1, lt=2**63)]] = Field(
        min_length=1, max_length=100, description="The articles."
    )
    to: DownTo = Field(
        default="draft",
        description="draft or private; trash deletes the post, and people can bring it back from there for a while.",
    )


class SitePostView(BaseModel):
    """A post or page that a WordPress has."""

    post_id: int = Field(description="Its number there.")
    kind: Kind
    title: str
    slug: str
    link: str = Field(description="Its address.")
    status: str
    terms: dict[str, list[str]] = Field(description="The names of its categories and tags.")


class SitePosts(BaseModel):
    """A part of what a WordPress has."""

    items: list[SitePostView]
    total: int = Field(description="How many were imported in all.")


@router.post("/{integration_id}/withdraw")
async def withdraw_content(
    owner: CurrentOwner, parts: EngineParts, slug: str, integration_id: IntegrationId, wanted: WantedDown
) -> Withdrawal:
    """Take published articles down from the site: back to a draft, to private, or into the trash.

    The same again changes nothing and says so, as it does of articles whose posts people have deleted. The articles
    stay in the engine, with the status withdrawn, and can be published again.
    """
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
    return await withdraw(parts, integration, wanted.content_ids, wanted.to)


@router.post("/{integration_id}/import")
async def import_posts(
    owner: CurrentOwner, parts: EngineParts, slug: str, integration_id: IntegrationId
) -> ImportProgress:
    """Import the next part of what the WordPress has: posts and pages with title, address, status and terms.

    Each call reads for some seconds and says how far it has come; call it until the state is done. What breaks off is
    continued by the next call. Called after that, it begins a new import, which brings what was imported up to date.
    """
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
    return await continue_import(parts, integration)


@router.get("/{integration_id}/import")
async def import_state(
    owner: CurrentOwner, parts: EngineParts, slug: str, integration_id: IntegrationId
) -> ImportProgress:
    """How far the import of what the WordPress has is."""
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
        return await import_progress(session, integration.id)


@router.get("/{integration_id}/posts")
async def site_posts(
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    integration_id: IntegrationId,
    *,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> SitePosts:
    """What was imported from the WordPress, in the order of the posts' numbers."""
    async with parts.database.transaction() as session:
        integration = await integration_of(session, owner, slug, integration_id)
        here = SitePost.integration_id == integration.id
        found = await session.scalars(
            select(SitePost).where(here).order_by(SitePost.post_id).limit(limit).offset(offset)
        )
        views = [SitePostView.model_validate(post, from_attributes=True) for post in found]
        total = await session.scalar(select(func.count()).where(here))
    return SitePosts(items=views, total=total or 0)

"""What a site's texts have become: the posts on the WordPress sites that it publishes to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from sqlalchemy import func, select

from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.scope import REFUSALS, EngineParts, find_site
from igny8_engine.db.tables import Content, Integration, Publication
from igny8_engine.jobs.view import UtcMoment

router = APIRouter(prefix="/v1", tags=["items"], responses=REFUSALS)


class Post(BaseModel):
    """Where a text is published."""

    integration_id: int = Field(description="The integration that it was published through.")
    post_id: int | None = Field(description="The number of the post there; null while the first try is underway.")
    post_url: str | None = Field(description="The address of the post; null until it is whole.")
    post_status: str | None = Field(
        default=None, description="What WordPress calls its state (publish, draft …); null where that is not known."
    )


class SitePost(Post):
    """A post, with the text that it was made of."""

    content_id: int = Field(description="The text.")
    title: str = Field(description="The title of the text.")
    integration: str = Field(description="The name of the integration.")
    updated_at: UtcMoment = Field(description="When it was last written.")


class PostPage(BaseModel):
    """A part of a site's posts."""

    items: list[SitePost] = Field(description="The posts, those written last first.")
    total: int = Field(description="How many there are in all.")


@router.get("/sites/{slug}/posts")
async def posts(
    *,
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    content_id: Annotated[
        list[Annotated[int, Field(ge=1, lt=2**63)]] | None,
        Query(max_length=1000, description="Only posts of these texts."),
    ] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> PostPage:
    """What was published where, the latest first."""
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        wanted = Content.site_id == site.id
        if content_id is not None:
            wanted &= Content.id.in_(content_id)
        found = await session.execute(
            select(Publication, Content.title, Integration.name)
            .join(Content, Content.id == Publication.content_id)
            .join(Integration, Integration.id == Publication.integration_id)
            .where(wanted)
            .order_by(Publication.updated_at.desc(), Publication.id.desc())
            .limit(limit)
            .offset(offset)
        )
        items = [
            SitePost(
                **Post.model_validate(post, from_attributes=True).model_dump(),
                content_id=post.content_id,
                title=title,
                integration=name,
                updated_at=post.updated_at,
            )
            for post, title, name in found
        ]
        total = await session.scalar(
            select(func.count())
            .select_from(Publication)
            .join(Content, Content.id == Publication.content_id)
            .where(wanted)
        )
    return PostPage(items=items, total=total or 0)

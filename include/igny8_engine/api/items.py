"""A site's items: keywords, clusters, ideas, tasks, content, images, pages. And facts about them."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, Field, JsonValue, TypeAdapter, ValidationError
from sqlalchemy import func, select
from sqlalchemy.orm import undefer

from igny8.actions.items import COLLECTIONS, Collection, fact_names
from igny8.conditions import ConditionTree
from igny8_engine.api.gate import CurrentOwner
from igny8_engine.api.posts import Post
from igny8_engine.api.scope import REFUSALS, EngineParts, find_site, storable
from igny8_engine.db.tables import Content, Image, Publication, Site
from igny8_engine.errors import InvalidRequestError, NoSuchThingError, Problem
from igny8_engine.facts import read_facts
from igny8_engine.field_values import field_values
from igny8_engine.selection import TABLES, as_item, columns, matches, ordering

router = APIRouter(prefix="/v1", tags=["items"], responses=REFUSALS)

ItemId = Annotated[int, Path(ge=1, lt=2**63)]

CollectionName = Annotated[str, Path(description=f"One of {', '.join(COLLECTIONS)}.")]

_CONDITIONS: TypeAdapter[list[ConditionTree]] = TypeAdapter(list[ConditionTree])


class ItemPage(BaseModel):
    """A part of a collection."""

    items: list[dict[str, JsonValue]] = Field(description="The items with their fields.")
    total: int = Field(description="How many items match in all.")


class FieldValue(BaseModel):
    """A value that items have in a field."""

    value: JsonValue = Field(description="The value, as conditions take it.")
    name: str | None = Field(description="What is called so, where the value is the number of something.")
    count: int = Field(description="How many items have it.")


class FieldValues(BaseModel):
    """A part of the values that a field has."""

    items: list[FieldValue] = Field(description="The values, the most frequent first.")
    total: int = Field(description="How many different ones there are in all.")


class Facts(BaseModel):
    """Values that a rule's conditions look at."""

    facts: dict[str, int] = Field(description="The values by the facts' names.")


class ContentView(BaseModel):
    """A whole text."""

    id: int
    site: str = Field(description="The slug of its site.")
    fields: dict[str, JsonValue] = Field(description="The fields that selectors know.")
    title: str
    slug: str
    excerpt: str
    meta_title: str
    meta_description: str
    focus_keyword: str
    category: str
    tags: list[JsonValue]
    html: str = Field(description="The body, sanitised.")
    checks: list[JsonValue] = Field(description="What was looked at when it was last optimised.")
    image_id: int | None = Field(description="Its featured image.")
    image_alt: str | None = Field(description="The alternative text of that image.")
    posts: list[Post] = Field(description="Where it is published.")


@router.get("/sites/{slug}/facts")
async def facts(
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    name: Annotated[list[str] | None, Query(description="The facts wanted; none is all of them.")] = None,
) -> Facts:
    """The values of facts about a site. Names that are not known are left out."""
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        wanted = list(fact_names()) if name is None else name
        return Facts(facts=await read_facts(session, owner.id, site.id, wanted))


@router.get("/content/{content_id}")
async def content(owner: CurrentOwner, parts: EngineParts, content_id: ItemId) -> ContentView:
    """One text with everything that belongs to it."""
    async with parts.database.transaction() as session:
        found = (
            await session.execute(
                select(Content, Site.slug)
                .join(Site, Site.id == Content.site_id)
                .where(Content.id == content_id, Site.account_id == owner.id)
            )
        ).first()
        if found is None:
            raise NoSuchThingError("text", content_id)
        text, site = found
        row = (await session.execute(select(*columns(Collection.CONTENT)).where(Content.id == content_id))).one()
        image = await session.scalar(select(Image).where(Image.content_id == content_id))
        posts = await session.scalars(select(Publication).where(Publication.content_id == content_id))
        view: dict[str, Any] = {
            name: getattr(text, name) for name in ContentView.model_fields if hasattr(text, name) and name != "fields"
        }
        return ContentView(
            **view,
            site=site,
            fields=as_item(row._mapping),  # noqa: SLF001 - the documented way to a row as a mapping
            image_id=image.id if image else None,
            image_alt=image.alt if image else None,
            posts=[Post.model_validate(post, from_attributes=True) for post in posts],
        )


@router.get(
    "/images/{image_id}/file",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The image."}},
)
async def image_file(owner: CurrentOwner, parts: EngineParts, image_id: ItemId) -> Response:
    """The bytes of an image."""
    async with parts.database.transaction() as session:
        image = await session.scalar(
            select(Image)
            .options(undefer(Image.data))
            .join(Site, Site.id == Image.site_id)
            .where(Image.id == image_id, Site.account_id == owner.id)
        )
    if image is None:
        raise NoSuchThingError("image", image_id)
    return Response(image.data, media_type=image.media_type, headers={"X-Content-Type-Options": "nosniff"})


@router.get("/sites/{slug}/{collection}")
async def items(
    *,
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    collection: CollectionName,
    status: Annotated[str | None, Query(description="Only items of this status.")] = None,
    where: Annotated[
        str | None, Query(description="Only items for which these conditions hold, a JSON list.", max_length=20_000)
    ] = None,
    order_by: Annotated[str | None, Query(description="The field to sort by; - in front for largest first.")] = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> ItemPage:
    """The items of a collection that match."""
    kind = _known(collection)
    conditions = _parsed(where)
    if status is not None:
        conditions.append(_CONDITIONS.validate_python([{"field": "status", "operator": "equals", "value": status}])[0])
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        table = TABLES[kind]
        condition = matches(kind, conditions) & (table.site_id == site.id)
        rows = await session.execute(
            select(*columns(kind)).where(condition).order_by(*ordering(kind, order_by)).limit(limit).offset(offset)
        )
        found = [as_item(row) for row in rows.mappings()]
        total = await session.scalar(select(func.count()).select_from(table).where(condition))
    return ItemPage(items=found, total=total or 0)


@router.get("/sites/{slug}/{collection}/values/{field}")
async def values(
    *,
    owner: CurrentOwner,
    parts: EngineParts,
    slug: str,
    collection: CollectionName,
    field: Annotated[str, Path(description="A field that holds texts, or numbers of what has a name: cluster_id.")],
    search: Annotated[
        str, Query(max_length=200, description="Only values with this in them, or in the name of what they are of.")
    ] = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    offset: Annotated[int, Query(ge=0, lt=2**31)] = 0,
) -> FieldValues:
    """The values that a field has among the items of a collection, for people to choose among."""
    kind = _known(collection)
    async with parts.database.transaction() as session:
        site = await find_site(session, owner, slug)
        found, total = await field_values(session, kind, site.id, field, search=search, limit=limit, offset=offset)
    return FieldValues(
        items=[FieldValue(value=value, name=name, count=count) for value, name, count in found], total=total
    )


def _known(collection: str) -> Collection:
    if collection not in COLLECTIONS:
        raise NoSuchThingError("collection", collection, [known.value for known in COLLECTIONS])
    return Collection(collection)


def _parsed(where: str | None) -> list[ConditionTree]:
    if where is None:
        return []
    try:
        return _CONDITIONS.validate_python(storable(json.loads(where)))
    except ValidationError as error:
        raise InvalidRequestError(
            [
                Problem(".".join(["where", *(str(part) for part in found["loc"])]), found["msg"])
                for found in error.errors(include_url=False)
            ]
        ) from error
    except (ValueError, RecursionError) as error:
        raise InvalidRequestError(
            [Problem("where", f"it is no JSON list of conditions ({error})", where)],
            hint='For example [{"field": "volume", "operator": "greater_than", "value": 100}].',
        ) from error

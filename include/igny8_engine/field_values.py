"""The values that a field of a site's items has, for people to choose among."""

from __future__ import annotations

from typing import Any, Final

from pydantic import JsonValue
from sqlalchemy import ColumnElement, Text, cast, collate, func, null, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from igny8.actions.items import COLLECTIONS, Collection, Named
from igny8_engine.db.tables import Cluster, Content, Idea, Page, Sector
from igny8_engine.errors import InvalidRequestError, Problem
from igny8_engine.selection import TABLES, column, holds, unknown_field

_NAMES: Final[dict[Named, InstrumentedAttribute[str]]] = {
    "sector": Sector.name,
    "cluster": Cluster.name,
    "idea": Idea.title,
    "article": Content.title,
    "page": Page.title,
}

FieldValue = tuple[JsonValue, str | None, int]
"""A value, the name of what it is the number of, and how many items have it."""


async def field_values(
    session: AsyncSession, collection: Collection, site_id: int, field: str, *, search: str, limit: int, offset: int
) -> tuple[list[FieldValue], int]:
    """A part of the values that a field has among a site's items, the most frequent first, and how many there are.

    Args:
        session: The transaction to ask in.
        collection: Of which items.
        site_id: Of which site.
        field: The field.
        search: What must be in the value, or in the name of what it is the number of; empty for all of them.
        limit: How many at most.
        offset: How many are left out before them.

    Raises:
        InvalidRequestError: the collection has no such field, or nobody chooses among its values.
    """
    problem = unknown_field(collection, field, "field") or _no_choice(collection, field)
    if problem:
        raise InvalidRequestError([problem])
    table = TABLES[collection]
    value = column(collection, field)
    named = COLLECTIONS[collection].fields[field].of
    of = aliased(_NAMES[named].class_) if named else None
    name: ColumnElement[Any] = getattr(of, _NAMES[named].key) if named else null()
    asked = select(value.label("value"), name.label("name"), func.count().label("count")).select_from(table)
    if of is not None:
        asked = asked.join(of, of.id == value)
    asked = asked.where(table.site_id == site_id, value.is_not(None)).group_by(value, *([name] if named else []))
    if search:
        wanted = holds(name if named else value, search)
        number = search.isascii() and search.isdigit()
        asked = asked.where(or_(wanted, cast(value, Text) == search) if named and number else wanted)
    total = await session.scalar(select(func.count()).select_from(asked.subquery()))
    first = collate(name if named else value, "C")
    rows = await session.execute(asked.order_by(func.count().desc(), first, value).limit(limit).offset(offset))
    return [(found, called, number) for found, called, number in rows], total or 0


def _no_choice(collection: Collection, field: str) -> Problem | None:
    fields = COLLECTIONS[collection].fields
    if fields[field].has_values:
        return None
    fitting = ", ".join(name for name, each in fields.items() if each.has_values)
    return Problem("field", f"Nobody chooses among the values of '{field}'. Ask for one of {fitting}.", field)

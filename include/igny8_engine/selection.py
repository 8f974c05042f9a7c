"""Choosing items: selectors, conditions and lists of ids as SQL.

A condition means here exactly what :func:`igny8.conditions.evaluate` says it means for an item as the API shows it:
fields that are not known are ``null``, dates are text.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from pydantic import JsonValue
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    RowMapping,
    Select,
    Text,
    and_,
    bindparam,
    collate,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions.items import COLLECTIONS, Collection, FieldType
from igny8.actions.params import Selector
from igny8.conditions import (
    AllOf,
    AnyOf,
    Condition,
    ConditionTree,
    IncomparableValuesError,
    NotOf,
    Operator,
    compare,
)
from igny8_engine.db.tables import Cluster, Content, Idea, Image, Keyword, Page, Task
from igny8_engine.errors import InvalidRequestError, Problem

ItemRow = Keyword | Cluster | Idea | Task | Content | Image | Page

TABLES: dict[Collection, type[ItemRow]] = {
    Collection.KEYWORDS: Keyword,
    Collection.CLUSTERS: Cluster,
    Collection.IDEAS: Idea,
    Collection.TASKS: Task,
    Collection.CONTENT: Content,
    Collection.IMAGES: Image,
    Collection.PAGES: Page,
}

_UNKNOWN_DIFFICULTY = 50
"""What a keyword of unknown difficulty counts as when opportunities are compared: neither easy nor hard."""
_SAMPLES: dict[FieldType, JsonValue] = {"integer": 1, "number": 1.5, "text": "a", "boolean": True, "date-time": "a"}

R = TypeVar("R", bound=tuple[Any, ...])


def _of_cluster(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return select(value).where(Keyword.cluster_id == Cluster.id).correlate(Cluster).scalar_subquery()


def _opportunity() -> ColumnElement[Any]:
    ease = 1 - func.coalesce(Keyword.difficulty, _UNKNOWN_DIFFICULTY) / Decimal(100)
    return func.round(func.coalesce(func.sum(func.coalesce(Keyword.volume, 0) * ease), 0), 2)


_DERIVED: dict[tuple[Collection, str], ColumnElement[Any]] = {
    (Collection.CLUSTERS, "keyword_count"): _of_cluster(func.count(Keyword.id)),
    (Collection.CLUSTERS, "volume"): _of_cluster(func.coalesce(func.sum(Keyword.volume), 0)),
    (Collection.CLUSTERS, "difficulty"): _of_cluster(func.round(func.avg(Keyword.difficulty), 2)),
    (Collection.CLUSTERS, "opportunity"): _of_cluster(_opportunity()),
    (Collection.CONTENT, "has_image"): exists().where(Image.content_id == Content.id).correlate(Content),
}


def column(collection: Collection, field: str) -> ColumnElement[Any]:
    """The SQL expression of a field, of the type that the API shows it in: numbers as such, dates as text."""
    expression = _DERIVED.get((collection, field))
    if expression is None:
        expression = getattr(TABLES[collection], field).expression
    if COLLECTIONS[collection].fields[field].type == "date-time":
        expression = func.to_char(func.timezone("UTC", expression), 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    return expression


def columns(collection: Collection) -> list[ColumnElement[Any]]:
    """All fields of a collection, labelled with their names."""
    return [column(collection, name).label(name) for name in COLLECTIONS[collection].fields]


def as_item(row: RowMapping) -> dict[str, JsonValue]:
    """A row of :func:`columns` as JSON."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in row.items()}


@dataclass(frozen=True, slots=True)
class _Field:
    collection: Collection
    name: str

    @property
    def type(self) -> FieldType:
        return COLLECTIONS[self.collection].fields[self.name].type

    @property
    def sql(self) -> ColumnElement[Any]:
        return column(self.collection, self.name)

    @property
    def text(self) -> ColumnElement[Any]:
        return collate(self.sql, "C")


def matches(collection: Collection, conditions: Sequence[ConditionTree], path: str = "where") -> ColumnElement[bool]:
    """The SQL condition under which all the conditions hold; it is never NULL.

    Raises:
        InvalidRequestError: fields that the collection doesn't have, or values that can't be compared with them.
    """
    problems: list[Problem] = []
    sql = and_(true(), *(_tree(collection, tree, f"{path}.{index}", problems) for index, tree in enumerate(conditions)))
    if problems:
        raise InvalidRequestError(problems)
    return sql


def _tree(collection: Collection, tree: ConditionTree, path: str, problems: list[Problem]) -> ColumnElement[bool]:
    match tree:
        case AllOf():
            return and_(true(), *(_tree(collection, c, f"{path}.all.{i}", problems) for i, c in enumerate(tree.all)))
        case AnyOf():
            return or_(false(), *(_tree(collection, c, f"{path}.any.{i}", problems) for i, c in enumerate(tree.any)))
        case NotOf():
            return not_(_tree(collection, tree.not_, f"{path}.not", problems))
        case Condition():
            return _condition(collection, tree, path, problems)


def _condition(collection: Collection, condition: Condition, path: str, problems: list[Problem]) -> ColumnElement[bool]:
    unknown = unknown_field(collection, condition.field, f"{path}.field")
    if unknown:
        problems.append(unknown)
        return false()
    field = _Field(collection, condition.field)
    try:
        # What a value of this type could not be compared with is refused before any item is looked at.
        compare(condition.field, condition.operator, _SAMPLES[field.type], condition.value)
    except IncomparableValuesError as error:
        problems.append(Problem(path, str(error), condition.value))
        return false()
    match condition.operator:
        case Operator.EQUALS:
            return _equals(field, condition.value)
        case Operator.NOT_EQUALS:
            return not_(_equals(field, condition.value))
        case Operator.IN:
            return _is_in(field, condition.value)
        case Operator.NOT_IN:
            return not_(_is_in(field, condition.value))
        case Operator.CONTAINS:
            return _contains(field, str(condition.value))
        case Operator.GREATER_THAN | Operator.LESS_THAN:
            return _ordered(field, condition.operator, condition.value)


def unknown_field(collection: Collection, name: str, path: str) -> Problem | None:
    """What is wrong with a field's name; ``None`` when the collection has it."""
    known = COLLECTIONS[collection].fields
    if name in known:
        return None
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"Did you mean '{near[0]}'?" if near else f"There are {', '.join(known)}."
    return Problem(path, f"{collection.value} have no field '{name}'. {hint}", name)


def _equals(field: _Field, value: JsonValue) -> ColumnElement[bool]:
    match value:
        case None:
            return field.sql.is_(None)
        case bool():
            return func.coalesce(field.sql == value, false()) if field.type == "boolean" else false()
        case int() | float() if field.type in {"integer", "number"} and not math.isnan(value):
            return func.coalesce(field.sql == _number(value), false())
        case str() if field.type in {"text", "date-time"} and "\x00" not in value:
            return func.coalesce(field.text == value, false())
        case _:
            return false()


def _is_in(field: _Field, value: JsonValue) -> ColumnElement[bool]:
    options = value if isinstance(value, list) else []
    if field.type == "integer" and all(type(option) is int and abs(option) < 2**63 for option in options):
        return func.coalesce(field.sql == func.any(_ids(options)), false())
    return or_(false(), *(_equals(field, option) for option in options))


def _contains(field: _Field, value: str) -> ColumnElement[bool]:
    return holds(field.sql, value)


def holds(text: ColumnElement[Any], part: str) -> ColumnElement[bool]:
    """That a text has a part, whatever the case of its letters; never NULL."""
    if "\x00" in part:
        return false()
    folded = func.casefold(collate(text, "pg_unicode_fast"))
    return func.coalesce(func.strpos(folded, literal(part.casefold(), Text)) > 0, false())


def _ordered(field: _Field, operator: Operator, value: JsonValue) -> ColumnElement[bool]:
    greater = operator is Operator.GREATER_THAN
    if isinstance(value, int | float):
        if math.isnan(value):
            return false()
        number = _number(value)
        return func.coalesce(field.sql > number if greater else field.sql < number, false())
    before, null, _ = str(value).partition("\x00")
    # No stored text has a NUL in it; one that begins like the value and ends before the NUL is smaller.
    smaller = field.text <= before if null else field.text < before
    return func.coalesce(field.text > before if greater else smaller, false())


def _number(value: float) -> ColumnElement[Decimal]:
    # By way of its digits: the same number that PostgreSQL has stored, and no rounding of large ones.
    return literal(Decimal(value) if isinstance(value, int) else Decimal(repr(value)))


def _ids(ids: Sequence[JsonValue]) -> ColumnElement[Any]:
    return bindparam(None, list(ids), type_=ARRAY(BigInteger), unique=True)


def ordering(collection: Collection, order_by: str | None, path: str = "order_by") -> list[ColumnElement[Any]]:
    """How to sort: by the field (with a minus the largest first), what is not known last, then by id.

    Raises:
        InvalidRequestError: the collection doesn't have the field.
    """
    table = TABLES[collection]
    if not order_by:
        return [table.id.asc()]
    name = order_by.removeprefix("-")
    unknown = unknown_field(collection, name, path)
    if unknown:
        raise InvalidRequestError([unknown])
    field = _Field(collection, name)
    expression = field.text if field.type in {"text", "date-time"} else field.sql
    direction = expression.desc() if order_by.startswith("-") else expression.asc()
    return [direction.nulls_last(), table.id.asc()]


def chosen(collection: Collection, site_id: int, selector: Selector, statement: Select[R]) -> Select[R]:
    """Narrow a statement to what a selector chooses among a site's items, in its order.

    Raises:
        InvalidRequestError: the selector names fields or values that can't be.
    """
    statement = statement.where(TABLES[collection].site_id == site_id, matches(collection, selector.where))
    return statement.order_by(*ordering(collection, selector.order_by)).limit(selector.limit)


async def missing_ids(session: AsyncSession, collection: Collection, site_id: int, ids: Sequence[int]) -> list[int]:
    """Those of the ids that the site has no such item for, in their order."""
    table = TABLES[collection]
    possible = [item for item in ids if item < 2**63]
    found = await session.scalars(
        select(table.id).where(table.site_id == site_id, table.id == func.any(_ids(list(possible))))
    )
    known = set(found)
    return [item for item in ids if item not in known]


def by_position(collection: Collection, ids: Sequence[int]) -> ColumnElement[Any]:
    """Sorts items as their ids stand in the list."""
    return func.array_position(_ids(list(ids)), TABLES[collection].id)


def status_counts(collection: Collection, site_id: int) -> Select[str, int]:
    """How many of a site's items are in each status."""
    status: ColumnElement[str] = TABLES[collection].status.expression
    return select(status, func.count()).where(TABLES[collection].site_id == site_id).group_by(status)

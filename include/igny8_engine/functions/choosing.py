"""How every function finds the items that its params name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions import ActionParams
from igny8.actions.items import COLLECTIONS, Collection
from igny8.actions.params import Selector, reference_path
from igny8_engine.errors import InvalidRequestError, Problem
from igny8_engine.selection import TABLES, chosen, matches, missing_ids, ordering

_SHOWN = 20
LABELS: Final[Mapping[Collection, str]] = {
    Collection.KEYWORDS: "phrase",
    Collection.CLUSTERS: "name",
    Collection.IDEAS: "title",
    Collection.TASKS: "title",
    Collection.CONTENT: "title",
    Collection.IMAGES: "alt",
    Collection.PAGES: "title",
}
"""The field by which people know an item of each collection."""


async def check_items(session: AsyncSession, site_id: int, params: ActionParams) -> list[Problem]:
    """What is wrong with the references, selectors and ids in the params."""
    problems: list[Problem] = []
    inputs = params.item_inputs()
    for name in type(params).model_fields:
        value = getattr(params, name)
        path = f"params.{name}"
        if reference_path(value) is not None:
            problems.append(
                Problem(path, "it is a reference, which only a rule's run can resolve; give ids or a selector", value)
            )
        elif name in inputs and value is not None:
            problems += await _check_value(session, site_id, inputs[name].collection, path, value)
    return problems


async def _check_value(
    session: AsyncSession, site_id: int, collection: Collection, path: str, value: object
) -> list[Problem]:
    if not isinstance(value, Selector):
        ids = _ids(value)
        missing = await missing_ids(session, collection, site_id, ids)
        singular = COLLECTIONS[collection].singular
        listed = ", ".join(str(item) for item in missing[:_SHOWN]) + (" …" if len(missing) > _SHOWN else "")
        return [Problem(path, f"the site has no {singular} {listed}", list[JsonValue](missing[:_SHOWN]))] * bool(
            missing
        )
    problems: list[Problem] = []
    for check in (
        lambda: matches(collection, value.where, f"{path}.where"),
        lambda: ordering(collection, value.order_by, f"{path}.order_by"),
    ):
        try:
            check()
        except InvalidRequestError as error:
            problems += error.problems
    return problems


def required(params: ActionParams, name: str) -> list[Problem]:
    """The problem of a param that is left out and that nothing supplies here."""
    if getattr(params, name) is not None:
        return []
    return [Problem(f"params.{name}", "it is missing; give ids or a selector")]


async def choose_rows(
    session: AsyncSession, site_id: int, collection: Collection, value: object
) -> Sequence[tuple[int, str]]:
    """The ids and labels of the items that a param names, each once, in order."""
    table: Any = TABLES[collection]
    statement = select(table.id, getattr(table, LABELS[collection]))
    if isinstance(value, Selector):
        return [(row[0], row[1]) for row in await session.execute(chosen(collection, site_id, value, statement))]
    ids = _ids(value)
    found: Mapping[int, str] = {
        row[0]: row[1] for row in await session.execute(statement.where(table.site_id == site_id, table.id.in_(ids)))
    }
    return [(item, found[item]) for item in ids if item in found]


def _ids(value: object) -> list[int]:
    items = value if isinstance(value, list | tuple) else [value]
    return list(dict.fromkeys(item for item in items if isinstance(item, int)))

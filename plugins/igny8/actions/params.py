"""The kinds of values that an action's params take.

In a rule, a param is a literal, a reference to something known only when the rule runs
(``{{ actions.write.content_ids }}``), a selector that the engine resolves, or left out. The engine receives literals
and selectors only.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, GetJsonSchemaHandler, Tag
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from igny8.actions.items import Collection, field_schemas
from igny8.conditions import ConditionTree

REFERENCE: Final = re.compile(r"^\s*\{\{\s*(?P<path>[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z0-9_-]+)*)\s*\}\}\s*$")
"""A reference is the whole value, a plain dotted path, and keeps the type of what it points at."""

Reference = Annotated[
    str,
    Field(
        pattern=REFERENCE.pattern.replace("?P<path>", ""),
        description="A value known only when the rule runs: {{ actions.<id>.<output> }} or {{ event.<field> }}.",
    ),
]


class Selector(BaseModel):
    """Chooses items when the action runs: those for which all conditions hold, in an order, up to a number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    where: list[ConditionTree] = Field(
        default=[], description="The conditions on an item's fields, all of which must hold; none means every item."
    )
    order_by: str | None = Field(
        default=None,
        pattern=r"^-?[a-z_]+$",
        description="The field to sort by, with a minus sign in front for the largest first.",
    )
    limit: int | None = Field(default=None, ge=1, le=100_000, description="The largest number of items to take.")


@dataclass(frozen=True, slots=True)
class Items:
    """Marks a param that names items: of which collection, and which outputs of earlier actions can supply it."""

    collection: Collection
    supplied_by: tuple[str, ...]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Put the marker into the JSON schema, where the form and the documentation find it."""
        return {
            **handler(schema),
            "x-collection": self.collection.value,
            "x-supplied-by": list(self.supplied_by),
            "x-fields": field_schemas(self.collection),
        }


class AnyValue:
    """Marks a param that takes a reference to any value, where the others take only what they are for."""


def _ids_shape(value: object) -> Literal["ids", "id", "selector", "reference"]:
    if isinstance(value, Selector | Mapping):
        return "selector"
    if isinstance(value, str):
        return "reference"
    return "ids" if isinstance(value, list | tuple) else "id"


def _value_shape(value: object) -> Literal["value", "reference"]:
    return "reference" if isinstance(value, str) and "{{" in value else "value"


def _is_moment(value: str) -> str:
    datetime.fromisoformat(value)  # a day that is in no calendar
    return value


_Id = Annotated[int, Field(strict=True, ge=1)]

ItemIds = Annotated[
    Annotated[list[_Id], Tag("ids")]
    | Annotated[_Id, Tag("id")]
    | Annotated[Selector, Tag("selector")]
    | Annotated[Reference, Tag("reference")],
    Discriminator(_ids_shape),
]
"""Ids of items: a list, one alone, a selector, or a reference to either."""

IdValue = Annotated[Annotated[_Id, Tag("value")] | Annotated[Reference, Tag("reference")], Discriminator(_value_shape)]
"""One id, or a reference to it."""


_Moment = Annotated[
    str,
    Field(
        pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)?$",
        description="A date and time, such as 2026-12-01T08:00 or 2026-12-01T08:00+01:00.",
    ),
    AfterValidator(_is_moment),
]

MomentValue = Annotated[
    Annotated[_Moment, Tag("value")] | Annotated[Reference, Tag("reference")], Discriminator(_value_shape)
]
"""A date and time, or a reference to one."""


def reference_path(value: object) -> str | None:
    """The dotted path of a reference, or ``None`` where the value is not a reference."""
    match = REFERENCE.match(value) if isinstance(value, str) else None
    return match["path"] if match else None

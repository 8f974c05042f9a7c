"""Whether conditions make sense: fields that exist, and values that the operators can compare with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, Literal, TypeAlias

from igny8.actions.items import COLLECTIONS, Collection, FieldType, fact_names
from igny8.conditions import Operator
from igny8.rules.errors import Location, Problem, nearest
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON, kind, listed

ValueType: TypeAlias = FieldType | Literal["list", "anything"]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a field that a condition looks at."""

    type: ValueType
    options: tuple[str, ...] = ()
    """The texts that it can hold, where these are few and fixed."""


Find: TypeAlias = Callable[[str, Location], Known | Problem | None]
"""Finds what is known of a field: a problem when it cannot be used here, ``None`` when nothing more can be said."""

ANYTHING: Final = Known("anything")
NUMBER: Final = Known("integer")
LIST: Final = Known("list")

_SAME: Final = (Operator.EQUALS, Operator.NOT_EQUALS, Operator.IN, Operator.NOT_IN)
_ORDER: Final = (Operator.GREATER_THAN, Operator.LESS_THAN)
_OPERATORS: Final[dict[ValueType, tuple[Operator, ...]]] = {
    "integer": (*_SAME, *_ORDER),
    "number": (*_SAME, *_ORDER),
    "text": (*_SAME, *_ORDER, Operator.CONTAINS),
    "date-time": (*_SAME, *_ORDER),
    "boolean": _SAME,
    "list": (Operator.EQUALS, Operator.NOT_EQUALS, Operator.CONTAINS),
    "anything": tuple(Operator),
}
_WORDS: Final[dict[ValueType, str]] = {
    "integer": "a number",
    "number": "a number",
    "text": "a text",
    "date-time": "a time in ISO 8601 such as 2026-01-31T06:00:00Z",
    "boolean": "true or false",
    "list": "a list",
    "anything": "a value",
}


@cache
def fact_fields() -> dict[str, Known]:
    """The facts that a rule's conditions may look at; all of them are numbers."""
    return dict.fromkeys(fact_names(), NUMBER)


@cache
def item_fields(collection: Collection) -> dict[str, Known]:
    """The fields of a collection's items."""
    info = COLLECTIONS[collection]
    return {name: Known(field.type, info.statuses if name == "status" else ()) for name, field in info.fields.items()}


def find_fact(field: str, location: Location) -> Known | Problem | None:
    """What is known of a fact or of what the event brings."""
    if field.startswith("event."):
        return ANYTHING
    facts = fact_fields()
    if field in facts:
        return facts[field]
    root, _, path = field.partition(".")
    near = f"event.{path}" if path and nearest(root, ["event"], 0.8) else nearest(field, facts)
    hint = "" if near else f" Facts are named like {listed(list(facts)[:3])}; what an event brings like event.count."
    return problem_at(location, "unknown_fact", f"There is no fact '{field}'.{hint}", field, near)


def fact_problem(name: str, value: JSON, location: Location) -> Problem | None:
    """Why a fact can't be said to have this value: there is no such fact, or its values are of another kind."""
    if name.startswith("event."):
        message = f"What an event brings is no fact. Put {name.removeprefix('event.')} under event, beside facts."
        return problem_at(location, "unknown_fact", message, name)
    known = find_fact(name, location)
    if isinstance(known, Problem):
        return known
    if known is not None and not _fits(value, known.type):
        hint = " Leave the quotes out." if _fits(_unquoted(value), known.type) else ""
        return problem_at(
            location, "wrong_value", f"{name} is {_WORDS[known.type]}, and never {kind(value)}.{hint}", value
        )
    return None


def find_item_field(collection: Collection) -> Find:
    """Finds the fields of a collection's items."""
    fields = item_fields(collection)

    def find(field: str, location: Location) -> Known | Problem | None:
        if field in fields:
            return fields[field]
        near = nearest(field, fields)
        hint = "" if near else f" They have {listed(fields)}."
        message = f"{collection.value.capitalize()} have no field '{field}'.{hint}"
        return problem_at(location, "unknown_item_field", message, field, near)

    return find


def condition_problems(
    conditions: JSON, location: Location, find: Find, *, references: bool = False
) -> Iterator[Problem]:
    """Everything that makes no sense in a list of conditions, as far as these can be read.

    ``references`` says whether a reference may stand as a value: then nothing is known of its type.
    """
    for here, comparison in comparisons(conditions, location):
        field, operator, value = comparison.get("field"), comparison.get("operator"), comparison.get("value")
        found = find(field, (*here, "field")) if isinstance(field, str) and field else None
        if isinstance(found, Problem):
            yield found
        if "value" not in comparison or not isinstance(operator, str) or operator not in _OPERATOR_NAMES:
            continue
        if any("{{" in text for text in _texts(value)):
            if not references:
                message = (
                    "A condition compares with plain values, not with references; put the reference's path into field."
                )
                yield problem_at((*here, "value"), "reference_not_allowed", message, value)
            continue
        yield from _misfits(
            str(field), Operator(operator), value, found if isinstance(found, Known) else ANYTHING, here
        )


_OPERATOR_NAMES: Final = frozenset(operator.value for operator in Operator)


def comparisons(conditions: JSON, location: Location) -> Iterator[tuple[Location, Mapping[str, JSON]]]:
    """The comparisons in conditions, groups unfolded, each with its place."""
    if isinstance(conditions, list):
        for index, child in enumerate(conditions):
            yield from comparisons(child, (*location, index))
    elif isinstance(conditions, dict):
        groups = [name for name in ("all", "any", "not") if name in conditions]
        for name in groups:
            yield from comparisons(conditions[name], (*location, name))
        if not groups:
            yield location, conditions


def _misfits(field: str, operator: Operator, value: JSON, known: Known, location: Location) -> Iterator[Problem]:
    here = (*location, "value")
    allowed = _OPERATORS[known.type]
    if operator not in allowed:
        hint = f" Ask for {field.rsplit('.', 1)[0]}.count instead." if known is LIST and operator in _ORDER else ""
        message = f"{operator.value} cannot be used on {field}, which is {_WORDS[known.type]}.{hint}"
        if not hint:
            message += f" Use {' or '.join(option.value for option in allowed)}."
        yield problem_at((*location, "operator"), "wrong_operator", message, operator.value)
        return
    if operator in {Operator.IN, Operator.NOT_IN}:
        if not isinstance(value, list):
            message = f"{operator.value} compares with a list of values, and {kind(value)} was given."
            yield problem_at(here, "list_needed", message, value)
            return
        options: Iterable[tuple[JSON, Location]] = [(item, (*here, index)) for index, item in enumerate(value)]
    else:
        options = [(value, here)]
    ordered = operator in _ORDER
    for option, place in options:
        if known.type == "anything":
            if ordered and (isinstance(option, bool) or not isinstance(option, int | float | str)):
                message = f"{operator.value} compares numbers or texts, and {kind(option)} was given."
                yield problem_at(place, "wrong_value", message, option)
        elif not (known is LIST and operator is Operator.CONTAINS):
            yield from _wrong_value(field, option, known, place, ordered=ordered)


def _wrong_value(field: str, value: JSON, known: Known, location: Location, *, ordered: bool) -> Iterator[Problem]:
    if value is None and not ordered:
        return
    if not _fits(value, known.type):
        hint = " Leave the quotes out." if _fits(_unquoted(value), known.type) else ""
        message = f"{field} is {_WORDS[known.type]}, and cannot be compared with {kind(value)}.{hint}"
        yield problem_at(location, "wrong_value", message, value)
    elif known.options and not ordered and value not in known.options:
        near = nearest(value, known.options)
        message = f"{field} is never '{value}'. It is one of {listed(known.options)}."
        yield problem_at(location, "not_an_option", message, value, near)


def _fits(value: JSON, wanted: ValueType) -> bool:
    match wanted:
        case "integer" | "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "list":
            return isinstance(value, list)
        case "text":
            return isinstance(value, str)
        case "date-time":
            return isinstance(value, str) and _is_time(value)
    return True


def _unquoted(value: JSON) -> JSON:
    try:
        read: JSON = json.loads(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return read


def _is_time(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _texts(value: JSON) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)

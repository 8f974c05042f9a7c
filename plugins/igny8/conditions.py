"""The condition language: what a rule's ``conditions``, an action's ``when`` and a selector's ``where`` are written in.

A condition compares one field with one value; ``all``, ``any`` and ``not`` nest. A field is a dotted path into the
facts, and a number in it indexes a list (``event.items.0.title``). A field that is missing makes its comparison false,
never an error; two values whose types cannot be compared raise :class:`IncomparableValuesError`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, JsonValue, Tag

MISSING: Final = object()
"""What :func:`lookup` returns for a path that leads nowhere; ``None`` is a value of its own."""


class Operator(StrEnum):
    """How a condition compares the field's value with its own."""

    EQUALS = "equals"
    NOT_EQUALS = "not_equals"
    CONTAINS = "contains"
    GREATER_THAN = "greater_than"
    LESS_THAN = "less_than"
    IN = "in"
    NOT_IN = "not_in"


class IncomparableValuesError(ValueError):
    """Two values that the operator cannot compare, such as a text and a number under ``greater_than``."""

    def __init__(self, field: str, operator: Operator, actual: JsonValue, value: JsonValue) -> None:
        self.field = field
        self.operator = operator
        self.actual = actual
        self.value = value
        super().__init__(
            f"{field} is {_kind(actual)} ({actual!r}) and cannot be compared by {operator.value}"
            f" with {_kind(value)} ({value!r})"
        )


class _Node(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def _finite(value: JsonValue) -> JsonValue:
    # JSON has no infinity and no NaN: a rule that held one could not be stored as it is.
    match value:
        case float() if not math.isfinite(value):
            raise ValueError("A number must be finite.")
        case list():
            for item in value:
                _finite(item)
        case dict():
            for item in value.values():
                _finite(item)
    return value


class Condition(_Node):
    """One comparison of a field with a value."""

    field: str = Field(
        min_length=1,
        pattern=r"^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$",
        description="The dotted path of the value to look at, for example keywords.new or event.items.0.title.",
    )
    operator: Operator = Field(description="How the field's value is compared with the given value.")
    value: Annotated[JsonValue, AfterValidator(_finite)] = Field(
        description="The value to compare with; a list for in and not_in."
    )


class AllOf(_Node):
    """Holds when every condition in it holds; an empty list holds."""

    all: list[ConditionTree] = Field(description="The conditions that must all hold.")


class AnyOf(_Node):
    """Holds when at least one condition in it holds; an empty list does not hold."""

    any: list[ConditionTree] = Field(description="The conditions of which at least one must hold.")


class NotOf(_Node):
    """Holds when the condition in it does not hold."""

    not_: ConditionTree = Field(alias="not", description="The condition that must not hold.")


def _shape(value: object) -> Literal["all", "any", "not", "condition"]:
    if isinstance(value, AllOf) or (isinstance(value, Mapping) and "all" in value):
        return "all"
    if isinstance(value, AnyOf) or (isinstance(value, Mapping) and "any" in value):
        return "any"
    if isinstance(value, NotOf) or (isinstance(value, Mapping) and ("not" in value or "not_" in value)):
        return "not"
    return "condition"


ConditionTree = Annotated[
    Annotated[Condition, Tag("condition")]
    | Annotated[AllOf, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[NotOf, Tag("not")],
    Discriminator(_shape),
]
"""A condition, or a group of them."""

for _group in (AllOf, AnyOf, NotOf):
    _group.model_rebuild()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one comparison saw: the ledger of an evaluation is a list of these."""

    path: str
    """Where the condition stands in the list that was evaluated, for example ``1.any.0``."""
    field: str
    operator: Operator
    value: JsonValue
    actual: JsonValue
    """The field's value; ``None`` when it is missing, see ``present``."""
    present: bool
    holds: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The outcome of a list of conditions, with every comparison that was made."""

    holds: bool
    findings: tuple[Finding, ...]


def lookup(facts: JsonValue | Mapping[str, JsonValue], path: str) -> JsonValue | object:
    """Follow a dotted path into nested mappings and lists; :data:`MISSING` where it leads nowhere.

    A key that itself holds dots wins over the nested path, so flat facts (``{"keywords.new": 3}``) work too.
    """
    if isinstance(facts, Mapping) and path in facts:
        return facts[path]
    here: object = facts
    for part in path.split("."):
        if isinstance(here, Mapping) and part in here:
            here = here[part]
        elif isinstance(here, Sequence) and not isinstance(here, str) and part.isdigit() and int(part) < len(here):
            here = here[int(part)]
        else:
            return MISSING
    return here


def evaluate(conditions: Sequence[ConditionTree], facts: Mapping[str, JsonValue]) -> Evaluation:
    """Evaluate a list of conditions, all of which must hold, on the facts.

    Every comparison is made, also where the outcome is settled already, so that the findings are complete.

    Raises:
        IncomparableValuesError: when a field is present but its type cannot be compared by the operator.
    """
    findings: list[Finding] = []
    holds = [_evaluate(tree, facts, str(index), findings) for index, tree in enumerate(conditions)]
    return Evaluation(holds=all(holds), findings=tuple(findings))


def fields(conditions: Sequence[ConditionTree]) -> list[str]:
    """The fields that the conditions look at, each once, in order of appearance."""
    seen: dict[str, None] = {}
    for tree in conditions:
        match tree:
            case Condition():
                seen[tree.field] = None
            case AllOf():
                seen.update(dict.fromkeys(fields(tree.all)))
            case AnyOf():
                seen.update(dict.fromkeys(fields(tree.any)))
            case NotOf():
                seen.update(dict.fromkeys(fields([tree.not_])))
    return list(seen)


def _evaluate(tree: ConditionTree, facts: Mapping[str, JsonValue], path: str, findings: list[Finding]) -> bool:
    match tree:
        case AllOf():
            return all([_evaluate(child, facts, f"{path}.all.{i}", findings) for i, child in enumerate(tree.all)])  # noqa: C419 - no short cut, the ledger is complete
        case AnyOf():
            return any([_evaluate(child, facts, f"{path}.any.{i}", findings) for i, child in enumerate(tree.any)])  # noqa: C419
        case NotOf():
            return not _evaluate(tree.not_, facts, f"{path}.not", findings)
        case Condition():
            actual = lookup(facts, tree.field)
            present = actual is not MISSING
            value: JsonValue = actual if present else None  # type: ignore[assignment]
            holds = present and compare(tree.field, tree.operator, value, tree.value)
            findings.append(Finding(path, tree.field, tree.operator, tree.value, value, present, holds))
            return holds


def compare(  # noqa: C901 - one case per operator reads best in one place
    field: str, operator: Operator, actual: JsonValue, value: JsonValue
) -> bool:
    """Compare a present field's value with a condition's value.

    Raises:
        IncomparableValuesError: when the operator is not defined for the two types.
    """
    match operator:
        case Operator.EQUALS:
            return _equal(actual, value)
        case Operator.NOT_EQUALS:
            return not _equal(actual, value)
        case Operator.IN | Operator.NOT_IN:
            if not isinstance(value, list):
                raise IncomparableValuesError(field, operator, actual, value)
            found = any(_equal(actual, option) for option in value)
            return found if operator is Operator.IN else not found
        case Operator.CONTAINS:
            if isinstance(actual, list):
                return any(_equal(item, value) for item in actual)
            if isinstance(actual, str) and isinstance(value, str):
                return value.casefold() in actual.casefold()
            if actual is None:
                return False
            raise IncomparableValuesError(field, operator, actual, value)
        case Operator.GREATER_THAN | Operator.LESS_THAN:
            if actual is None:
                return False
            if not (_is_number(actual) and _is_number(value)) and not (
                isinstance(actual, str) and isinstance(value, str)
            ):
                raise IncomparableValuesError(field, operator, actual, value)
            return actual > value if operator is Operator.GREATER_THAN else actual < value  # type: ignore[operator]


def _equal(left: JsonValue, right: JsonValue) -> bool:
    # In Python True == 1; to a user a switch and a number are different things.
    if isinstance(left, bool) is not isinstance(right, bool):
        return False
    return left == right


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: JsonValue) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return "a yes/no value"
        case int() | float():
            return "a number"
        case str():
            return "a text"
        case list():
            return "a list"
        case _:
            return "an object"

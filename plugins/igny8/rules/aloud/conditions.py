"""Conditions in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias

from pydantic import JsonValue

from igny8.actions.items import COLLECTIONS, Collection, ItemField
from igny8.conditions import AllOf, AnyOf, Condition, ConditionTree, NotOf, Operator
from igny8.rules.aloud.values import field_words, several, value_words

Clause: TypeAlias = Callable[[Condition, bool], str]
"""Tells one comparison; true for the opposite of it."""

NOT_SO: Final = "it is not so that"
_COLLECTIONS: Final = frozenset(collection.value for collection in Collection)
_CREDITS: Final = {"balance": "can still be spent", "spent_today": "have been spent today (UTC)"}


def conditions_words(conditions: Sequence[ConditionTree]) -> str:
    """The conditions of a rule or of an action's ``when``, to follow *if*."""
    return " and ".join(condition_words(tree, alone=len(conditions) == 1) for tree in conditions) or "always"


def condition_words(tree: ConditionTree, *, alone: bool = False) -> str:
    """One condition of a rule or of a ``when``; unless it stands alone, groups of several stand in parentheses."""
    return tree_words(tree, _clause, nested=not alone)


def tree_words(tree: ConditionTree, clause: Clause, *, nested: bool = True) -> str:
    """A condition, or a group of them, with every comparison told by ``clause``."""
    match tree:
        case Condition():
            return clause(tree, False)
        case NotOf(not_=Condition() as comparison):
            return clause(comparison, True)
        case NotOf():
            return f"{NOT_SO} {tree_words(tree.not_, clause)}"
        case AllOf():
            return _group([tree_words(child, clause) for child in tree.all], "and", "no more is asked", nested=nested)
        case AnyOf():
            return _group([tree_words(child, clause) for child in tree.any], "or", "never", nested=nested)


def amount(operator: Operator, value: JsonValue, one: str, *, negated: bool = False) -> tuple[str, bool] | None:
    """How many of something a comparison asks for, and whether that is one: (``more than 20 keywords``, false).

    ``None`` for a comparison that is none of numbers.
    """
    many = f"{one}s"
    if isinstance(value, list):
        numbers = [item for item in value if _is_number(item)]
        if operator not in {Operator.IN, Operator.NOT_IN} or not numbers or len(numbers) != len(value):
            return None
        wanted = (operator is Operator.IN) is not negated
        return f"{'' if wanted else 'not '}exactly {several(map(str, numbers), 'or')} {many}", False
    if not _is_number(value):
        return None
    noun = one if value == 1 else many
    match operator, negated:
        case (Operator.EQUALS, False) | (Operator.NOT_EQUALS, True):
            return (f"no {many}", False) if value == 0 else (f"exactly {value} {noun}", value == 1)
        case (Operator.EQUALS, True) | (Operator.NOT_EQUALS, False):
            return (f"at least one {one}", True) if value == 0 else (f"not exactly {value} {noun}", value == 1)
        case (Operator.GREATER_THAN, False):
            return (f"at least one {one}", True) if value == 0 else (f"more than {value} {noun}", False)
        case (Operator.GREATER_THAN, True):
            return (f"no {many}", False) if value == 0 else (f"at most {value} {noun}", False)
        case (Operator.LESS_THAN, False):
            return (f"no {many}", False) if value == 1 else (f"fewer than {value} {many}", False)
        case (Operator.LESS_THAN, True):
            return (f"at least one {one}", True) if value == 1 else (f"at least {value} {many}", False)
    return None


def comparison_words(subject: str, operator: Operator, value: JsonValue, kind: str = "") -> str:
    """A comparison of anything: ``the event's urgent is true``."""
    told = value_words(value)
    later, earlier = ("later", "earlier") if kind == "date-time" else ("more", "less")
    if isinstance(value, str) and kind != "date-time":
        later, earlier = "later in the alphabet", "earlier in the alphabet"
    options = several([value_words(item) for item in value], "or") if isinstance(value, list) else told
    match operator:
        case Operator.EQUALS:
            return f"{subject} is {told}"
        case Operator.NOT_EQUALS:
            return f"{subject} is something other than {told}"
        case Operator.CONTAINS:
            return f"{subject} contains {told}"
        case Operator.GREATER_THAN:
            return f"{subject} is {later} than {told}"
        case Operator.LESS_THAN:
            return f"{subject} is {earlier} than {told}"
        case Operator.IN:
            return f"{subject} is {options}"
        case Operator.NOT_IN:
            return f"{subject} is something other than {options}"


def item_clause(collection: Collection) -> Clause:
    """Tells comparisons of the fields of a collection's items."""
    fields = COLLECTIONS[collection].fields

    def clause(condition: Condition, negated: bool) -> str:
        field = fields.get(condition.field, ItemField("text", ""))
        name = condition.field.replace("_", " ")
        there = _there(condition, name, field)
        if there is not None:
            return f"there is {'no ' if there is negated else 'a '}{name.removeprefix('has ')}"
        told = comparison_words(f"the {name}", condition.operator, condition.value, field.type)
        return f"{NOT_SO} {told}" if negated else told

    return clause


def _there(condition: Condition, name: str, field: ItemField) -> bool | None:
    """Whether a comparison asks that the item has something, or has it not; ``None`` where it asks something else."""
    if condition.operator not in {Operator.EQUALS, Operator.NOT_EQUALS}:
        return None
    same = condition.operator is Operator.EQUALS
    if field.type == "boolean" and name.startswith("has ") and isinstance(condition.value, bool):
        return condition.value is same
    return not same if condition.value is None else None


def _clause(condition: Condition, negated: bool) -> str:
    field, operator, value = condition.field, condition.operator, condition.value
    root, _, rest = field.partition(".")
    if root in _COLLECTIONS:
        info = COLLECTIONS[Collection(root)]
        found = amount(
            operator, value, info.singular if rest == "total" else f"{rest} {info.singular}", negated=negated
        )
        if found:
            return f"there {'is' if found[1] else 'are'} {found[0]}"
    if root == "credits" and (found := amount(operator, value, "credit", negated=negated)):
        return f"{found[0]} {_CREDITS.get(rest, rest)}"
    action, _, output = rest.partition(".")
    if root == "actions" and output == "count" and not negated and (found := amount(operator, value, "item")):
        return f"{action} has done {found[0]}"
    told = comparison_words(field_words(field), operator, value)
    return f"{NOT_SO} {told}" if negated else told


def _group(words: Sequence[str], joint: str, empty: str, *, nested: bool) -> str:
    if len(words) < 2:  # noqa: PLR2004 - one alone needs no joint
        return words[0] if words else empty
    joined = f" {joint} ".join(words)
    return f"({joined})" if nested else joined


def _is_number(value: JsonValue) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)

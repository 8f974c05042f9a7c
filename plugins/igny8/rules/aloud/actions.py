"""Actions in words: what they do, with which items, and how."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pydantic import JsonValue, ValidationError

from igny8.actions import ACTION_TYPES
from igny8.actions.items import COLLECTIONS, Collection, ItemField
from igny8.actions.params import Items, Selector
from igny8.conditions import Condition, ConditionTree, Operator
from igny8.rules.aloud.conditions import item_clause, tree_words
from igny8.rules.aloud.values import several, supplier_words, value_words
from igny8.rules.model import Action

_PLACE: Final = re.compile(r"\{(\w+)\}")


def action_words(action: Action, params: Mapping[str, JsonValue], just_before: str | None = None) -> str:
    """What an action does, told to somebody who is to do it: ``cluster up to 500 new keywords``.

    Args:
        action: The action.
        params: Its params with those spelled out that the rule leaves to be understood, see :func:`igny8.rules.wire`.
        just_before: The id of the action that was told just before, whose items are *those*.
    """
    kind = ACTION_TYPES[action.type]
    inputs = kind.params.item_inputs()
    phrase = kind.phrase or kind.title[:1].lower() + kind.title[1:]
    told = set(_PLACE.findall(phrase))

    def place(found: re.Match[str]) -> str:
        name = found[1]
        value = params.get(name)
        if name not in inputs:
            return _plain_words(value if value is not None else getattr(action.params, name, None))
        own = getattr(action.params, name, None) is not None
        return items_words(inputs[name], value, None if own else just_before)

    sentence = _PLACE.sub(place, phrase)
    more = [
        f"the {name.replace('_', ' ')} {param_words(action.type, name, value)}"
        for name, value in params.items()
        if name not in told and value is not None
    ]
    return f"{sentence}, with {several(more)}" if more else sentence


def param_words(action_type: str, name: str, value: JsonValue) -> str:
    """One param of an action of that type in words."""
    items = ACTION_TYPES[action_type].params.item_inputs().get(name)
    if items is None:
        return _plain_words(value)
    return "what the actions above supply" if value is None else items_words(items, value)


def items_words(items: Items, value: JsonValue, just_before: str | None = None) -> str:
    """The items that a param names: given ones, chosen ones, or those that another action supplies."""
    singular = COLLECTIONS[items.collection].singular
    plural = f"{singular}s"
    match value:
        case bool() | float():
            return value_words(value)
        case int():
            return f"the {singular} {value}"
        case list():
            noun = singular if len(value) == 1 else plural
            return f"the {noun} {several(str(item) for item in value)}" if value else f"no {plural}"
        case str():
            if just_before is not None and value.startswith(f"{{{{ actions.{just_before}.") and " or " not in value:
                return f"those {plural}"
            return supplier_words(value, plural) or value_words(value)
        case dict():
            return _selector_words(value, items.collection)
    return plural


def _selector_words(value: Mapping[str, JsonValue], collection: Collection) -> str:
    try:
        selector = Selector.model_validate(value)
    except ValidationError:
        return f"chosen {COLLECTIONS[collection].singular}s"
    info = COLLECTIONS[collection]
    status, others = _status(selector.where)
    one = selector.limit == 1
    noun = info.singular if one else f"{info.singular}s"
    kind = f"{several(status, 'or')} {noun}" if status else noun
    told = f"all {kind}" if selector.limit is None else f"{'' if one else 'up to '}{selector.limit} {kind}"
    if others:
        clause = item_clause(collection)
        alone = len(others) == 1
        told += f" where {' and '.join(tree_words(tree, clause, nested=not alone) for tree in others)}"
    if selector.order_by:
        name = selector.order_by.removeprefix("-")
        downwards = selector.order_by.startswith("-")
        told += f" ({_order_words(name, info.fields.get(name, ItemField('text', '')), downwards=downwards)})"
    return told


def _status(where: Sequence[ConditionTree]) -> tuple[list[str], list[ConditionTree]]:
    """The statuses that stand before the noun, and the other conditions."""
    for index, tree in enumerate(where):
        if not isinstance(tree, Condition) or tree.field != "status":
            continue
        values = tree.value if tree.operator is Operator.IN and isinstance(tree.value, list) else [tree.value]
        words = [value for value in values if isinstance(value, str) and "{{" not in value]
        if tree.operator in {Operator.EQUALS, Operator.IN} and words and len(words) == len(values):
            return words, [other for place, other in enumerate(where) if place != index]
    return [], list(where)


def _order_words(name: str, field: ItemField, *, downwards: bool) -> str:
    told = name.replace("_", " ")
    match field.type:
        case "integer" | "number":
            return f"{'highest' if downwards else 'lowest'} {told} first"
        case "date-time":
            if name == "created_at":
                return f"{'newest' if downwards else 'oldest'} first"
            return f"{'latest' if downwards else 'earliest'} {told.removesuffix(' at')} first"
    return f"by {told}{', backwards' if downwards else ''}"


def _plain_words(value: JsonValue) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) and re.fullmatch(r"[\w.-]+", value) else value_words(value)

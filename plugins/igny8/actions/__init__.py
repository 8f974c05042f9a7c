"""The contract of the actions: name, params, outputs and price of every action type.

Both halves of the system import this package; it imports neither Airflow nor the content engine.
"""

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.errors import ActionNotDoneError
from igny8.actions.events import EVENT_TYPES, EventType
from igny8.actions.items import Collection
from igny8.actions.own import FREE, ActionOutputs, ActionRun, Credentials, outputs_of
from igny8.actions.params import AnyValue, Items, Reference
from igny8.actions.registry import (
    ACTION_TYPES,
    BROKEN_ACTIONS,
    BUILT_IN,
    BrokenAction,
    UnknownActionError,
    action_type,
    broken_action,
)

__all__ = [
    "ACTION_TYPES",
    "BROKEN_ACTIONS",
    "BUILT_IN",
    "EVENT_TYPES",
    "FREE",
    "ActionNotDoneError",
    "ActionOutputs",
    "ActionParams",
    "ActionRun",
    "ActionType",
    "AnyValue",
    "BrokenAction",
    "Collection",
    "Credentials",
    "EventType",
    "Gives",
    "Items",
    "Output",
    "Price",
    "Reference",
    "UnknownActionError",
    "action_type",
    "broken_action",
    "outputs_of",
]

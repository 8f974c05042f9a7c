"""The contract of the actions: name, params, outputs and price of every action type.

Both halves of the system import this package; it imports neither Airflow nor the content engine.
"""

from igny8.actions.base import ActionParams, ActionType, Gives, Output, Price
from igny8.actions.events import EVENT_TYPES, EventType
from igny8.actions.registry import ACTION_TYPES, UnknownActionError, action_type

__all__ = [
    "ACTION_TYPES",
    "EVENT_TYPES",
    "ActionParams",
    "ActionType",
    "EventType",
    "Gives",
    "Output",
    "Price",
    "UnknownActionError",
    "action_type",
]

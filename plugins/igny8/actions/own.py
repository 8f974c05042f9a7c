"""Actions of your own: done by an async function in Airflow's triggerer, where the eight others are the engine's jobs.

Such an action is one module: a model of its params, a model of its outputs, the function, and an
:class:`~igny8.actions.base.ActionType` that ties them together. docs/own-actions.md tells how.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Final, Protocol, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, JsonValue

from igny8.actions.base import Output, OutputType, Price
from igny8.actions.items import Collection

FREE: Final = Price(credits=0, per="run")
"""The price of an action that runs by itself: credits are the engine's, and only its jobs are charged."""


class ActionOutputs(BaseModel):
    """The base of what an own action puts out; every field is an output, and is described."""

    model_config = ConfigDict(extra="forbid", frozen=True)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What an Airflow connection holds for an action."""

    host: str
    """The host that the connection is for; empty where it names none."""
    login: str
    password: str = field(repr=False)


class ActionRun(Protocol):
    """What an own action is handed besides its params."""

    @property
    def key(self) -> str:
        """The same in every try of this action in this run, and in no other: send it along as idempotency key.

        A triggerer may die at any line; another one then calls the action again with this key.
        """
        ...

    @property
    def attempt(self) -> int:
        """Which try this is, from 1."""
        ...

    @property
    def account(self) -> str:
        """The account of the rule."""
        ...

    @property
    def site(self) -> str:
        """The site of the rule."""
        ...

    @property
    def run_id(self) -> str:
        """The id of the run, by which Airflow knows it."""
        ...

    async def progress(self, done: int, total: int, phase: str = "") -> None:
        """Show how far the action is, and what it is doing; calls in quick succession cost nothing."""
        ...

    async def connection(self, name: str) -> Credentials:
        """The Airflow connection ``igny8_action_<account>_<name>``; no rule reaches another account's.

        Raises:
            ActionNotDoneError: when there is none, saying how to make it.
        """
        ...

    async def variable(self, name: str) -> str:
        """The Airflow variable ``igny8_action_<account>_<name>``.

        Raises:
            ActionNotDoneError: when there is none, saying how to make it.
        """
        ...


_TYPES: Final[dict[object, OutputType]] = {int: "integer", float: "number", str: "text", bool: "boolean", list: "list"}


def outputs_of(model: type[ActionOutputs]) -> tuple[Output, ...]:
    """The outputs that a model declares: one for each field, with its description and type.

    A field that holds ids of items says of which: ``Annotated[list[int], Collection.CONTENT]``.
    """
    return tuple(
        Output(
            name,
            field.description or "",
            next((mark for mark in field.metadata if isinstance(mark, Collection)), None),
            type=_type_of(field.annotation),
        )
        for name, field in model.model_fields.items()
    )


def _type_of(annotation: object) -> OutputType:
    while get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in {Union, UnionType}:
        some = [option for option in get_args(annotation) if option is not NoneType]
        return _type_of(some[0]) if len(some) == 1 else "anything"
    return _TYPES.get(get_origin(annotation) or annotation, "anything")


def as_json(outputs: ActionOutputs) -> dict[str, JsonValue]:
    """The outputs as they are kept."""
    document: dict[str, JsonValue] = outputs.model_dump(mode="json")
    return document

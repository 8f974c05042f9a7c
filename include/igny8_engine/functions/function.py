"""What a function of the engine is made of. One module per action type implements it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Generic, Protocol, TypeVar, cast

from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from igny8.actions import ActionParams, action_type
from igny8_engine.errors import Problem
from igny8_engine.events.outbox import Happening
from igny8_engine.parts import Parts

P = TypeVar("P", bound=ActionParams)

Outputs = dict[str, list[JsonValue]]


@dataclass(frozen=True, slots=True)
class Order(Generic[P]):
    """A job as a function sees it."""

    job_id: int
    site_id: int
    site_name: str
    params: P


@dataclass(frozen=True, slots=True)
class Chosen:
    """An item that a job will work on. It stays fixed from the job's first start on."""

    item_id: int
    label: str
    """What people call it: a title, a name."""
    credits: int
    """The most that it will cost; nothing for an item that is done already and only handed on."""
    payload: dict[str, JsonValue] = field(default_factory=dict)
    """What the function wants to remember of the choice."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of an item."""

    result: dict[str, JsonValue]
    """For people: shown with the item."""
    outputs: Outputs
    """For the actions that come after: the item's part of each output."""
    credits: int | None = None
    """What it cost; ``None`` is what was estimated."""
    happening: Happening | None = None
    """The event that this was, for actions that have one for each item."""


Store = Callable[[AsyncSession], Awaitable[Stored]]
"""Stores a finished item, in the transaction in which it is marked as done and paid."""


class Function(Protocol[P]):
    """Does one type of action."""

    type: ClassVar[str]
    phase: ClassVar[str]
    """What it is doing, while it does it."""

    def at_once(self, parts: Parts) -> int:  # noqa: ARG002 - others look at them
        """How many items of one job are worked on at once."""
        return 4

    def provider(self, parts: Parts, params: P) -> str | None:  # noqa: ARG002 - others look at them
        """What it works with: ``offline``, the name of a model, or nothing of the kind."""
        return parts.providers.writer.provider

    async def check(
        self,
        session: AsyncSession,  # noqa: ARG002 - nothing to look up by default
        parts: Parts,  # noqa: ARG002
        site_id: int,  # noqa: ARG002
        params: P,  # noqa: ARG002
    ) -> list[Problem]:
        """What is wrong with the params beyond their form; paths begin with ``params``."""
        return []

    async def choose(self, session: AsyncSession, parts: Parts, order: Order[P]) -> list[Chosen]:
        """The items to work on, in their order."""
        ...

    def touched(self, items: Sequence[Chosen]) -> list[int]:
        """The ids of what the items stand for: of the collection that the action's param names, in order."""
        return [item.item_id for item in items]

    async def work(self, parts: Parts, order: Order[P], item: Chosen) -> Store:
        """Do one item, holding no transaction open; what is returned stores it.

        Raises:
            ItemFailedError: this item cannot be done.
            OutdatedError: something was stored meanwhile that this collides with; it is done anew.
        """
        ...

    def of_all(self, items: Sequence[Chosen], done: Sequence[Outputs]) -> Happening | None:  # noqa: ARG002 - as above
        """The event about items that are done and their outputs, for actions that have one for the whole job."""
        return None

    def outputs(self, items: Sequence[Chosen], done: Sequence[Outputs]) -> Outputs:  # noqa: ARG002 - as above
        """The job's outputs, from all its items and the outputs of those that are done, both in order."""
        merged: Outputs = {output.name: [] for output in action_type(self.type).outputs}
        for part in done:
            for name, values in part.items():
                merged[name].extend(values)
        return merged


def as_outputs(value: dict[str, JsonValue]) -> Outputs:
    """Outputs as they were stored."""
    return cast("Outputs", value)

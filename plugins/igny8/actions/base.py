"""What an action type is made of."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from pydantic import BaseModel, ConfigDict

from igny8.actions.events import EventType
from igny8.actions.items import Collection
from igny8.actions.params import AnyValue, Items

OutputType: TypeAlias = Literal["list", "integer", "number", "text", "boolean", "anything"]


class ActionParams(BaseModel):
    """The base of every action's params: unknown names are errors, values are never changed after validation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def item_inputs(cls) -> dict[str, Items]:
        """The params that name items, with what they take; these can be wired to an earlier action's outputs."""
        return {
            name: marker
            for name, field in cls.model_fields.items()
            for marker in field.metadata
            if isinstance(marker, Items)
        }

    @classmethod
    def takes_anything(cls) -> frozenset[str]:
        """The params that take the output of an earlier action whatever it is."""
        return frozenset(name for name, field in cls.model_fields.items() if AnyValue in field.metadata)

    @abstractmethod
    def price(self) -> Price:
        """What the action costs under these params."""

    def may_leave_items(self) -> bool:
        """Whether items may turn out not to be worth working on under these params; those cost nothing."""
        return False

    def gives(self, output: Output) -> Gives:
        """How many of an output the action makes of its items under these params."""
        return output.gives


@dataclass(frozen=True, slots=True)
class Gives:
    """How many of an output come of an action's items, those that fail set aside."""

    least: int = 1
    """From each item at least; from all of them together where ``least_of_all`` says so."""
    most: int = 1
    """From each item at most."""
    least_of_all: bool = False
    """Whether ``least`` is for all items together: a hundred keywords may become one cluster."""

    def at_least(self, items: int) -> int:
        """The fewest that so many items give."""
        return min(items, 1) * self.least if self.least_of_all else items * self.least

    def at_most(self, items: int) -> int:
        """The most that so many items give."""
        return items * self.most

    def in_words(self, singular: str) -> str:
        """How many for each item, whose name in the singular is given: ``1 to 5 for each cluster``."""
        if self.least_of_all:
            return f"{self.least} for all {singular}s together at least, {self.most} for each {singular} at most"
        return f"{self.least if self.least == self.most else f'{self.least} to {self.most}'} for each {singular}"


@dataclass(frozen=True, slots=True)
class Output:
    """A value that an action hands on to the actions after it; the engine's are lists of ids, or of texts."""

    name: str
    description: str
    collection: Collection | None = None
    """The collection whose ids these are; ``None`` for values that are not items of the engine's own."""
    gives: Gives = Gives()
    """How many there are of it for an action's items; params may narrow it (:meth:`ActionParams.gives`)."""
    type: OutputType = "list"
    """What kind of value it is."""


@dataclass(frozen=True, slots=True)
class Price:
    """What an action costs in credits."""

    credits: int
    """Credits for each started batch."""
    per: str
    """What one item is, in the singular: ``article``, ``image``, ``keyword``."""
    batch: int = 1
    """How many items one batch holds."""

    def total(self, items: int) -> int:
        """The credits for that many items; a started batch counts as a whole one."""
        return math.ceil(items / self.batch) * self.credits

    def __str__(self) -> str:
        if not self.credits:
            return "free"
        if self.batch > 1:
            return f"{self.credits} credits per started {self.batch} {self.per}s"
        return f"{self.credits} credit{'s' if self.credits != 1 else ''} per {self.per}"


@dataclass(frozen=True, slots=True)
class ActionType:
    """One kind of action: the single home of what is known of it outside the engine's code."""

    name: str
    title: str
    """Two or three words for buttons and headings."""
    description: str
    """What it does, in full sentences, for the person who writes a rule."""
    params: type[ActionParams]
    outputs: tuple[Output, ...]
    prices: tuple[str, ...]
    """The price in words, one line for each case, for the documentation."""
    emits: tuple[EventType, ...]
    """The events that the engine tells of when it has been done."""
    phrase: str = ""
    """What it does as part of a sentence that tells somebody to: ``publish {content_ids} to WordPress``.

    A name in braces stands for that param in words. Left out, it is the title.
    """
    run: Callable[..., Awaitable[BaseModel]] | None = None
    """The async function that does it in Airflow's triggerer, given the params and an
    :class:`igny8.actions.own.ActionRun`; it returns a model of the outputs. Left out, it is a job of the engine."""
    cancel: Callable[..., Awaitable[None]] | None = None
    """Called with the same when a user ends the action while it runs, for what goes on elsewhere."""

    def output(self, name: str) -> Output | None:
        """The output of that name, or ``None``."""
        return next((output for output in self.outputs if output.name == name), None)

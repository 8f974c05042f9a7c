"""Which of several runs goes on, whatever the order in which they look, let the others know and end."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import coroutine
from typing import Any, Literal

import pytest

from igny8.execution.airflow_runs import GoingRun
from igny8.execution.overlap import Mark, Turn, newer_that_goes, older_that_goes

DUE = datetime(2026, 11, 25, 6, tzinfo=UTC)


@coroutine
def step() -> Any:
    """Let the others have their turn."""
    yield


@coroutine
def rest() -> Any:
    """Wait until somebody else has done something."""
    yield "rest"


@dataclass
class World:
    """The records that all runs share; what is done to them is done at once, and never two things together."""

    there: list[str] = field(default_factory=list)
    """The runs that can be seen."""
    states: dict[str, str | None] = field(default_factory=dict)
    marks: dict[str, Mark] = field(default_factory=dict)
    cancelled: list[str] = field(default_factory=list)

    def end(self, run_id: str) -> None:
        self.there.remove(run_id)


@dataclass
class View:
    """The records as one run has them."""

    world: World
    me: str

    async def going(self) -> Sequence[GoingRun]:
        await step()
        return [GoingRun(run_id, "running", DUE) for run_id in sorted(self.world.there)]

    async def turns(self, run_ids: Sequence[str]) -> Mapping[str, Turn]:
        await step()
        world = self.world
        return {run_id: Turn(world.states[run_id], world.marks.get(run_id, Mark())) for run_id in run_ids}

    async def mark(self, mark: Mark) -> None:
        await step()
        self.world.marks[self.me] = mark

    async def cancel(self, run: GoingRun) -> None:
        await step()
        if run.run_id in self.world.there:
            self.world.cancelled.append(run.run_id)
            self.world.end(run.run_id)
            if self.world.states[run.run_id] is None:
                self.world.states[run.run_id] = "failed"

    async def pause(self) -> None:
        await rest()


Policy = Callable[[str, View], Coroutine[Any, Any, GoingRun | None]]


def play(policy: Policy, names: Sequence[str], choose: Callable[[list[str]], str]) -> World:
    """Have runs appear, decide and be cancelled in an order that is chosen step by step."""
    world = World()
    unseen = set(names)
    deciding: dict[str, Coroutine[Any, Any, GoingRun | None]] = {}
    resting: set[str] = set()
    for _ in range(1000):
        # One that was cancelled may go on for a while: Airflow stops it some time later, or not at all.
        able = sorted(unseen | (deciding.keys() - resting))
        if not able:
            for stopped in deciding.values():
                stopped.close()
            return world
        name = choose(able)
        resting.clear()
        if name in unseen:
            unseen.remove(name)
            world.there.append(name)
            world.states[name] = None
            deciding[name] = policy(name, View(world, name))
            continue
        try:
            if deciding[name].send(None) == "rest":
                resting.add(name)
        except StopIteration as stop:
            del deciding[name]
            if world.states[name] is not None:
                continue  # what the one that was cancelled meanwhile decides is ignored
            world.states[name] = "skipped" if stop.value else "success"
            if stop.value:
                world.end(name)
    raise AssertionError(f"no end: {world}")


def every_order(policy: Policy, names: Sequence[str], most: int) -> list[World]:
    """What comes of every order of steps of so many runs, or of so many orders of them at most."""
    worlds: list[World] = []
    paths: list[list[int]] = [[]]
    while paths and len(worlds) < most:
        path = paths.pop()
        taken: list[int] = []
        widths: list[int] = []

        def choose(
            able: list[str], path: list[int] = path, taken: list[int] = taken, widths: list[int] = widths
        ) -> str:
            place = path[len(taken)] if len(taken) < len(path) else 0
            taken.append(place)
            widths.append(len(able))
            return able[place]

        worlds.append(play(policy, names, choose))
        for depth in range(len(path), len(taken)):
            paths += [[*taken[:depth], other] for other in range(1, widths[depth])]
    return worlds


def goes(world: World) -> list[str]:
    return [name for name, state in world.states.items() if state == "success" and name not in world.cancelled]


@pytest.mark.parametrize("policy", [older_that_goes, newer_that_goes])
def test_of_two_runs_exactly_one_goes_on_in_every_order_of_their_steps(policy: Policy) -> None:
    worlds = every_order(policy, ["a", "b"], 2000)
    assert len(worlds) > 100
    for world in worlds:
        assert len(goes(world)) == 1, world


@pytest.mark.parametrize("policy", [older_that_goes, newer_that_goes])
def test_of_many_runs_exactly_one_goes_on(policy: Policy) -> None:
    chance = random.Random(7)
    for size, _ in itertools.product((2, 3, 4, 5), range(150)):
        world = play(policy, "abcde"[:size], chance.choice)
        assert len(goes(world)) == 1, world


@pytest.mark.parametrize(("policy", "left"), [(older_that_goes, "a"), (newer_that_goes, "c")])
def test_runs_that_begin_at_once_decide_by_the_order_in_which_they_were_made(
    policy: Policy, left: Literal["a", "c"]
) -> None:
    chance = random.Random(11)
    for _ in range(200):
        appear = iter(["c", "a", "b"])  # all are there before any of them looks

        def choose(able: list[str], appear: Any = appear) -> str:
            return next(appear, None) or chance.choice(able)

        world = play(policy, ["a", "b", "c"], choose)
        assert goes(world) == [left], world


def decide(policy: Policy, me: str, world: World) -> GoingRun | None:
    running = policy(me, View(world, me))
    while True:
        try:
            running.send(None)
        except StopIteration as stop:
            found: GoingRun | None = stop.value
            return found


def test_a_run_that_waits_for_the_end_of_a_quiet_time_is_not_going() -> None:
    for policy in (older_that_goes, newer_that_goes):
        world = World(["a", "b"], {"a": None, "b": None}, {"a": Mark(waits=True)})
        assert decide(policy, "b", world) is None
        assert world.cancelled == []
        world.states["b"] = "success"
        other = decide(policy, "a", world)  # it wakes while the other one is going
        assert other is not None
        assert other.run_id == "b"


def test_an_older_run_counts_from_when_it_is_due_and_not_once_it_gave_way() -> None:
    for state in ("skipped", "failed", "upstream_failed"):
        assert decide(older_that_goes, "b", World(["a", "b"], {"a": state, "b": None})) is None
    for before in (None, "scheduled", "deferred", "success"):
        assert decide(older_that_goes, "b", World(["a", "b"], {"a": before, "b": None})) is not None


def test_deciding_once_more_after_a_death_at_any_line_ends_the_same() -> None:
    for steps in range(12):
        world = World(["a", "b"], {"a": "success", "b": None})
        dying = newer_that_goes("b", View(world, "b"))
        for _ in range(steps):
            try:
                dying.send(None)
            except StopIteration:
                break
        dying.close()
        assert decide(newer_that_goes, "b", world) is None
        assert world.cancelled == ["a"]

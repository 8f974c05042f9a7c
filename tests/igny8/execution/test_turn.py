"""How a run that an event starts waits for the end of a quiet time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, tzinfo
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.triggers.base import TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from pydantic import JsonValue

from igny8.execution import turn
from igny8.execution.turn import TurnTrigger

NIGHT = {"from": "22:00", "to": "06:00"}
ALL_DAY = {"from": "00:00", "to": "24:00"}


class Clock:
    """A clock that goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime(2026, 11, 25, 21, 30, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self, zone: tzinfo) -> datetime:
        return self.time.astimezone(zone)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(turn, "datetime", clock)
    monkeypatch.setattr(turn, "asyncio", clock)
    return clock


class Alone(TurnTrigger):
    """A trigger outside of the triggerer: what it would leave in XCom is in ``left``."""

    attempt = 1

    def __init__(self, run_id: str, *hours: JsonValue, run_type: str = "manual", **changes: Any) -> None:
        given = {"overlap": None, "timezone": "Europe/Berlin", "excluded_dates": [], **changes}
        super().__init__(quiet_hours=list(hours), **given)
        self.left: list[tuple[str, JsonValue]] = []
        self._dag_run = SimpleNamespace(run_id=run_id, run_type=run_type)

    def _runtime(self) -> Any:
        return SimpleNamespace(get_template_context=lambda: {"dag_run": self._dag_run}, try_number=self.attempt)

    async def _xcom(self, key: str, value: JsonValue) -> None:
        self.left.append((key, value))

    def outcome(self) -> TriggerEvent:
        async def first() -> TriggerEvent:
            async for event in self.run():
                return event
            raise AssertionError("it ends without an event")

        return asyncio.run(first())


@pytest.mark.parametrize("changes", [{"run_id": "event__e1"}, {"run_id": "asset__x", "run_type": "asset_triggered"}])
def test_what_begins_by_itself_waits_and_tells_until_when(clock: Clock, changes: dict[str, Any]) -> None:
    trigger = Alone(changes.pop("run_id"), NIGHT, **changes, excluded_dates=["11-26"])
    assert isinstance(trigger.outcome(), TaskSuccessEvent)
    # From 22:30 in Berlin over the excluded date to the next morning.
    assert clock.time == datetime(2026, 11, 27, 5, tzinfo=UTC)
    assert max(clock.slept) <= 300, "the wall clock is looked at again"
    phase = "waiting until 2026-11-27 06:00, because it began in a quiet time: it is quiet from 22:00 to 06:00"
    assert trigger.left == [
        ("turn", {"claims": False, "waits": True}),
        ("progress", {"phase": f"{phase} (Europe/Berlin)"}),
    ]


@pytest.mark.parametrize("run", [("manual__1", "manual"), ("scheduled__1", "scheduled"), ("backfill__1", "backfill")])
def test_what_somebody_or_the_clock_starts_does_not_wait(clock: Clock, run: tuple[str, str]) -> None:
    trigger = Alone(run[0], NIGHT, run_type=run[1])
    assert isinstance(trigger.outcome(), TaskSuccessEvent)
    assert (clock.slept, trigger.left) == ([], [])
    trigger.attempt = 2
    assert isinstance(trigger.outcome(), TaskSuccessEvent)
    assert trigger.left == [("overlap", None)], "the reason of a former try is taken back"


def test_a_quiet_time_without_an_end_skips_the_run_and_says_so(clock: Clock) -> None:
    trigger = Alone("event__e1", ALL_DAY)
    assert isinstance(trigger.outcome(), TaskSkippedEvent)
    ((key, reason),) = trigger.left
    assert key == "overlap"
    assert str(reason).startswith("The run never begins, because it began in a quiet time: it is quiet from 00:00")


def test_a_trigger_is_made_again_from_what_it_says() -> None:
    trigger = TurnTrigger(
        overlap="skip", timezone="Europe/Berlin", quiet_hours=[dict[str, JsonValue](NIGHT)], excluded_dates=["12-25"]
    )
    path, given = trigger.serialize()
    assert path == "igny8.execution.turn.TurnTrigger"
    assert TurnTrigger(**given).serialize() == (path, given)  # type: ignore[arg-type]  # JSON, as Airflow keeps it

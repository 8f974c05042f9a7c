"""What becomes of an own action in the triggerer, whatever its function does."""

from __future__ import annotations

import asyncio
import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.triggers.base import TaskSkippedEvent, TaskSuccessEvent, TriggerEvent
from pydantic import Field, JsonValue

from igny8.actions import (
    ACTION_TYPES,
    FREE,
    ActionNotDoneError,
    ActionOutputs,
    ActionParams,
    ActionRun,
    ActionType,
    Price,
    outputs_of,
)
from igny8.execution import own_actions
from igny8.execution.own_actions import OwnActionTrigger, secret_id


class Params(ActionParams):
    """What to say."""

    times: int = Field(default=1, description="How often.")
    text: str = Field(default="", description="What.")

    def price(self) -> Price:
        return FREE


class Outputs(ActionOutputs):
    """What was said."""

    said: float | str = Field(description="What was said.")


SAYS: dict[str, Any] = {}


async def run(params: Params, run: ActionRun) -> Outputs:
    for done in range(params.times):
        await run.progress(done, params.times, "saying")
    match SAYS["does"]:
        case Exception() as error:
            raise error
        case asyncio.Event() as never:
            await never.wait()
    return Outputs(said=SAYS["does"] or params.text)


async def cancel(params: Params, run: ActionRun) -> None:
    SAYS["cancelled"] = run.key


SAY = ActionType(
    name="say", title="Say", description="Says.", params=Params, outputs=outputs_of(Outputs), prices=(str(FREE),),
    emits=(), run=run, cancel=cancel,
)  # fmt: skip


class TriggerOutsideOfAirflow(OwnActionTrigger):
    """The trigger, whose run is in memory."""

    def __init__(self, conditions: list[JsonValue] | None = None, watched: tuple[str, ...] = (), **params: Any) -> None:
        super().__init__(
            account="demo", site="shop", conditions=conditions or [], action="say", action_params=params,
            watched=list(watched),
        )  # fmt: skip
        self.left: dict[str, JsonValue] = {}
        self.begun = asyncio.Event()

    def _runtime(self) -> Any:
        run = {"dag_id": "rule__demo__talk", "run_id": "r1", "task_id": "say", "try_number": 2}
        return SimpleNamespace(
            **run, get_template_context=lambda: {"dag_run": SimpleNamespace(conf={"event": {"n": 3}})}
        )

    async def _xcom(self, key: str, value: JsonValue) -> None:
        self.left[key] = value
        self.begun.set()

    async def ended(self) -> TriggerEvent:
        (event,) = [event async for event in self.run()]
        return event


@pytest.fixture(autouse=True)
def _say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTION_TYPES, "say", SAY)
    SAYS.clear()
    SAYS["does"] = ""


async def test_a_success_leaves_what_the_engine_s_actions_leave() -> None:
    trigger = TriggerOutsideOfAirflow(times="{{ event.n }}", text="hello")
    assert isinstance(await trigger.ended(), TaskSuccessEvent)
    assert trigger.left["said"] == "hello"
    assert trigger.left["progress"] == {"phase": "saying", "done": 0, "total": 3, "failed": 0, "credits": 0}
    result = trigger.left["return_value"]
    assert isinstance(result, dict)
    assert (result["state"], result["done"], result["total"], result["credits"]) == ("succeeded", 1, 1, 0)


@pytest.mark.parametrize(
    ("does", "cause", "words"),
    [
        (ActionNotDoneError("Busy.", cause="busy", wait=4), "busy", "Busy."),
        (ActionNotDoneError("No."), "failed", "No."),
        (ValueError("a\nb"), "failed", "The action say broke off (ValueError: a\nb). Its log has the details."),
        (float("nan"), "refused", "What came of it cannot be kept"),
        ("a\x00b", "refused", "U+0000"),
        ("\ud800", "refused", "What came of it"),
    ],
)
async def test_every_failure_is_a_sentence_with_its_cause(does: Any, cause: str, words: str) -> None:
    SAYS["does"] = does
    trigger = TriggerOutsideOfAirflow()
    payload: Any = (await trigger.ended()).payload
    assert payload["cause"] == cause
    assert payload["wait"] == getattr(does, "wait", None)
    assert words in payload["message"]
    assert trigger.left["error"] == payload["message"]
    assert "said" not in trigger.left
    assert "return_value" not in trigger.left


async def test_params_are_validated_again_with_their_values() -> None:
    payload: Any = (await TriggerOutsideOfAirflow(text="{{ event.n }}").ended()).payload
    assert payload["cause"] == "refused"
    assert "text: Input should be a valid string" in payload["message"]
    payload = (await TriggerOutsideOfAirflow(text="{{ event.missing }}").ended()).payload
    assert "has no value in this run" in payload["message"]


async def test_conditions_that_do_not_hold_skip_it() -> None:
    never: JsonValue = {"field": "event.n", "operator": "equals", "value": 4}
    trigger = TriggerOutsideOfAirflow(conditions=[never])
    assert isinstance(await trigger.ended(), TaskSkippedEvent)
    assert list(trigger.left) == ["ledger"]


async def test_who_ends_it_has_it_told_with_the_same_key() -> None:
    SAYS["does"] = asyncio.Event()
    trigger = TriggerOutsideOfAirflow(times=1)
    await trigger.on_kill()
    assert "cancelled" not in SAYS, "it had not begun"
    at_work = asyncio.ensure_future(trigger.ended())
    await asyncio.wait_for(trigger.begun.wait(), 10)
    at_work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await at_work
    await trigger.on_kill()
    assert SAYS["cancelled"] == "rule__demo__talk/r1/say"


async def test_what_failed_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def failures(*_: Any) -> dict[str, str]:
        return {"write": "No credits.", "polish": ""}

    monkeypatch.setattr(own_actions, "failures_of", failures)
    monkeypatch.setattr(own_actions, "states_of", lambda *_: {})
    trigger = TriggerOutsideOfAirflow(watched=("write", "polish"), text="{{ failure.text }}")
    assert isinstance(await trigger.ended(), TaskSuccessEvent)
    assert trigger.left["said"] == "talk failed on shop: write: No credits. polish failed; its log says why."


def test_no_name_reaches_another_account_s_secret() -> None:
    assert secret_id("demo", "crm") == "igny8_action_demo_crm"
    accounts = ["demo", "demo-2", "a", "b"]
    names = ["crm", "demo_crm", "2_crm", "b_c"]
    made = {secret_id(account, name) for account in accounts for name in names}
    assert len(made) == len(accounts) * len(names)


def test_an_action_that_is_gone_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTION_TYPES, "say", dataclasses.replace(SAY, run=None))
    payload: Any = asyncio.run(TriggerOutsideOfAirflow().ended()).payload
    assert payload == {"message": "'say' has no function of its own any more.", "cause": "refused", "wait": None}

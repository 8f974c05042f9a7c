"""One message to one receiver: what is tried again, what is not, and for how long."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest
from standardwebhooks import Webhook

from igny8.execution import posting
from igny8.execution.posting import Message, NotDeliveredError, deliver
from igny8.targets import GuardedTransport
from igny8.webhooks import HookSecret
from receiver import CUT, Answer, Receiver, in_turn, listening

HOST = "127.0.0.2"
SECRETS = [HookSecret.new(), HookSecret.new()]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(posting, "ANSWER", 0.5)


async def post(receiver: Receiver, patience: float = 30, allowed: tuple[str, ...] = (HOST,)) -> list[str]:
    """Deliver a message; the reasons why it had to wait."""
    waited: list[str] = []

    async def waiting(reason: str) -> None:
        waited.append(reason)

    async with httpx.AsyncClient(transport=GuardedTransport(allowed), trust_env=False) as http:
        message = Message("msg_1", f"{receiver.url}/hook", '{"type": "rule.failed"}')
        await deliver(http, message, SECRETS, time.time() + patience, waiting)
    return waited


async def test_what_may_pass_is_tried_again_with_the_same_id_until_it_is_there() -> None:
    answers = in_turn(Answer(CUT), Answer(500), Answer(after=1), Answer(429, headers={"Retry-After": "1"}), Answer())
    with listening(HOST, answers) as receiver:
        waited = await post(receiver)
    assert [message.id for message in receiver.received] == ["msg_1"] * 5
    for message in receiver.received:
        for secret in SECRETS:
            Webhook(secret.text).verify(message.body, message.headers)
    assert receiver.received[4].at - receiver.received[3].at >= 1, "it asked for a second"
    reasons = ("did not answer (", "answered 500", "did not answer within", "answered 429")
    assert [reason in said for reason, said in zip(reasons, waited, strict=True)] == [True] * 4, waited


async def test_a_date_to_come_again_is_waited_for() -> None:
    then = datetime.now(UTC) + timedelta(seconds=2)
    with listening(HOST, in_turn(Answer(503, headers={"Retry-After": format_datetime(then)}), Answer())) as receiver:
        await post(receiver)
    assert receiver.received[1].at >= int(then.timestamp())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(404), "answered 404"),
        (Answer(410), "answered 410"),
        (Answer(308, headers={"Location": f"http://{HOST}:1/elsewhere"}), "redirect"),
    ],
)
async def test_a_refusal_is_final(answer: Answer, said: str) -> None:
    with listening(HOST, in_turn(answer)) as receiver:
        with pytest.raises(NotDeliveredError, match=said):
            await post(receiver)
        assert len(receiver.received) == 1


async def test_patience_ends_also_when_the_receiver_asks_for_more() -> None:
    with listening(HOST, in_turn(Answer(500))) as receiver:
        with pytest.raises(NotDeliveredError, match=r"answered 500.*given up"):
            await post(receiver, patience=0.5)
        assert len(receiver.received) > 1
        receiver.answers = in_turn(Answer(429, headers={"Retry-After": "86400"}))
        with pytest.raises(NotDeliveredError, match="given up"):
            await post(receiver)


async def test_a_private_network_is_not_called_unless_it_is_allowed() -> None:
    with listening(HOST, in_turn(Answer())) as receiver:
        with pytest.raises(NotDeliveredError, match="IGNY8_ALLOWED_HOSTS"):
            await post(receiver, allowed=())
        assert receiver.received == []

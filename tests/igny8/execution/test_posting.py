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
from misbehaving import CUT, Reply, Server, in_turn, serving

HOST = "127.0.0.2"
SECRETS = [HookSecret.new(), HookSecret.new()]


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(posting, "ANSWER", 0.5)


async def post(receiver: Server, patience: float = 30, allowed: tuple[str, ...] = (HOST,)) -> list[str]:
    """Deliver a message; the reasons why it had to wait."""
    waited: list[str] = []

    async def waiting(reason: str) -> None:
        waited.append(reason)

    async with httpx.AsyncClient(transport=GuardedTransport(allowed), trust_env=False) as http:
        message = Message("msg_1", f"{receiver.url}/hook", '{"type": "rule.failed"}')
        await deliver(http, message, SECRETS, time.time() + patience, waiting)
    return waited


async def test_what_may_pass_is_tried_again_with_the_same_id_until_it_is_there() -> None:
    answers = in_turn(Reply(CUT), Reply(500), Reply(after=1), Reply(429, headers={"Retry-After": "1"}), Reply())
    with serving(HOST, answers) as receiver:
        waited = await post(receiver)
    assert [message.headers["webhook-id"] for message in receiver.asked] == ["msg_1"] * 5
    for message in receiver.asked:
        for secret in SECRETS:
            Webhook(secret.text).verify(message.body, message.headers)
    assert receiver.asked[4].at - receiver.asked[3].at >= 1, "it asked for a second"
    reasons = ("did not answer (", "answered 500", "did not answer within", "answered 429")
    assert [reason in said for reason, said in zip(reasons, waited, strict=True)] == [True] * 4, waited


async def test_a_date_to_come_again_is_waited_for() -> None:
    then = datetime.now(UTC) + timedelta(seconds=2)
    with serving(HOST, in_turn(Reply(503, headers={"Retry-After": format_datetime(then)}), Reply())) as receiver:
        await post(receiver)
    assert receiver.asked[1].at >= int(then.timestamp())


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Reply(404), "answered 404"),
        (Reply(410), "answered 410"),
        (Reply(308, headers={"Location": f"http://{HOST}:1/elsewhere"}), "redirect"),
    ],
)
async def test_a_refusal_is_final(answer: Reply, said: str) -> None:
    with serving(HOST, in_turn(answer)) as receiver:
        with pytest.raises(NotDeliveredError, match=said):
            await post(receiver)
        assert len(receiver.asked) == 1


async def test_patience_ends_also_when_the_receiver_asks_for_more() -> None:
    with serving(HOST, in_turn(Reply(500))) as receiver:
        with pytest.raises(NotDeliveredError, match=r"answered 500.*given up"):
            await post(receiver, patience=0.5)
        assert len(receiver.asked) > 1
        receiver.replies = in_turn(Reply(429, headers={"Retry-After": "86400"}))
        with pytest.raises(NotDeliveredError, match="given up"):
            await post(receiver)


async def test_a_private_network_is_not_called_unless_it_is_allowed() -> None:
    with serving(HOST, in_turn(Reply())) as receiver:
        with pytest.raises(NotDeliveredError, match="IGNY8_ALLOWED_HOSTS"):
            await post(receiver, allowed=())
        assert receiver.asked == []

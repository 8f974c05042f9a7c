"""Posting one signed message to one receiver until it has it, refuses it, or patience runs out."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import httpx

from igny8.asking_to_wait import asked_pause
from igny8.targets import TargetRefusedError
from igny8.webhooks import HookSecret, sign

ANSWER: Final = 20.0
"""How long a receiver may take to answer, in seconds."""
FIRST_PAUSE: Final = 1.0
"""The pause after the first failure, in seconds; it doubles with each, and a part of it is left to chance."""
LONGEST_PAUSE: Final = 300.0
"""The longest of these pauses, in seconds."""

_MOMENTARY: Final = frozenset({httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS})


class NotDeliveredError(Exception):
    """A message that its receiver does not have; says why, and that no more will be tried."""


class _NotNowError(Exception):
    """A message that could not be delivered now."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        self.wait = wait
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Message:
    """What one receiver is to get."""

    id: str
    """The same, however often it is sent: what receivers tell repeats by."""
    url: str
    body: str


async def deliver(
    http: httpx.AsyncClient,
    message: Message,
    secrets: Sequence[HookSecret],
    until: float,
    waiting: Callable[[str], Awaitable[None]],
) -> None:
    """Post a message, again and again where that can help.

    Args:
        http: The client that calls; it follows no redirects.
        message: What is sent, and where.
        secrets: What it is signed with.
        until: The time after which it is given up, in seconds since 1970.
        waiting: Told before each pause, in a sentence, why the message is not delivered yet.

    Raises:
        NotDeliveredError: when the receiver refuses it, may not be called, or was not to be had in that time.
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return await _post(http, message, secrets)
        except _NotNowError as error:
            own = pause * random.uniform(0.5, 1.0)
            wait = own if error.wait is None else max(error.wait, own)
            if time.time() + wait > until:
                reason = f"{error} It was given up: IGNY8_NOTIFY_PATIENCE says how long a notification is tried."
                raise NotDeliveredError(reason) from error
            await waiting(f"{error} Trying again in {wait:.0f} s.")
            await asyncio.sleep(wait)
            pause = min(pause * 2, LONGEST_PAUSE)


async def _post(http: httpx.AsyncClient, message: Message, secrets: Sequence[HookSecret]) -> None:
    headers = {"Content-Type": "application/json", **sign(message.id, message.body, secrets)}
    try:
        async with (
            asyncio.timeout(ANSWER),
            http.stream("POST", message.url, content=message.body.encode(), headers=headers) as answer,
        ):
            _judge(message.url, answer)  # by its status alone: the body of an answer is not read
    except TimeoutError as error:
        raise _NotNowError(f"{message.url} did not answer within {ANSWER:g} seconds.") from error
    except TargetRefusedError as error:
        raise NotDeliveredError(f"{error} {error.hint or ''}".strip()) from error
    except httpx.InvalidURL as error:
        raise NotDeliveredError(f"{message.url} is no address: {error}.") from error
    except (httpx.HTTPError, OSError) as error:
        raise _NotNowError(f"{message.url} did not answer ({str(error) or type(error).__name__}).") from error


def _judge(url: str, answer: httpx.Response) -> None:
    status = answer.status_code
    if answer.is_success:
        return
    if status in _MOMENTARY or answer.is_server_error:
        raise _NotNowError(f"{url} answered {status}.", asked_pause(answer.headers.get("Retry-After")))
    if answer.has_redirect_location:
        reason = "wants to redirect elsewhere, which is not followed. Put its new address into the rule's notify."
    else:
        reason = f"refuses the notification: it answered {status}. Is the address right, and does it know the secret?"
    raise NotDeliveredError(f"{url} {reason}")

"""Signatures after the Standard Webhooks specification, and the secrets that they are made with.

Used for messages that come in and for those that go out; see https://www.standardwebhooks.com.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final, Self

from standardwebhooks import Webhook, WebhookVerificationError

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"

TOLERANCE: Final = 300
"""How far the time of a message may be from now, in seconds."""
SHORTEST_KEY: Final = 24
LONGEST_KEY: Final = 64
"""How many bytes a secret's key has, at least and at most."""
ALWAYS_TRIED: Final = 2
"""How many secrets a message is tried with at least: what a rule has while its secret is being changed."""

CONNECTION_ID: Final = "igny8_hook"
"""What the ids of the connections begin with, in whose passwords Airflow keeps the secrets, the oldest first."""

OWNER: Final = "dag_id"
"""Where the extra of a connection notes the Dag that its secrets are for. An id that a rule had may one day be that of
another account's rule; connections that are made by hand say nothing, and are for whatever rule has the id."""

_MARK: Final = "whsec_"
# A full stop in the id would leave open where it ends in what is signed.
_ID: Final = re.compile(r"^[\x21-\x2d\x2f-\x7e]{1,200}$")
_TIMESTAMP: Final = re.compile(r"^[0-9]{1,12}$")
_SIGNATURE: Final = re.compile(r"^v1,[A-Za-z0-9+/]{43}=$")


class UnusableSecretError(ValueError):
    """A text that is no secret for webhooks. The message does not hold the text."""


class NotSignedError(Exception):
    """A message without a valid signature; the message says what is missing, for the receiver's log."""


@dataclass(frozen=True, slots=True)
class HookSecret:
    """A secret that sender and receiver share."""

    key: bytes = field(repr=False)

    @classmethod
    def new(cls) -> Self:
        """A secret that nobody has yet."""
        return cls(secrets.token_bytes(32))

    @classmethod
    def read(cls, text: str) -> Self:
        """The secret that is written as ``whsec_`` and its bytes in Base64.

        Raises:
            UnusableSecretError: when it is written otherwise, is too short, or too long.
        """
        try:
            key = base64.b64decode(text.removeprefix(_MARK), validate=True)
        except ValueError:
            key = b""
        if not SHORTEST_KEY <= len(key) <= LONGEST_KEY:
            message = f"It is no webhook secret: {_MARK} and {SHORTEST_KEY} to {LONGEST_KEY} random bytes in Base64."
            raise UnusableSecretError(message)
        return cls(key)

    @property
    def text(self) -> str:
        """The secret as it is written."""
        return _MARK + base64.b64encode(self.key).decode()

    @property
    def fingerprint(self) -> str:
        """Names the secret without giving anything of it away."""
        return hashlib.sha256(self.key).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """The three headers of a message, well formed and of a time near now; the signature is still to be checked."""

    id: str
    timestamp: str
    signatures: str

    @classmethod
    def read(cls, headers: Mapping[str, str]) -> Self:
        """Take them from the headers of a request.

        Raises:
            NotSignedError: when one is missing or malformed, or the time is more than :data:`TOLERANCE` from now.
        """
        given = [headers.get(name, "") for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)]
        event_id, timestamp, signature = given
        if not all(given):
            raise NotSignedError(f"{ID_HEADER}, {TIMESTAMP_HEADER} or {SIGNATURE_HEADER} is missing")
        if not _ID.match(event_id) or not _TIMESTAMP.match(timestamp):
            raise NotSignedError(f"{ID_HEADER} or {TIMESTAMP_HEADER} is malformed")
        if abs(time.time() - int(timestamp)) > TOLERANCE:
            raise NotSignedError(f"{TIMESTAMP_HEADER} is more than {TOLERANCE} seconds from now")
        signatures = [each for each in signature.split(" ") if _SIGNATURE.match(each)]
        if not signatures:
            raise NotSignedError(f"{SIGNATURE_HEADER} holds no signature of the version v1")
        return cls(event_id, timestamp, " ".join(signatures))


def connection_of_account(account: str) -> str:
    """The id of the connection that keeps the secrets of those rules of an account that have none of their own.

    No rule's id has an underscore, so that it is never the connection of a rule.
    """
    return f"{CONNECTION_ID}_account_{account}"


def connection_of_rule(rule_id: str) -> str:
    """The id of the connection that keeps the secrets of a rule."""
    return f"{CONNECTION_ID}_{rule_id}"


def read_secrets(text: str) -> tuple[list[HookSecret], int]:
    """The secrets of a text that are separated by white space, and how many words in it are none."""
    found: list[HookSecret] = []
    unusable = 0
    for word in text.split():
        try:
            found.append(HookSecret.read(word))
        except UnusableSecretError:
            unusable += 1
    return found, unusable


def verify(body: bytes, signed: SignedHeaders, known: Sequence[HookSecret]) -> HookSecret:
    """The secret that a message was signed with.

    Where fewer are known than :data:`ALWAYS_TRIED`, new ones are tried as well, so that it takes as long to find out
    that there is none.

    Raises:
        NotSignedError: when it is none of the known ones.
    """
    headers = {ID_HEADER: signed.id, TIMESTAMP_HEADER: signed.timestamp, SIGNATURE_HEADER: signed.signatures}
    for secret in [*known, *(HookSecret.new() for _ in range(ALWAYS_TRIED - len(known)))]:
        try:
            Webhook(secret.key).verify(body, headers, json_parse=False)
        except (WebhookVerificationError, ValueError):  # ValueError: the body is no UTF-8
            continue
        return secret
    raise NotSignedError("no known secret made the signature" if known else "there is no secret for this address")


def sign(message_id: str, body: str, by: Sequence[HookSecret], now: datetime | None = None) -> dict[str, str]:
    """The headers of a message that is sent now, signed with each of the secrets, of which receivers need one."""
    at = now or datetime.now(UTC)
    return {
        ID_HEADER: message_id,
        TIMESTAMP_HEADER: str(int(at.timestamp())),
        SIGNATURE_HEADER: " ".join(Webhook(secret.key).sign(message_id, at, body) for secret in by),
    }

"""Signatures and secrets of webhooks, next to the specification's own library."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from igny8.webhooks import HookSecret, NotSignedError, SignedHeaders, UnusableSecretError, read_secrets, sign, verify

BODY = '{"a": "ü"}'


def test_what_is_signed_here_the_library_takes_with_any_of_the_secrets() -> None:
    old, new, other = HookSecret.new(), HookSecret.new(), HookSecret.new()
    headers = sign("evt_1", BODY, [new, old])
    for secret in (old, new):
        assert Webhook(secret.text).verify(BODY, headers) == {"a": "ü"}
    with pytest.raises(WebhookVerificationError):
        Webhook(other.text).verify(BODY, headers)


def test_what_the_library_signs_is_taken_here_and_the_secret_is_known() -> None:
    known = [HookSecret.new() for _ in range(3)]
    now = datetime.now(UTC)
    headers = {
        "webhook-id": "evt_1",
        "webhook-timestamp": str(int(now.timestamp())),
        # Of another version, in no form at all, and the right one: each is looked at for itself.
        "webhook-signature": f"v1a,abc nonsense v2,x,y {Webhook(known[1].text).sign('evt_1', now, BODY)}",
    }
    signed = SignedHeaders.read(headers)
    assert verify(BODY.encode(), signed, known) == known[1]
    for body, secrets in ((b"{}", known), (BODY.encode(), known[:1]), (BODY.encode(), []), (b"\xff", known)):
        with pytest.raises(NotSignedError):
            verify(body, signed, secrets)


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "evt.1764100000"},  # a full stop could move where the id ends in what is signed
        {"webhook-id": "x" * 201},
        {"webhook-timestamp": "-301"},
        {"webhook-timestamp": "+400"},
        {"webhook-timestamp": "nan"},
        {"webhook-timestamp": f"{time.time()}"},
        {"webhook-signature": "v2,AAAA"},
    ],
)
def test_headers_that_cannot_be_right_are_refused_without_a_body(change: dict[str, str]) -> None:
    headers = sign("evt_1", BODY, [HookSecret.new()])
    assert SignedHeaders.read(headers).id == "evt_1"
    if change.get("webhook-timestamp", "").startswith(("-", "+")):
        change = {"webhook-timestamp": str(int(time.time()) + int(change["webhook-timestamp"]))}
    with pytest.raises(NotSignedError):
        SignedHeaders.read({**headers, **change})


def test_a_message_gets_too_old() -> None:
    then = datetime.now(UTC) - timedelta(seconds=301)
    with pytest.raises(NotSignedError, match="from now"):
        SignedHeaders.read(sign("evt_1", BODY, [HookSecret.new()], then))


def test_secrets_are_read_and_do_not_show() -> None:
    secret = HookSecret.new()
    short = f"whsec_{base64.b64encode(b'short').decode()}"
    found, unusable = read_secrets(f" {secret.text}\n{short} nonsense! {secret.text.removeprefix('whsec_')}")
    assert (found, unusable) == ([secret, secret], 2)
    assert secret.text not in repr(secret)
    assert secret.text.removeprefix("whsec_") not in repr(secret)
    with pytest.raises(UnusableSecretError) as caught:
        HookSecret.read(short)
    assert short not in str(caught.value)

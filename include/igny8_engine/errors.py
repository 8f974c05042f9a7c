"""The errors of the content engine, one class per cause.

Each says what was wrong and what to do about it; ``code`` is what programs tell them apart by.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from igny8.actions.budget import Exceeded


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a request: where, what, and the value that was given."""

    path: str
    message: str
    value: JsonValue = None


class EngineError(Exception):
    """The base: a message for people, a code for programs, and the HTTP status that the API answers with."""

    code = "engine_error"
    status = 500
    retryable = False
    exceeded: Exceeded | None = None
    """The limit that it is about, for those that are about one."""

    def __init__(self, message: str, *, hint: str | None = None, problems: Sequence[Problem] = ()) -> None:
        self.message = message
        self.hint = hint
        self.problems = tuple(problems)
        super().__init__(message)


class ItemFailedError(EngineError):
    """One item of a job cannot be done; the job goes on with the others."""

    code = "item_failed"
    status = 422


class ProviderFailedError(ItemFailedError):
    """A model provider did not deliver after every retry: refused, timed out, or sent what cannot be used."""

    code = "provider_failed"
    status = 502

    def __init__(self, provider: str, message: str, *, hint: str | None = None) -> None:
        self.provider = provider
        super().__init__(f"{provider}: {message}", hint=hint)


class NotAuthenticatedError(EngineError):
    """No API key came with the request, or one that is not known."""

    code = "not_authenticated"
    status = 401

    def __init__(self, reason: str) -> None:
        super().__init__(
            reason, hint="Send an API key in the header 'Authorization: Bearer <key>'; 'accounts create' makes one."
        )


class InvalidRequestError(EngineError):
    """The request says things that cannot be done; ``problems`` lists all of them."""

    code = "invalid_request"
    status = 422

    def __init__(self, problems: Sequence[Problem], *, hint: str | None = None) -> None:
        first = f"{problems[0].path}: {problems[0].message}" if problems[0].path else problems[0].message
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(first + more, hint=hint, problems=problems)


class NoSuchThingError(EngineError):
    """What the address names does not exist for this account."""

    code = "not_found"
    status = 404

    def __init__(self, kind: str, name: str | int, known: Iterable[str] = ()) -> None:
        near = difflib.get_close_matches(str(name), list(known), n=1)
        super().__init__(f"This account has no {kind} {name!r}.", hint=f"Did you mean {near[0]!r}?" if near else None)


class AlreadyExistsError(EngineError):
    """What is to be made is there already."""

    code = "already_exists"
    status = 409


class TooLargeError(EngineError):
    """The body of a request is larger than allowed."""

    code = "too_large"
    status = 413

    def __init__(self, what: str, limit: int, hint: str | None = None) -> None:
        super().__init__(f"{what} may have up to {limit:,} bytes; this is more.", hint=hint)


class IdempotencyConflictError(EngineError):
    """A key that belongs to another job was used again."""

    code = "idempotency_conflict"
    status = 409

    def __init__(self, key: str, differing: Sequence[str]) -> None:
        super().__init__(
            f"The idempotency key {key!r} belongs to a job with another {' and another '.join(differing)}.",
            hint="Use a new key for a new job, or repeat the first request unchanged to get its job.",
        )


class InsufficientCreditsError(EngineError):
    """An account has fewer credits than a job needs; nothing was done and nothing charged."""

    code = "insufficient_credits"
    status = 402

    def __init__(self, balance: int, need: int) -> None:
        self.balance = balance
        self.need = need
        self.exceeded = Exceeded(limit="balance", allowed=balance, used=0, needed=need)
        super().__init__(
            f"The job needs {need} credits and the account has {balance}. Nothing was done or charged.",
            hint="Grant the account more credits, or choose fewer items.",
        )


class OverBudgetError(EngineError):
    """A job would cost more than its rule may spend; nothing was done and nothing charged."""

    code = "over_budget"
    status = 402

    def __init__(self, exceeded: Exceeded) -> None:
        self.exceeded = exceeded
        super().__init__(
            f"{exceeded} Nothing was done or charged.", hint="Choose fewer items, or change the limits of the rule."
        )


class AllItemsFailedError(EngineError):
    """Every item of a job failed."""

    code = "all_items_failed"

    def __init__(self, failed: int, reason: str) -> None:
        items = "The only item" if failed == 1 else f"All {failed} items"
        super().__init__(f"{items} failed. {'It' if failed == 1 else 'The first'} says: {reason}")


class JobKeepsCrashingError(EngineError):
    """A job broke off again and again for a reason that is the engine's own."""

    code = "internal_error"
    retryable = True

    def __init__(self, reason: str) -> None:
        super().__init__(f"The job broke off several times: {reason}", hint="The engine's log has the details.")


class LeaseLostError(EngineError):
    """Another worker has taken over the job; what this one was about to store is dropped."""

    code = "lease_lost"


class OutdatedError(EngineError):
    """While an item was worked on, somebody else stored what it collides with; it is worked on anew."""

    code = "outdated"
    retryable = True


class TargetNotAllowedError(ItemFailedError):
    """An address that the engine may not call: not http(s), or on a private network."""

    code = "target_not_allowed"
    status = 422


class MissingSecretKeyError(EngineError):
    """The engine is to keep a password and has no key to encrypt it with."""

    code = "missing_secret_key"
    status = 503

    def __init__(self) -> None:
        super().__init__(
            "The engine has no key to encrypt passwords with.",
            hint="Set IGNY8_SECRET_KEY to a Fernet key and start the engine again.",
        )


class WrongSecretKeyError(ItemFailedError):
    """A stored password cannot be decrypted with the engine's key."""

    code = "wrong_secret_key"
    status = 503

    def __init__(self, integration: str) -> None:
        super().__init__(
            f"The password of the integration {integration!r} was encrypted with another key.",
            hint="Start the engine with the IGNY8_SECRET_KEY of that time, or enter the password again.",
        )


class NotMigratedError(EngineError):
    """The database has no tables, or those of another version."""

    code = "not_migrated"
    status = 503

    def __init__(self, found: str | None, expected: str | None) -> None:
        super().__init__(
            f"The database is at version {found or 'none'} and the engine needs {expected}.",
            hint="Run: python -m igny8_engine migrate",
        )

"""What the REST API refuses, one class per cause; every one becomes an answer with the right status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from igny8.api.envelope import Fault


class ApiError(Exception):
    """The base of all refusals."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "refused"

    def __init__(self, message: str, faults: Sequence[Fault] = (), retry_after: int | None = None) -> None:
        self.headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        self.faults = tuple(faults) or (Fault(path="", message=message, code=self.code),)
        super().__init__(message)


class NotFoundError(ApiError):
    """There is no such thing, or the caller may not see it: the two are not told apart."""

    status = 404
    code = "not_found"


class NotAllowedError(ApiError):
    """The caller may see it, but not do this with it."""

    status = 403
    code = "not_allowed"


class CrossSiteError(ApiError):
    """A page of another origin had the browser send this request."""

    status = 403
    code = "cross_site"


class AmbiguousRunError(ApiError):
    """Several rules have a run of that id."""

    status = 409
    code = "ambiguous_run"

    def __init__(self, run_id: str, rules: Sequence[str]) -> None:
        message = f"Several rules have a run '{run_id}': {', '.join(rules)}. Say which one with ?rule=<its id>."
        super().__init__(message, [Fault(path="run_id", message=message, value=run_id, code=self.code)])


class ConflictError(ApiError):
    """What is asked for does not fit the state that things are in."""

    status = 409
    code = "conflict"


class InvalidRequestError(ApiError):
    """The request is well formed, and something in it cannot be used."""

    status = 422
    code = "invalid"


class MalformedRequestError(ApiError):
    """The request's body cannot be read at all."""

    status = 400
    code = "malformed"


class TooLargeError(ApiError):
    """The request's body is larger than anything that can be meant."""

    status = 413
    code = "too_large"


class SignatureError(ApiError):
    """A webhook's signature is missing, wrong or too old, or nobody may send there. Says no more than that."""

    status = 401
    code = "bad_signature"

    def __init__(self) -> None:
        super().__init__(
            "The message is not signed, not with a secret of this address, or not within the last five minutes. "
            "The headers webhook-id, webhook-timestamp and webhook-signature are those of the Standard Webhooks "
            "specification; a rule's hook-secrets say its address and make its secrets."
        )


class TooManyError(ApiError):
    """More requests than the limit allows."""

    status = 429
    code = "too_many"


class DagNotReadyError(ApiError):
    """Airflow has not taken up the rule's Dag in time."""

    status = 503
    code = "dag_not_ready"

"""The causes for which a model provider fails: which of them may pass, and how each is explained.

The vocabulary is pydantic-ai's categories of errors.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from openai import APIConnectionError, APIResponseValidationError, APIStatusError, APITimeoutError
from pydantic_ai.exceptions import (
    AgentRunError,
    ContentFilterError,
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelQuotaExceededError,
    ModelRequestRejectedError,
    ModelRequestTimeout,
    ModelTimeoutError,
    OutputTokenLimitExceeded,
    UnexpectedModelBehavior,
)

from igny8_engine.errors import ProviderFailedError
from igny8_engine.providers.errors import ProviderAnswerError, ProviderRefusedError, ProviderUnavailableError

_PASSING_STATUSES = frozenset({408, 409, 425, 429})
_SERVER_ERROR = 500
_SHOWN_CHARACTERS = 400

_REJECTED: dict[int, type[ModelRequestRejectedError]] = {
    400: ModelRequestRejectedError,
    401: ModelAuthenticationError,
    403: ModelAuthenticationError,
    404: ModelNotFoundError,
    413: ModelRequestRejectedError,
    422: ModelRequestRejectedError,
}


def may_pass(error: BaseException) -> bool:
    """Whether asking the same again may help."""
    lasting = ModelRequestRejectedError | ModelQuotaExceededError | ContentFilterError | OutputTokenLimitExceeded
    if isinstance(error, lasting):
        return False
    if isinstance(error, ModelHTTPError):
        return error.status_code in _PASSING_STATUSES or error.status_code >= _SERVER_ERROR
    # What is left: no connection, a time-out, a body that breaks off, is no JSON or lacks what the protocol asks for.
    return isinstance(error, ModelAPIError | UnexpectedModelBehavior)


@contextmanager
def openai_errors(model: str) -> Iterator[None]:
    """Turn the OpenAI library's errors into the categories that :func:`may_pass` and :func:`explained` know."""
    try:
        yield
    except APIStatusError as error:
        category = ModelQuotaExceededError if error.code == "insufficient_quota" else _REJECTED.get(error.status_code)
        raise ModelHTTPError.for_category(
            category,
            status_code=error.status_code,
            model_name=model,
            body=error.body,
            headers=dict(error.response.headers),
            provider_error_code=error.code,
            provider_error_type=error.type,
        ) from error
    except APITimeoutError as error:
        raise ModelTimeoutError(model, error.message) from error
    except APIConnectionError as error:
        raise ModelConnectionError(model, error.message) from error
    except (APIResponseValidationError, json.JSONDecodeError, UnicodeDecodeError) as error:
        raise UnexpectedModelBehavior(f"the answer is not JSON ({error})") from error


@dataclass(frozen=True, slots=True)
class _Explanation:
    causes: tuple[type[AgentRunError], ...]
    failure: type[ProviderFailedError]
    what: str
    hint: str


_EXPLANATIONS = (
    _Explanation(
        (ModelAuthenticationError,),
        ProviderRefusedError,
        "the key was refused",
        "Check the provider's API key in the engine's environment, and that it may use this model.",
    ),
    _Explanation(
        (ModelQuotaExceededError,),
        ProviderRefusedError,
        "the provider's account has no quota left",
        "Top up the provider's account or raise its limit, then run the job again.",
    ),
    _Explanation(
        (ModelNotFoundError,),
        ProviderRefusedError,
        "the model or the address was not found",
        "Check the model's name and the base URL, which usually ends in /v1.",
    ),
    _Explanation(
        (ModelContextWindowExceededError,),
        ProviderRefusedError,
        "the request is longer than the model's context",
        "Use a model with a larger context window, or smaller clusters.",
    ),
    _Explanation(
        (ModelRequestRejectedError,),
        ProviderRefusedError,
        "the request was rejected",
        "The model may lack tool calls or structured output; docs/providers.md says what it needs.",
    ),
    _Explanation(
        (ContentFilterError,),
        ProviderRefusedError,
        "the model or its content filter declined",
        "Look at the cluster's keywords; the offline writer has no such filter.",
    ),
    _Explanation(
        (OutputTokenLimitExceeded,),
        ProviderAnswerError,
        "the answer was cut off at the model's limit of tokens",
        "Use a model, or a server setting, that allows longer answers.",
    ),
    _Explanation(
        (ModelTimeoutError, ModelRequestTimeout),
        ProviderUnavailableError,
        "no answer in time, after all retries",
        "The model may be too slow for the engine's time-out, or the provider overloaded.",
    ),
    _Explanation(
        (ModelConnectionError,),
        ProviderUnavailableError,
        "could not be reached or hung up, after all retries",
        "Check the base URL and that the server is running.",
    ),
    _Explanation(
        (ModelHTTPError,),
        ProviderUnavailableError,
        "answered with an error, after all retries",
        "The provider is overloaded or limits the rate. Run the job again later.",
    ),
    _Explanation(
        (AgentRunError,),
        ProviderAnswerError,
        "its answers could not be used, after all retries",
        "A larger model keeps to the required form more reliably. Run the job again, or name another model.",
    ),
)


def explained(provider: str, error: AgentRunError) -> ProviderFailedError:
    """The failure as its user should see it: what happened, what the provider said, what to do."""
    found = next(explanation for explanation in _EXPLANATIONS if isinstance(error, explanation.causes))
    return found.failure(provider, f"{found.what} ({said(error)})", hint=found.hint)


def said(error: AgentRunError) -> str:
    """What the provider said, on one line of bounded length."""
    if not isinstance(error, ModelHTTPError):
        cause = f": {error.__cause__}" if isinstance(error, UnexpectedModelBehavior) and error.__cause__ else ""
        return _shortened(f"{error.message}{cause}")
    body = error.body
    if isinstance(body, dict):
        inner = body.get("error")
        body = inner.get("message") if isinstance(inner, dict) else body.get("message") or inner
    return f"status {error.status_code}: {_shortened(str(body))}" if body else f"status {error.status_code}"


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN_CHARACTERS else flat[: _SHOWN_CHARACTERS - 1] + "…"

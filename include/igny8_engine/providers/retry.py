"""Waiting for a model provider: how often it is asked again, how long that may take.

tenacity does the waiting. The provider libraries' own retries are switched off, so that one place decides.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from pydantic_ai.exceptions import AgentRunError, ModelAPIError, UnexpectedModelBehavior
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from igny8_engine.providers.errors import ProviderUnavailableError
from igny8_engine.providers.failures import explained, may_pass, said
from igny8_engine.providers.patience import Patience

T = TypeVar("T")

_log = logging.getLogger(__name__)

_CLOCK_SKEW = 0.25
"""Seconds waited beyond what was asked for: clocks differ, and Retry-After is rounded to whole seconds."""


async def persist(request: Callable[[], Awaitable[T]], patience: Patience) -> T:
    """Send a request until it is answered, or the cause will not pass, or the patience has run out.

    Raises the last attempt's error.
    """

    async def attempt() -> T:
        return await request()

    def log(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, AgentRunError):
            _log.warning(
                "Attempt %d of %d failed, the next one is in %.1f s: %s",
                state.attempt_number,
                patience.attempts,
                state.upcoming_sleep,
                said(error),
            )

    retrying = AsyncRetrying(
        retry=retry_if_exception(may_pass),
        wait=_wait(patience),
        stop=stop_after_attempt(patience.attempts) | stop_before_delay(patience.deadline),
        before_sleep=log,
        reraise=True,
    )
    return await retrying(attempt)


def _wait(patience: Patience) -> Callable[[RetryCallState], float]:
    back_off = wait_random_exponential(multiplier=patience.first_wait, max=patience.longest_wait)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        told = error.retry_after if isinstance(error, ModelAPIError) else None
        return min(told + _CLOCK_SKEW, patience.longest_wait) if told else back_off(state)

    return wait


class PersistentModel(WrapperModel):
    """A model whose requests are repeated as :func:`persist` does it."""

    def __init__(self, wrapped: Model, patience: Patience) -> None:
        super().__init__(wrapped)
        self._patience = patience

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Send one request of a conversation."""

        async def attempt() -> ModelResponse:
            try:
                return await self.wrapped.request(messages, model_settings, model_request_parameters)
            except (IndexError, TypeError, AttributeError) as error:
                # An answer without choices, or with a null where the protocol has an object.
                raise UnexpectedModelBehavior(f"the answer does not keep to the protocol: {error}") from error

        return await persist(attempt, self._patience)


@asynccontextmanager
async def piece_of_work(provider: str, patience: Patience) -> AsyncIterator[None]:
    """Bound what happens inside to the patience's deadline, and explain every failure of the provider.

    Raises:
        ProviderRefusedError: the provider will not do it.
        ProviderUnavailableError: it could not be reached, or not in time.
        ProviderAnswerError: its answers cannot be used.
    """
    limit = asyncio.timeout(patience.deadline)
    try:
        async with limit:
            yield
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise ProviderUnavailableError(
            provider,
            f"not done within {patience.deadline:g} seconds, all repetitions included",
            hint="The provider may be overloaded, or the model too slow. Run the job again later.",
        ) from error
    except AgentRunError as error:
        raise explained(provider, error) from error

"""Whether and when a failed action is tried again: decided where it failed, by what made it fail."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from airflow.sdk import Context
from airflow.sdk.definitions.retry_policy import RetryDecision, RetryPolicy

from igny8.execution.errors import ActionFailedError
from igny8.rules.retries import USUAL, Retries

LONGEST_WAIT: Final = 86_400.0
"""The longest pause that somebody can ask for, in seconds; who asks for more is tried again after that."""


class ByCause(RetryPolicy):
    """Tries again as often as the action's ``retries`` say for the cause, and waits as long as it was asked to.

    A part of each pause that nobody asks for is left to chance, so that what failed together does not come back
    together.
    """

    def __init__(self, retries: Retries = USUAL) -> None:
        self._retries = retries

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,  # noqa: ARG002 - Airflow's own
        context: Context | None = None,  # noqa: ARG002 - Airflow's own
    ) -> RetryDecision:
        """What becomes of a task that failed with this exception; Airflow's own way for what no action has raised."""
        if not isinstance(exception, ActionFailedError):
            return RetryDecision.default()
        allowed = self._retries.after(exception.cause)
        if try_number > allowed:
            times = "once" if allowed == 1 else f"{allowed} times"
            return RetryDecision.fail(f"What is {exception.cause} is tried again {times}, and that was done.")
        if exception.wait is not None:
            wait = min(max(exception.wait, 1.0), LONGEST_WAIT)
        else:
            wait = self._retries.pause_after(try_number) * random.uniform(0.75, 1.0)
        return RetryDecision.retry(timedelta(seconds=wait), f"It is {exception.cause}; again in {wait:.0f} s.")

"""What can go wrong between Airflow and the content engine, one class per cause.

``retryable`` says whether trying again can help; ``retry_after`` how long the engine asks to wait, in seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from igny8.actions.causes import Cause


class EngineCallError(Exception):
    """A call of the content engine failed."""

    retryable = False
    retry_after: float | None = None
    cause: Cause = "refused"
    """Whether an action that met it is tried again, and how often."""


class EngineUnreachableError(EngineCallError):
    """The engine does not answer: refused, timed out, cut off, or failing with a 5xx."""

    retryable = True
    cause = "unavailable"

    def __init__(self, url: str, reason: str, connection_id: str) -> None:
        super().__init__(
            f"The content engine at {url} does not answer ({reason}). Is it running, and does the connection "
            f"'{connection_id}' name the right address?"
        )


class EngineBusyError(EngineCallError):
    """The engine asks to wait (429)."""

    retryable = True
    cause = "busy"

    def __init__(self, url: str, retry_after: float | None) -> None:
        self.retry_after = retry_after
        wait = f" for {retry_after:g} seconds" if retry_after is not None else ""
        super().__init__(f"The content engine at {url} is busy and asks to wait{wait}.")


class EngineCredentialsError(EngineCallError):
    """The engine refuses the API key (401 or 403)."""

    def __init__(self, url: str, account: str, connection_id: str) -> None:
        super().__init__(
            f"The content engine at {url} refuses the API key of the connection '{connection_id}', used for the "
            f"account '{account}'. Put a valid key into its password."
        )


class EngineRefusalError(EngineCallError):
    """The engine refuses the request itself (another 4xx), and says why."""

    def __init__(self, code: str, message: str, hint: str | None, problems: Sequence[str]) -> None:
        self.code = code
        self.problems = tuple(problems)
        """Each thing that is wrong in the request, with where it stands."""
        listed = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"{message}{f' {hint}' if hint else ''}{listed}")


class EngineAnswerError(EngineCallError):
    """The engine's answer is not what its contract says."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"What {url} answered is not the content engine's protocol: {reason}")


class NoEngineConnectionError(EngineCallError):
    """Airflow has no connection to the engine."""

    def __init__(self, account: str) -> None:
        super().__init__(
            f"Airflow has no connection to the content engine for the account '{account}'. Make one with the id "
            f"'igny8_engine_{account}' or 'igny8_engine', of type HTTP, with the engine's address as host and an API "
            "key as password."
        )

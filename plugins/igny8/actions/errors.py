"""What can be wrong with an action, and how one that runs by itself says that it could not do its work."""

from __future__ import annotations

from igny8.actions.causes import Cause


class ActionNotDoneError(Exception):
    """An own action could not do its work; its message is what the user reads.

    Args:
        message: What was wrong and what to do about it, in full sentences.
        cause: Whether trying again can help, and how; see :data:`igny8.actions.causes.Cause`.
        wait: How long somebody asked to be left alone, in seconds; ``None`` where nobody did.
    """

    def __init__(self, message: str, *, cause: Cause = "failed", wait: float | None = None) -> None:
        self.cause: Cause = cause
        self.wait = wait
        super().__init__(message)


class UnusableActionError(Exception):
    """An action type that cannot be registered, with everything that is wrong with it."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))

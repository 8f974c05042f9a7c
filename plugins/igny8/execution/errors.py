"""How a task of a rule fails: what its log and Airflow's retries see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from airflow.sdk.exceptions import AirflowFailException

from igny8.actions.causes import Cause


class NoHookSecretError(Exception):
    """There is no secret to sign a rule's notifications with."""

    def __init__(self, rule: str, connections: Sequence[str]) -> None:
        named = " or ".join(f"'{connection}'" for connection in connections)
        super().__init__(
            f"The notifications of the rule '{rule}' cannot be signed. Make a secret for it (POST "
            f"rules/{rule}/hook-secrets/), or a connection {named} whose password is one (whsec_…); then clear this "
            f"task, and they are sent."
        )


class ActionFailedError(Exception):
    """The action failed, and trying again may help: :class:`igny8.execution.retrying.ByCause` says whether it is done.

    Args:
        message: What went wrong.
        cause: What kind of failure it is.
        wait: How long somebody asked to be left alone, in seconds; ``None`` where nobody did.
    """

    def __init__(self, message: str, cause: Cause = "failed", wait: float | None = None) -> None:
        self.cause: Cause = cause
        self.wait = wait
        super().__init__(message)


class ActionRefusedError(AirflowFailException):
    """The action failed, and trying again cannot help: no retry is made."""


class HousekeepingIncompleteError(Exception):
    """Some of what is old could not be removed; everything else was.

    Args:
        removed: What was removed, in words.
        failed: What could not be, each with its reason and what to do.
    """

    def __init__(self, removed: str, failed: Mapping[str, str]) -> None:
        self.failed = dict(failed)
        listed = "".join(f"\n  - {what}: {why}" for what, why in sorted(failed.items()))
        super().__init__(
            f"{removed} were removed, but these could not be:{listed}\n"
            "Nothing is lost. What is left goes with the next housekeeping, once its cause is mended."
        )


class AirflowCallError(Exception):
    """Airflow's own REST API did not do what a task asked of it.

    Args:
        reason: Why, as a part of a sentence.
        retryable: Whether trying again can help.
    """

    retry_after: float | None = None
    """Airflow never asks for a pause of its own."""

    def __init__(self, reason: str, *, retryable: bool) -> None:
        self.retryable = retryable
        super().__init__(
            f"Which runs of the rule are going could not be asked of Airflow's REST API: {reason}. Its address and the "
            f"login of a user who may read and edit runs are in the connection 'igny8_airflow'."
        )

"""How a task of a rule fails: what its log and Airflow's retries see."""

from __future__ import annotations

from collections.abc import Sequence

from airflow.sdk.exceptions import AirflowFailException


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
    """The action failed, and trying again may help: Airflow's retries apply."""


class ActionRefusedError(AirflowFailException):
    """The action failed, and trying again cannot help: no retry is made."""

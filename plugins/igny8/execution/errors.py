"""How a task of a rule fails: what its log and Airflow's retries see."""

from __future__ import annotations

from collections.abc import Mapping

from airflow.sdk.exceptions import AirflowFailException


class ActionFailedError(Exception):
    """The action failed, and trying again may help: Airflow's retries apply."""


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

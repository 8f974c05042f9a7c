"""How a task of a rule fails: what its log and Airflow's retries see."""

from __future__ import annotations

from airflow.sdk.exceptions import AirflowFailException


class ActionFailedError(Exception):
    """The action failed, and trying again may help: Airflow's retries apply."""


class ActionRefusedError(AirflowFailException):
    """The action failed, and trying again cannot help: no retry is made."""

"""Which failure of a rule its receivers have been told of last, so that the same one is told once.

It is kept in the Airflow variable ``igny8_alert_<dag id>``, where every triggerer finds it and people can see it. It
outlives the runs that housekeeping removes, is overwritten by the next failure that differs, and goes with the next
success. Who deletes it is told anew.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from typing import Final

from airflow.sdk import Variable
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from pydantic import BaseModel, ConfigDict, ValidationError

_PREFIX: Final = "igny8_alert"


class Alert(BaseModel):
    """The failure that was told last."""

    model_config = ConfigDict(frozen=True)

    revision: int | None
    """The revision of the rule that failed."""
    cause: str
    """A digest of what it failed of; see :func:`igny8.execution.failing.cause_of`."""
    run_id: str
    """The run that told of it."""
    told: tuple[str, ...]
    """Digests of the addresses that have been told."""

    def covers(self, revision: int | None, cause: str, url: str, run_id: str) -> bool:
        """Whether a receiver knows of this failure, by another run."""
        known = (self.revision, self.cause) == (revision, digest(cause))
        return known and digest(url) in self.told and self.run_id != run_id


def digest(text: str) -> str:
    """A short text that stands for another, which may hold what is nobody's business."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


async def last_alert(dag_id: str) -> Alert | None:
    """The failure of a rule that was told last, unless something has changed since; ``None`` for none."""
    try:
        text = await asyncio.to_thread(Variable.get, _key(dag_id))
    except AirflowRuntimeError as error:
        if error.error.error is ErrorType.VARIABLE_NOT_FOUND:
            return None
        raise
    try:
        return Alert.model_validate_json(str(text))
    except ValidationError:
        return None  # somebody has written something else into it: then it is told again


async def keep_alert(
    dag_id: str, *, revision: int | None, cause: str, run_id: str, told: Collection[str], before: Alert | None
) -> None:
    """Remember that these addresses have been told; who was told of the same before stays told."""
    digests = {digest(url) for url in told}
    if before is not None and (before.revision, before.cause) == (revision, digest(cause)):
        digests |= set(before.told)
    alert = Alert(revision=revision, cause=digest(cause), run_id=run_id, told=tuple(sorted(digests)))
    about = "The failure that the receivers of a rule were told of last; deleted, it is told again."
    await asyncio.to_thread(Variable.set, _key(dag_id), alert.model_dump_json(), about)


async def forget_alert(dag_id: str) -> None:
    """Forget it: the next failure is told, whatever it is."""
    if await last_alert(dag_id) is not None:
        await asyncio.to_thread(Variable.delete, _key(dag_id))


def _key(dag_id: str) -> str:
    return f"{_PREFIX}_{dag_id}"

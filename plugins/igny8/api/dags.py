"""What Airflow knows of the rules' Dags, and how it is brought to look at the rules again.

Airflow's models are internal to it. Reading them costs a fifteenth of what its REST API would; an upgrade that changes
them is to be followed in this module, in ``runs`` and in ``acting``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from airflow.models import DagModel
from airflow.models.dagbag import DagPriorityParsingRequest
from airflow.models.serialized_dag import SerializedDagModel
from airflow.utils.session import create_session
from fastapi.concurrency import run_in_threadpool
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from igny8.api.errors import DagNotReadyError
from igny8.dagfactory.document import revision_of
from igny8.dagfactory.shards import made_in

PATIENCE: Final = 20.0
"""How long a request waits for a rule's Dag, in seconds."""
_LOOK: Final = 0.1
_ASK_AGAIN: Final = 1.5


@dataclass(frozen=True, slots=True)
class DagState:
    """What Airflow has on a rule's Dag."""

    dag_id: str
    is_paused: bool
    """Airflow's own switch, beside the rule's status."""
    next_run_at: datetime | None
    """When the clock starts it next, in UTC."""


def dag_states(dag_ids: Collection[str]) -> dict[str, DagState]:
    """The Dags that Airflow can run now, of those."""
    with create_session(scoped=False) as session:
        rows = session.execute(
            select(DagModel.dag_id, DagModel.is_paused, DagModel.next_dagrun_create_after).where(
                DagModel.dag_id.in_(dag_ids), ~DagModel.is_stale
            )
        )
        return {row[0]: DagState(*row) for row in rows}


def live_revision(dag_id: str) -> int | None:
    """The revision of the rule that Airflow would run now; ``None`` while it has no such Dag."""
    with create_session(scoped=False) as session:
        if session.scalar(select(DagModel.is_stale).where(DagModel.dag_id == dag_id)) is not False:
            return None
        stored = session.scalar(SerializedDagModel.latest_item_select_object(dag_id))
        return None if stored is None or stored.data is None else revision_of(stored.data["dag"].get("doc_md"))


def ask_to_parse(dag_id: str) -> None:
    """Have Airflow's Dag processor look at a rule in its next round, within a second."""
    bundle, file = made_in(dag_id)
    with create_session(scoped=False) as session:
        session.add(DagPriorityParsingRequest(bundle_name=bundle, relative_fileloc=file))
        try:
            session.flush()
        except IntegrityError:
            session.rollback()  # somebody has asked already, and it was not done yet


async def wait_for_revision(dag_id: str, rule_id: str, revision: int) -> None:
    """Wait until Airflow would run that revision of a rule, or a later one.

    Raises:
        DagNotReadyError: when it has not taken it up within :data:`PATIENCE`.
    """
    began = time.monotonic()
    asked: float | None = None
    while True:
        live = await run_in_threadpool(live_revision, dag_id)
        if live is not None and live >= revision:
            return
        now = time.monotonic()
        # Once is not enough: the processor drops a request for a file that it reads in that moment.
        if asked is None or now - asked > _ASK_AGAIN:
            await run_in_threadpool(ask_to_parse, dag_id)
            asked = now
        if now - began > PATIENCE:
            has = f"has it in revision {live}" if live is not None else "does not have it yet"
            message = (
                f"The rule '{rule_id}' is stored in revision {revision}, and Airflow {has}. Is its Dag processor "
                f"running? Try again, and look at Airflow's import errors."
            )
            raise DagNotReadyError(message, retry_after=5)
        await asyncio.sleep(_LOOK)

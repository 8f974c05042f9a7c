"""Entries in Airflow's audit log for what happens to rules, and to what they work on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Literal

from airflow.models import Log
from airflow.utils.session import create_session
from pydantic import JsonValue

Event = Literal[
    "rule_created", "rule_changed", "rule_deleted", "rule_restored", "hook_secret_created", "hook_secret_deleted",
    "keywords_imported", "integration_probed",
]  # fmt: skip


@contextmanager
def audited(
    event: Event, by: str, dag_id: str | None, details: Mapping[str, JsonValue]
) -> Iterator[dict[str, JsonValue]]:
    """Write an entry when what is done within succeeds; it may add to the details that it is given.

    The entry is in the database, waiting to be committed, before the deed is done: where the database is away, nothing
    is changed without a trace.
    """
    extra = dict(details)
    with create_session(scoped=False) as session:
        entry = Log(event, owner=by, owner_display_name=by, extra="", dag_id=dag_id)
        session.add(entry)
        session.flush()
        yield extra
        entry.extra = json.dumps(extra)

"""The ids of the Dags that rules become, both ways."""

from __future__ import annotations

import re
from typing import Final

PREFIX: Final = "rule__"
_DAG_ID: Final = re.compile(rf"^{PREFIX}(?P<account>[a-z0-9-]+)__(?P<rule>[a-z0-9-]+)$")


def dag_id_of(account: str, rule_id: str) -> str:
    """The id of the Dag that an account's rule becomes."""
    return f"{PREFIX}{account}__{rule_id}"


def rule_of(dag_id: str) -> tuple[str, str] | None:
    """The account and the rule's id that a Dag id is made of; ``None`` for a Dag that is no rule's."""
    # Neither an account nor a rule's id has an underscore in it, so there is one way to read it.
    found = _DAG_ID.match(dag_id)
    return (found["account"], found["rule"]) if found else None


def account_of(dag_id: str) -> str | None:
    """The account whose rule a Dag is made of; ``None`` for a Dag that is no rule's."""
    found = rule_of(dag_id)
    return found[0] if found else None

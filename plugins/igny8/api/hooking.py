"""The secrets of the rules' webhooks, which Airflow keeps encrypted as the passwords of its connections."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from typing import Final

from airflow.models import Connection
from airflow.models.crypto import get_fernet
from airflow.sdk.exceptions import AirflowNotFoundException
from airflow.utils.session import create_session
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from igny8.api.errors import ConflictError, NotFoundError
from igny8.api.settings import events_secret
from igny8.rules.model import SLUG
from igny8.webhooks import OWNER, HookSecret, connection_of_rule, read_secrets

log = logging.getLogger(__name__)

MAX_SECRETS: Final = 10
"""How many secrets a rule may have at once."""

_SLUG: Final = re.compile(SLUG)


@dataclass(frozen=True, slots=True)
class Kept:
    """The secrets of one rule, and where Airflow has them from."""

    secrets: tuple[HookSecret, ...] = ()
    """The oldest first."""
    dag_id: str | None = None
    """The Dag that they are for; ``None`` where the connection was made by hand and does not say."""
    in_database: bool = True
    """Whether they can be changed here; those of the environment and of secrets backends cannot."""

    def belong_to(self, dag_id: str) -> bool:
        """Whether they are the secrets of the rule of that Dag."""
        return self.dag_id in {None, dag_id}


def system_secrets() -> list[HookSecret]:
    """The secrets of sources that tell of events for all rules."""
    found, unusable = read_secrets(events_secret())
    _tell_unusable("IGNY8_EVENTS_SECRET", unusable)
    return found


def kept_secrets(rule_id: str) -> Kept:
    """The secrets of the rule of that id; it takes as long where there are none, or no such rule."""
    # What cannot be an id is looked for as well, by one that no rule has.
    connection_id = connection_of_rule(rule_id if _SLUG.fullmatch(rule_id) else "")
    with create_session(scoped=False) as session:
        # Airflow takes a database that is away for a connection that is not there. Here it is an error.
        stored = _stored(session, connection_id)
        in_database = None if stored is None else stored.password
    try:
        found = Connection.get_connection_from_secrets(connection_id)
    except AirflowNotFoundException:
        return Kept()
    return _kept(connection_id, found, in_database=found.password == in_database)


def add_secret(rule_id: str, dag_id: str) -> HookSecret:
    """Give a rule a new secret, beside those that it has.

    Raises:
        ConflictError: when its secrets are not kept in Airflow's database, are not kept encrypted, or are too many.
    """
    made = HookSecret.new()
    for _ in range(2):
        try:
            with create_session(scoped=False) as session:
                _add(session, rule_id, dag_id, made)
        except IntegrityError:
            continue  # somebody has made the connection in the same moment
        return made
    raise ConflictError(f"The secrets of the rule '{rule_id}' are being changed by somebody else. Try again.")


def _add(session: Session, rule_id: str, dag_id: str, made: HookSecret) -> None:
    connection_id = connection_of_rule(rule_id)
    if not get_fernet().is_encrypted:
        raise ConflictError("Airflow has no Fernet key to encrypt secrets with. Set AIRFLOW__CORE__FERNET_KEY.")
    _refuse_elsewhere(rule_id)
    stored = _stored(session, connection_id, lock=True)
    kept = Kept() if stored is None else _kept(connection_id, stored)
    mine = kept.secrets if kept.belong_to(dag_id) else ()
    if len(mine) >= MAX_SECRETS:
        raise ConflictError(f"The rule '{rule_id}' has {len(mine)} secrets, the most there may be. Delete one first.")
    if stored is None:
        stored = Connection(conn_id=connection_id, conn_type="generic")
        session.add(stored)
    stored.description = f"Webhooks of the rule {rule_id}"
    stored.extra = json.dumps({OWNER: dag_id})
    stored.password = " ".join(secret.text for secret in (*mine, made))


def remove_secret(rule_id: str, dag_id: str, fingerprint: str) -> None:
    """Take a secret from a rule; what is signed with it is refused from now on.

    Raises:
        NotFoundError: when the rule has no such secret.
        ConflictError: when its secrets are not kept in Airflow's database.
    """
    _refuse_elsewhere(rule_id)
    connection_id = connection_of_rule(rule_id)
    with create_session(scoped=False) as session:
        stored = _stored(session, connection_id, lock=True)
        kept = Kept() if stored is None else _kept(connection_id, stored)
        left = [secret for secret in kept.secrets if secret.fingerprint != fingerprint]
        if stored is None or not kept.belong_to(dag_id) or len(left) == len(kept.secrets):
            raise NotFoundError(f"The rule '{rule_id}' has no secret with the fingerprint '{fingerprint}'.")
        if left:
            stored.password = " ".join(secret.text for secret in left)
        else:
            session.delete(stored)


def _refuse_elsewhere(rule_id: str) -> None:
    if not kept_secrets(rule_id).in_database:
        raise ConflictError(
            f"The secrets of the rule '{rule_id}' come from the environment or a secrets backend, as the connection "
            f"'{connection_of_rule(rule_id)}'. Change them there."
        )


def _stored(session: Session, connection_id: str, *, lock: bool = False) -> Connection | None:
    query = select(Connection).where(Connection.conn_id == connection_id)
    return session.scalar(query.with_for_update() if lock else query)


def _kept(connection_id: str, connection: Connection, *, in_database: bool = True) -> Kept:
    found, unusable = read_secrets(connection.password or "")
    _tell_unusable(f"the password of the connection '{connection_id}'", unusable)
    owner = connection.extra_dejson.get(OWNER)
    return Kept(tuple(found), owner if isinstance(owner, str) else None, in_database)


def _tell_unusable(where: str, unusable: int) -> None:
    if unusable:
        log.warning("In %s, %d of the words are no webhook secrets.", where, unusable)

"""Who may see and do what: a rule is guarded by the permissions that Airflow's auth manager gives on its Dag."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import GetUserDep
from airflow.models import DagModel
from airflow.utils.session import create_session
from fastapi import Depends, Request
from sqlalchemy import select

from igny8.api.errors import CrossSiteError, NotAllowedError, NotFoundError

Deed = Literal["read", "edit", "delete", "run", "read_runs", "change_runs", "answer"]
"""What is done with a rule; the first three are about its Dag, the others about the Dag's runs."""

RUN_DEEDS: Final[tuple[Deed, ...]] = ("run", "change_runs")
RULE_DEEDS: Final[tuple[Deed, ...]] = ("edit", "delete", *RUN_DEEDS)
"""What somebody who sees a run, or a rule, may be allowed to do with it besides."""

_METHODS: dict[Deed, tuple[Literal["GET", "POST", "PUT", "DELETE"], DagAccessEntity | None]] = {
    "read": ("GET", None),
    "edit": ("PUT", None),
    "delete": ("DELETE", None),
    "run": ("POST", DagAccessEntity.RUN),
    "read_runs": ("GET", DagAccessEntity.RUN),
    "change_runs": ("PUT", DagAccessEntity.RUN),
    "answer": ("PUT", DagAccessEntity.HITL_DETAIL),
}
_WORDS: dict[Deed, str] = {
    "read": "see",
    "edit": "change",
    "delete": "delete",
    "run": "run",
    "read_runs": "see the runs of",
    "change_runs": "change the runs of",
    "answer": "approve or reject for",
}


@dataclass(frozen=True, slots=True)
class Caller:
    """The user behind a request."""

    user: BaseUser

    @property
    def name(self) -> str:
        """The user's name, for histories."""
        return self.user.get_name()

    def may(self, deed: Deed, dag_id: str) -> bool:
        """Whether the user may do this with the rule of that Dag, which need not exist yet."""
        return self._may(deed, dag_id, DagModel.get_team_name(dag_id))

    def _may(self, deed: Deed, dag_id: str, team: str | None) -> bool:
        method, entity = _METHODS[deed]
        details = DagDetails(id=dag_id, team_name=team)
        return get_auth_manager().is_authorized_dag(
            method=method, access_entity=entity, details=details, user=self.user
        )

    def allowed(self, deeds: Sequence[Deed], dag_ids: Collection[str]) -> dict[str, list[Deed]]:
        """Those of the deeds that the user may do with the rule of each of those Dags; one query however many."""
        teams = DagModel.get_dag_id_to_team_name_mapping(list(dag_ids))
        return {
            dag_id: [deed for deed in deeds if self._may(deed, dag_id, teams.get(dag_id))] for dag_id in set(dag_ids)
        }

    def with_runs(self, dag_ids: Collection[str]) -> set[str]:
        """Those of the Dags, all of which the user may see, whose runs the user may see as well."""
        manager = get_auth_manager()
        if manager.is_authorized_dag(method="GET", access_entity=DagAccessEntity.RUN, user=self.user):
            return set(dag_ids)
        return {dag_id for dag_id, deeds in self.allowed(("read_runs",), dag_ids).items() if deeds}

    def readable(self, dag_ids: Collection[str]) -> set[str]:
        """Those of the Dags that the user may see.

        The auth manager is asked in bulk for the Dags that Airflow knows, and one by one for rules that have none: new,
        inactive and broken ones.
        """
        manager = get_auth_manager()
        wanted = set(dag_ids)
        allowed = manager.get_authorized_dag_ids(user=self.user, method="GET")
        others = wanted - allowed
        if known := _known(others) if others else set():
            # A Dag that Airflow has come to know since the first question would count as forbidden: ask again.
            allowed |= manager.get_authorized_dag_ids(user=self.user, method="GET")
        allowed |= manager.filter_authorized_dag_ids(dag_ids=others - known, user=self.user, method="GET")
        return wanted & allowed

    def require(self, deed: Deed, dag_id: str, rule_id: str) -> None:
        """Refuse what the user may not do.

        Raises:
            NotFoundError: when the user may not even see the rule.
            NotAllowedError: when the user may see it, but not do this.
        """
        if self.may(deed, dag_id):
            return
        if deed == "read" or not self.may("read", dag_id):
            raise no_such_rule(rule_id)
        message = f"You may not {_WORDS[deed]} the rule '{rule_id}'. Ask for the permission on the Dag '{dag_id}'."
        raise NotAllowedError(message)


def no_such_rule(rule_id: str, suggestion: str | None = None) -> NotFoundError:
    """The refusal for a rule that is not there, or that the caller may not see."""
    hint = f" Did you mean '{suggestion}'?" if suggestion else ""
    return NotFoundError(f"There is no rule '{rule_id}'.{hint}")


def _known(dag_ids: set[str]) -> set[str]:
    with create_session(scoped=False) as session:
        return set(session.scalars(select(DagModel.dag_id).where(DagModel.dag_id.in_(dag_ids))))


def _caller(user: GetUserDep) -> Caller:
    return Caller(user)


CurrentCaller = Annotated[Caller, Depends(_caller)]


def same_origin(request: Request) -> None:
    """Refuse a write that a page of another origin had the browser send along with the user's cookie.

    Raises:
        CrossSiteError: when the browser says so itself, or the origin is not this server.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    origin = request.headers.get("origin")
    foreign = origin is not None and origin.split("://")[-1] != request.headers.get("host")
    if foreign or request.headers.get("sec-fetch-site") not in {None, "same-origin", "none"}:
        raise CrossSiteError("This request comes from a page of another site and is refused.")

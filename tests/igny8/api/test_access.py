"""Which Dags a user may see, while Airflow comes to know them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

from igny8.api import access
from igny8.api.access import Caller


@dataclass
class Airflow:
    """Knows Dags, and who may see which; each question is followed by what happens meanwhile."""

    known: set[str]
    allowed: set[str]
    meanwhile: list[str] = field(default_factory=list)
    asked_one_by_one: list[set[str]] = field(default_factory=list)

    def get_authorized_dag_ids(self, **_: Any) -> set[str]:
        found = self.known & self.allowed
        self.known |= set(self.meanwhile)
        return found

    def filter_authorized_dag_ids(self, *, dag_ids: set[str], **_: Any) -> set[str]:
        self.asked_one_by_one.append(set(dag_ids))
        return dag_ids & self.allowed

    def among(self, dag_ids: set[str]) -> set[str]:
        return dag_ids & self.known


@pytest.mark.parametrize("meanwhile", [[], ["new"]])
def test_a_dag_that_becomes_known_between_two_questions_is_still_seen(
    monkeypatch: pytest.MonkeyPatch, meanwhile: list[str]
) -> None:
    airflow = Airflow(known={"mine", "foreign"}, allowed={"mine", "new", "broken"}, meanwhile=meanwhile)
    monkeypatch.setattr(access, "get_auth_manager", lambda: airflow)
    monkeypatch.setattr(access, "_known", airflow.among)
    caller = Caller(SimpleAuthManagerUser(username="ulla", role="user"))
    seen = caller.readable(["mine", "foreign", "new", "broken", "foreign_broken"])
    assert seen == {"mine", "new", "broken"}
    assert "foreign" not in set[str]().union(*airflow.asked_one_by_one), "what Airflow knows is asked for in bulk"

"""What people are asked, and what becomes of their answers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from airflow.sdk.api.datamodels._generated import HITLUser
from airflow.sdk.exceptions import AirflowRuntimeError, ErrorType
from airflow.sdk.execution_time.comms import ErrorResponse
from pydantic import JsonValue

from igny8.execution import approving
from igny8.execution.approving import Article, Request, read_answer
from igny8.execution.articles import approved_of, body_of, preview_path
from igny8.execution.errors import ActionRefusedError
from igny8.execution.spending import job_budget, spending_of
from igny8.rules import Limits
from igny8.spending import BudgetTrigger


def event(option: str, by: str | None = "maria", **given: Any) -> dict[str, Any]:
    """What Airflow resumes a task with."""
    return {
        "chosen_options": [option],
        "params_input": given,
        "responded_at": datetime(2026, 3, 2, 6, tzinfo=UTC),
        "responded_by_user": {"id": by, "name": by} if by else None,
        "timedout": by is None,
    }


@pytest.mark.parametrize(
    ("answer", "approved"),
    [
        (event("Approve"), [5, 3, 8]),
        (event("Approve", articles=["8", "5"]), [5, 8]),  # in the order in which they were asked for
        (event("Approve", articles=[3], reason=None), [3]),
        (event("Approve", articles=[]), []),
        (event("Reject", articles=["5"], reason="off topic"), []),
        (event("Reject", by=None, articles=["5", "3", "8"]), []),  # as the scheduler answers in the end
    ],
)
def test_what_an_answer_approves(answer: dict[str, Any], approved: list[int]) -> None:
    assert approved_of([5, 3, 8], read_answer(answer)) == approved


def test_an_answer_cannot_approve_what_nobody_asked_for() -> None:
    with pytest.raises(ActionRefusedError, match="approves 9, x, which nobody asked for"):
        approved_of([5], read_answer(event("Approve", articles=["5", 9, "x"])))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (event("Reject", reason=" off topic "), "maria has rejected it: off topic."),
        (event("Reject", reason=""), "maria has rejected it."),
        (event("Reject", by=None), "Nobody has approved it in time, which means no."),
    ],
)
def test_a_no_says_whose_it_is(answer: dict[str, Any], told: str) -> None:
    assert read_answer(answer).no == told


QUESTION: Request = {
    "kind": "budget", "subject": "May it?", "body": "15 credits", "until": 2_000_000_000.0, "articles": [],
    "least": 15, "most": 15, "allowance": 15,
}  # fmt: skip
EARLIER = {**QUESTION, "until": 1_900_000_000.0}
NO_REQUEST = ErrorResponse(error=ErrorType.API_SERVER_ERROR, detail={"status_code": 404})


class TriggerOutsideOfAirflow(BudgetTrigger):
    """The trigger of a task's ``attempt``, whose former one has left ``kept``."""

    def __init__(self, attempt: int, kept: JsonValue, acted_on: JsonValue) -> None:
        super().__init__(account="demo", site="shop", rule={})
        self.attempt = attempt
        self.kept = kept
        self.acted_on = acted_on

    def _runtime(self) -> Any:
        return SimpleNamespace(id=uuid4(), task_id="budget", try_number=self.attempt)

    async def _left(self, task: str, key: str) -> Any:
        return {"request": self.kept, "answer": self.acted_on}[key]

    async def _xcom(self, key: str, value: JsonValue) -> None:
        self.kept = value


@pytest.mark.parametrize(
    ("attempt", "kept", "response", "acted_on", "answered"),
    [
        (1, None, None, None, None),
        (2, EARLIER, event("Approve"), None, "Approve"),
        (3, EARLIER, event("Approve"), {"at": "2026-03-01T05:59:59Z"}, "Approve"),  # an earlier one was acted on
        (2, EARLIER, event("Reject", by=None), None, "Reject"),  # as the scheduler answers in the end
        (2, EARLIER, event("Reject"), {"at": "2026-03-02T06:00:00+00:00"}, None),  # somebody has cleared the task
        (2, {**EARLIER, "most": 14}, event("Approve"), None, None),  # not what was approved
        (2, EARLIER, event("Approve") | {"chosen_options": None}, None, None),  # asked and not answered yet
        (2, EARLIER, None, None, None),  # not even asked
    ],
)
def test_nobody_is_asked_again_what_they_have_answered(
    monkeypatch: pytest.MonkeyPatch,
    *,
    attempt: int,
    kept: JsonValue,
    response: dict[str, Any] | None,
    acted_on: JsonValue,
    answered: str | None,
) -> None:
    def told(ti_id: object) -> SimpleNamespace:
        if response is None:
            raise AirflowRuntimeError(NO_REQUEST)
        user = response["responded_by_user"]
        given = {**response, "responded_by_user": HITLUser(**user) if user else None}
        return SimpleNamespace(**given, response_received=bool(response["chosen_options"]))

    monkeypatch.setattr(approving, "get_hitl_detail_content_detail", told)
    trigger = TriggerOutsideOfAirflow(attempt, kept, acted_on)
    payload = asyncio.run(trigger._ask(QUESTION)).payload
    assert trigger.kept == QUESTION
    if answered is None:
        assert payload == {"request": QUESTION}
    else:
        assert response is not None
        assert read_answer(payload) == read_answer(response)


def test_the_text_of_an_article_is_no_markup() -> None:
    article: Article = {
        "id": 7,
        "title": "[Click](https://evil.example) *now*",
        "excerpt": "<img src=x>\n\n# Loud",
        "url": "https://airflow.example" + preview_path("rule__demo__weekly", "manual__2026-03-02T06:00", "ask", 7),
        "word_count": 1240,
        "seo_score": None,
    }
    assert body_of([article]) == (
        r"1. [\[Click\]\(https://evil\.example\) \*now\*](https://airflow.example/api/v1/automation/executions/"
        "manual__2026-03-02T06%3A00/approvals/ask/articles/7/?rule=weekly) (1,240 words)  \n"
        r"   \<img src=x\> \# Loud"
    )
    many = body_of([article] * 53).splitlines()
    assert many[-1] == "… and 3 more."


@pytest.mark.parametrize(
    ("limits", "allowance", "approved"),
    [
        ({"approve_above": 100}, None, 100),
        ({"approve_above": 100}, 250, 250),
        ({"approve_above": 0}, None, 0),
        ({"credits_per_run": 100}, None, None),
    ],
)
def test_what_was_not_approved_is_not_spent(
    limits: dict[str, int], allowance: int | None, approved: int | None
) -> None:
    budget = job_budget(spending_of("weekly", "Europe/Berlin", Limits(**limits)), "rule__demo__weekly/1", allowance)
    assert budget is not None
    assert (budget.rule, budget.timezone, budget.approved) == ("weekly", "Europe/Berlin", approved)
    assert job_budget(spending_of("weekly", "UTC", Limits()), "run", None) is None

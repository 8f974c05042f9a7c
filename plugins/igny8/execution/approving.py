"""Asking people, by Airflow's own human-in-the-loop: a task that waits for an answer holds no process at all.

A request is prepared in the triggerer, put to people by a worker that ends at once, and answered in Airflow's Required
Actions or over the REST API. Without an answer in time the scheduler answers with no.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, NoReturn, TypedDict, cast

from airflow.sdk import Context, Param
from airflow.sdk.exceptions import AirflowRuntimeError, TaskAwaitingInput
from airflow.sdk.execution_time.hitl import get_hitl_detail_content_detail, upsert_hitl_detail
from airflow.triggers.base import TriggerEvent
from asgiref.sync import sync_to_async
from pydantic import JsonValue

from igny8.execution.announcing import Announcement, AnnounceTrigger, handover
from igny8.execution.operators import RuleOperator
from igny8.execution.scope import ERROR, REQUEST
from igny8.execution.triggers import Failure, RunTrigger

ANSWER: Final = "answer"
"""The XCom that holds what was answered, see :class:`Answer`."""
APPROVE: Final = "Approve"
REJECT: Final = "Reject"
ARTICLES: Final = "articles"
"""The field of an answer that names the articles which are approved."""
REASON: Final = "reason"
"""The field of an answer that says why."""


Kind = Literal["budget", "articles", "twins", "edits"]
"""What people are asked about: a price, articles, twins to be written, or edits to be written over."""


class Article(TypedDict):
    """An article that is put to approval."""

    id: int
    title: str
    excerpt: str
    url: str
    """Where it can be read."""
    word_count: int | None
    seo_score: int | None


class Request(TypedDict):
    """What people are asked."""

    kind: Kind
    subject: str
    body: str
    """The details, as Markdown."""
    until: float
    """When no answer means no, in seconds since 1970."""
    articles: list[Article]
    least: int | None
    """The fewest credits that the run costs, where it is about them."""
    most: int | None
    """The most credits that it costs, with a margin; ``None`` where nothing bounds it."""
    allowance: int | None
    """What the run may cost once it is approved, where it is about credits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a request."""

    approved: bool
    by: str | None
    """Who answered; ``None`` when nobody did in time."""
    at: str
    """When, in ISO 8601."""
    reason: str | None
    articles: list[str] | None
    """The ids of the articles that were named; ``None`` where none were."""

    @property
    def no(self) -> str:
        """Who said no, and why, in a sentence."""
        if self.by is None:
            return "Nobody has approved it in time, which means no."
        return f"{self.by} has rejected it{f': {self.reason}' if self.reason else ''}."


def read_answer(event: Mapping[str, Any]) -> Answer:
    """The answer that Airflow resumes a task with."""
    given = event.get("params_input") or {}
    user = event.get("responded_by_user")
    at = event.get("responded_at")
    reason, articles = given.get(REASON), given.get(ARTICLES)
    return Answer(
        approved=event["chosen_options"] == [APPROVE],
        by=str(user["name"]) if user else None,
        at=at.isoformat() if isinstance(at, datetime) else str(at or datetime.now(UTC).isoformat()),
        reason=str(reason).strip() or None if reason is not None else None,
        articles=[str(each) for each in articles] if isinstance(articles, list) else None,
    )


class AskingTrigger(RunTrigger):
    """What finds out whether people are to be asked, and what."""

    async def _ask(self, request: Request) -> TriggerEvent:
        """The event that has a worker put a request to people, or act on what they have answered to it already."""
        earlier = await self._left(self._runtime().task_id, REQUEST)
        await self._xcom(REQUEST, cast("JsonValue", request))
        if earlier is not None and _question(earlier) == _question(request) and (given := await self._given()):
            return TriggerEvent(given)
        return TriggerEvent({REQUEST: request})

    async def _given(self) -> dict[str, Any] | None:
        """The answer to what a former try has asked, where Airflow has lost the task before it could act on it.

        It takes a task that is queued anew before it has heard of the end of the worker that has asked for one whose
        worker was killed, and has it tried again. People are not asked twice for that. A task that somebody clears asks
        anew: its answer was acted on.
        """
        run = self._runtime()
        if run.try_number == 1:
            return None
        try:
            told = await sync_to_async(get_hitl_detail_content_detail)(ti_id=run.id)
        except AirflowRuntimeError:
            return None  # nobody was asked for this task
        if not told.response_received or told.responded_at is None:
            return None
        acted_on = await self._left(run.task_id, ANSWER)
        if acted_on is not None and datetime.fromisoformat(acted_on["at"]) == told.responded_at:
            return None
        return {
            "chosen_options": told.chosen_options,
            "params_input": told.params_input,
            "responded_by_user": told.responded_by_user and told.responded_by_user.model_dump(),
            "responded_at": told.responded_at.isoformat(),
        }


def _question(request: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in request.items() if name != "until"}


class AskingOperator(RuleOperator):
    """A task that may ask people before it ends.

    Args:
        announcement: Whom to tell that somebody is asked; ``None`` for nobody.
    """

    least_retries = 1  # for what AskingTrigger makes good

    def __init__(self, *, announcement: Announcement | None = None, **kwargs: Any) -> None:  # noqa: ANN401 - BaseOperator's own
        self.announcement = announcement
        super().__init__(**kwargs)

    @abstractmethod
    def answered(self, context: Context, request: Request, answer: Answer) -> None:
        """Act on the answer, in a worker."""

    def resume(self, context: Context, event: Mapping[str, Any]) -> None:
        """Go on in a worker: with a request to be made, an answer, or a failure.

        Raises:
            ActionFailedError, ActionRefusedError: the task has failed.
            TaskAwaitingInput, TaskDeferred: it waits for the answer.
        """
        if REQUEST in event:
            self._ask(context, cast("Request", event[REQUEST]))
        if "chosen_options" in event:
            answer = read_answer(event)
            context["ti"].xcom_push(key=ANSWER, value=asdict(answer))
            self.answered(context, self._asked(context), answer)
        elif "announced" in event:
            self._wait(self._asked(context))
        else:
            self.fail(context, cast("Failure", event))

    def _asked(self, context: Context) -> Request:
        request: Request = context["ti"].xcom_pull(task_ids=self.task_id, key=REQUEST)
        return request

    def _ask(self, context: Context, request: Request) -> NoReturn:
        upsert_hitl_detail(
            ti_id=context["ti"].id,
            options=[APPROVE, REJECT],
            subject=request["subject"],
            body=request["body"],
            defaults=[REJECT],
            multiple=False,
            params=_form(request),
        )
        if self.announcement is not None:
            trigger = AnnounceTrigger.about(self.announcement, account=self.account, site=self.site)
            self.defer(trigger=trigger, method_name=self.resume.__name__)
        self._wait(request)

    def _wait(self, request: Request) -> NoReturn:
        left = timedelta(seconds=max(handover(), request["until"] - time.time()))
        raise TaskAwaitingInput(method_name=self.resume.__name__, timeout=left)

    def _say_why(self, context: Context, message: str) -> None:
        context["ti"].xcom_push(key=ERROR, value=message)


def _form(request: Request) -> dict[str, Any]:
    """What an answer may say besides yes or no, as Airflow's forms have it."""
    form: dict[str, Any] = {}
    if request["articles"]:
        ids = [str(article["id"]) for article in request["articles"]]
        titles: dict[str, JsonValue] = {str(article["id"]): article["title"] for article in request["articles"]}
        form[ARTICLES] = Param(
            ids,
            type="array",
            title="Articles to approve",
            description="Those that you take out stay as they are and go no further.",
            examples=ids,
            values_display=titles,
        ).serialize()
    form[REASON] = Param(
        None, type=["null", "string"], title="Reason", description="Why you reject it, for those who read the run."
    ).serialize()
    return form

"""Editorial approval: articles are put to people, and those that are approved are handed on."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final
from urllib.parse import quote

from airflow.configuration import conf
from airflow.sdk import Context
from airflow.triggers.base import TriggerEvent
from pydantic import JsonValue

from igny8.actions import ActionType
from igny8.actions.request_approval import REQUEST_APPROVAL, RequestApprovalParams
from igny8.engine import Job, JobItem
from igny8.execution.approving import Answer, Article, AskingOperator, AskingTrigger, Request
from igny8.execution.errors import ActionRefusedError
from igny8.execution.operators import JobOperator
from igny8.execution.scope import RESULT
from igny8.execution.triggers import ActionTrigger, result

_LISTED: Final = 50
"""How many entries the text of a request lists; the answer is about all of them."""
_MARKUP: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!<>|~&])")


class RequestApprovalTrigger(AskingTrigger, ActionTrigger):
    """Has the engine say what the articles are, and asks."""

    async def _end(self, job: Job) -> TriggerEvent:
        articles = [self._article(item) for item in job.items or [] if item.state == "done"]
        if job.state != "succeeded" or not articles:
            return await super()._end(job)
        await self._xcom(RESULT, result(job))
        hours = RequestApprovalParams.model_validate({**self.action_params, "content_ids": []}).timeout_hours
        request: Request = {
            "kind": "articles",
            "subject": f"Approve {len(articles)} article{'' if len(articles) == 1 else 's'} of {self.site}?",
            "body": body_of(articles),
            "until": time.time() + hours * 3600,
            "articles": articles,
            "least": None,
            "most": None,
            "allowance": None,
        }
        return await self._ask(request)

    def _article(self, item: JobItem) -> Article:
        told = item.result or {}
        run = self._runtime()
        base = conf.get("api", "base_url", fallback="").rstrip("/")
        return {
            "id": int(str(item.id)),
            "title": item.label,
            "excerpt": str(told.get("excerpt") or ""),
            "url": f"{base}{preview_path(run.dag_id, run.run_id, run.task_id, int(str(item.id)))}",
            "word_count": _number(told.get("word_count")),
            "seo_score": _number(told.get("seo_score")),
        }


class RequestApprovalOperator(AskingOperator, JobOperator):
    """Asks people which articles may go on. Outputs: ``content_ids``, those that were approved.

    The XCom ``request`` says what was asked, ``answer`` what was answered, and ``return_value`` what became of each
    article.
    """

    action: ClassVar[ActionType] = REQUEST_APPROVAL
    trigger: ClassVar[type[ActionTrigger]] = RequestApprovalTrigger
    then: ClassVar[str] = "resume"
    ui_color = "#fce7f3"

    def answered(self, context: Context, request: Request, answer: Answer) -> None:
        """Hand on what was approved; nothing, where it was rejected.

        Raises:
            ActionRefusedError: the answer names articles that nobody asked for.
        """
        asked = [article["id"] for article in request["articles"]]
        approved = approved_of(asked, answer)
        task_instance = context["ti"]
        outcome = task_instance.xcom_pull(task_ids=self.task_id, key=RESULT)
        task_instance.xcom_push(key=RESULT, value=_judged(outcome, approved, answer))
        # At last: what comes after reads this.
        task_instance.xcom_push(key="content_ids", value=list[Any](approved))


def approved_of(asked: Sequence[int], answer: Answer) -> list[int]:
    """The articles that an answer approves, in the order in which they were asked for.

    Raises:
        ActionRefusedError: it names others.
    """
    if not answer.approved:
        return []
    if answer.articles is None:
        return list(asked)
    known = {str(article): article for article in asked}
    others = [each for each in answer.articles if each not in known]
    if others:
        raise ActionRefusedError(
            f"The answer approves {', '.join(others)}, which nobody asked for. Clear this task to have it asked again."
        )
    return [article for key, article in known.items() if key in answer.articles]


def preview_path(dag_id: str, run_id: str, task_id: str, article: int) -> str:
    """Where the REST API shows an article that is put to approval."""
    rule = dag_id.rpartition("__")[2]
    run = quote(run_id, safe="")
    return f"/api/v1/automation/executions/{run}/approvals/{task_id}/articles/{article}/?rule={quote(rule)}"


def body_of(articles: Sequence[Article]) -> str:
    """The articles as Markdown: title with a link, excerpt, and figures."""
    return listing([_line(article) for article in articles])


def listing(lines: Sequence[str]) -> str:
    """What is asked about as a numbered list, of which the first entries are shown."""
    shown = [f"{number}. {line}" for number, line in enumerate(lines[:_LISTED], 1)]
    more = len(lines) - _LISTED
    return "\n".join([*shown, *([f"… and {more} more."] if more > 0 else [])])


def _line(article: Article) -> str:
    figures = [
        *([f"{article['word_count']:,} words"] if article["word_count"] is not None else []),
        *([f"SEO score {article['seo_score']}"] if article["seo_score"] is not None else []),
    ]
    told = f" ({', '.join(figures)})" if figures else ""
    return f"[{plain(article['title'])}]({article['url']}){told}  \n   {plain(article['excerpt'])}"


def plain(text: str) -> str:
    """A text that Markdown shows as it is, in one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _judged(outcome: Mapping[str, Any], approved: Sequence[int], answer: Answer) -> dict[str, JsonValue]:
    items = [
        {**item, "state": "done" if item["id"] in approved else "rejected"}
        if item["id"] in approved or item["state"] != "done"
        else {**item, "state": "rejected", "error": answer.no if not answer.approved else "It was not approved."}
        for item in outcome["items"]
    ]
    return {**outcome, "done": len(approved), "items": list[JsonValue](items)}


def _number(value: JsonValue) -> int | None:
    return value if isinstance(value, int) else None

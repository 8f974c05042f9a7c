"""What Airflow's own records say of the requests that people are asked to answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from airflow.models import TaskInstance
from airflow.models.hitl import HITLDetail
from airflow.models.xcom import XComModel
from airflow.utils.session import create_session
from pydantic import BaseModel, Field, JsonValue
from sqlalchemy import Select, func, select

from igny8.api.run_statuses import left_by_task
from igny8.api.runs import Key
from igny8.dagfactory.ids import rule_of
from igny8.execution.approving import APPROVE, ARTICLES, REASON, Kind
from igny8.execution.scope import REQUEST

_WAITING: Final = ("awaiting_input", "deferred")


class ApprovalArticle(BaseModel):
    """An article that is put to approval."""

    id: int = Field(description="The article's number.")
    title: str = Field(description="Its title.")
    excerpt: str = Field(description="What it is about, in short.")
    url: str = Field(description="Where it can be read, with the login of this API.")
    word_count: int | None = Field(description="How many words it has.")
    seo_score: int | None = Field(description="The score of its last optimisation; null before it.")


class ApprovalAnswer(BaseModel):
    """What was answered."""

    approved: bool = Field(description="Whether it was approved, or a part of it.")
    by: str | None = Field(description="Who answered; null when nobody did in time, which means no.")
    at: datetime = Field(description="When.")
    reason: str | None = Field(description="Why it was rejected.")
    articles: list[int] | None = Field(
        description="The articles that were approved; null where it is about no articles."
    )


class Approval(BaseModel):
    """A run that waits for a person, or has."""

    run_id: str = Field(description="The run that waits.")
    automation_rule: str = Field(description="The id of its rule.")
    account: str = Field(description="The rule's account.")
    action: str = Field(description="What asks: the id of an action; budget for what the whole run may cost.")
    kind: Kind = Field(
        description=(
            "What is to be approved: a price, articles, that articles are written whose twins the site has, or that "
            "posts are written over which people have changed on the site."
        )
    )
    subject: str = Field(description="The question, in a sentence.")
    body: str = Field(description="What it will cost and touch, as Markdown.")
    asked_at: datetime = Field(description="Since when it waits.")
    expires_at: datetime = Field(description="Until when; no answer by then means no.")
    least: int | None = Field(description="The fewest credits that the run costs; null where it is about articles.")
    most: int | None = Field(description="The most credits that it costs; null where nothing bounds it.")
    articles: list[ApprovalArticle] = Field(description="The articles that are put to approval.")
    answer: ApprovalAnswer | None = Field(description="What was answered; null while it waits.")
    waits: bool = Field(description="Whether it can still be answered: nobody has, and the run is not over.")
    dag_id: str = Field(description="The id of its Dag.")


class RunApprovals(BaseModel):
    """What a run asks people, and has asked them."""

    may_answer: bool = Field(description="Whether you may answer what waits.")
    approvals: list[Approval] = Field(description="The requests, the oldest first.")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what is needed to answer it."""

    key: Key
    task_id: str
    since: datetime
    """Since when the task is in its state."""
    articles: tuple[int, ...]
    view: Approval


def pending(dag_ids: Collection[str], limit: int, offset: int) -> tuple[list[Approval], int]:
    """The requests of those Dags' runs that wait for an answer, the oldest first, and how many there are in all."""
    waiting = (
        TaskInstance.dag_id.in_(dag_ids),
        TaskInstance.state.in_(_WAITING),
        HITLDetail.responded_at.is_(None),
    )
    with create_session(scoped=False) as session:
        count = session.scalar(
            select(func.count())
            .select_from(TaskInstance)
            .join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
            .where(*waiting)
        )
        rows = session.execute(
            _requests().where(*waiting).order_by(HITLDetail.created_at, HITLDetail.ti_id).limit(limit).offset(offset)
        )
        return [_asked(row).view for row in rows], count or 0


def of_run(key: Key) -> list[Approval]:
    """What the tasks of a run have asked last, the oldest request first."""
    with create_session(scoped=False) as session:
        rows = session.execute(
            _requests()
            .where(TaskInstance.dag_id == key[0], TaskInstance.run_id == key[1])
            .order_by(HITLDetail.created_at, HITLDetail.ti_id)
        )
        return [_asked(row).view for row in rows]


def asked(key: Key, task_id: str) -> Asked | None:
    """What a task of a run has asked last; ``None`` when it has asked nothing."""
    with create_session(scoped=False) as session:
        row = session.execute(
            _requests().where(
                TaskInstance.dag_id == key[0], TaskInstance.run_id == key[1], TaskInstance.task_id == task_id
            )
        ).first()
        return None if row is None else _asked(row)


def _requests() -> Select[*tuple[Any, ...]]:
    return (
        select(
            TaskInstance.dag_id,
            TaskInstance.run_id,
            TaskInstance.task_id,
            TaskInstance.state,
            TaskInstance.updated_at,
            HITLDetail.created_at,
            HITLDetail.responded_at,
            HITLDetail.responded_by,
            HITLDetail.chosen_options,
            HITLDetail.params_input,
            XComModel.value,
        )
        .select_from(TaskInstance)
        .join(HITLDetail, HITLDetail.ti_id == TaskInstance.id)
        .join(XComModel, left_by_task(REQUEST))
    )


def _asked(row: Any) -> Asked:  # noqa: ANN401 - a row of the query above
    dag_id, run_id, task_id, state, since, created, responded, by, chosen, given, request = row
    account, rule = rule_of(dag_id) or ("", dag_id)
    articles = [ApprovalArticle.model_validate(article) for article in request["articles"]]
    ids = tuple(article.id for article in articles)
    waits = state in _WAITING and responded is None
    view = Approval(
        run_id=run_id,
        automation_rule=rule,
        account=account,
        action=task_id,
        kind=request["kind"],
        subject=request["subject"],
        body=request["body"],
        asked_at=created,
        expires_at=datetime.fromtimestamp(request["until"], UTC),
        least=request["least"],
        most=request["most"],
        articles=articles,
        answer=_answer(responded, by, chosen, given or {}, ids) if responded else None,
        waits=waits,
        dag_id=dag_id,
    )
    return Asked((dag_id, run_id), task_id, since, ids, view)


def _answer(
    at: datetime, by: dict[str, str] | None, chosen: list[str] | None, given: dict[str, JsonValue], ids: tuple[int, ...]
) -> ApprovalAnswer:
    approved = chosen == [APPROVE]
    named, reason = given.get(ARTICLES), given.get(REASON)
    taken = [each for each in ids if not isinstance(named, list) or str(each) in map(str, named)] if approved else []
    return ApprovalAnswer(
        approved=approved,
        by=by["name"] if by else None,
        at=at,
        reason=reason if isinstance(reason, str) and reason else None,
        articles=taken if ids else None,
    )

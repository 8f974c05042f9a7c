"""Runs that wait for a person: listed, approved and rejected. Answers go through Airflow's own human-in-the-loop."""

from __future__ import annotations

import asyncio
import html
from datetime import UTC, datetime
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.api.access import Caller, CurrentCaller
from igny8.api.acting import answer_request
from igny8.api.approvals import Approval, Asked, RunApprovals, asked, of_run, pending
from igny8.api.envelope import Envelope, Fault, Listing, answer, page_of
from igny8.api.errors import ConflictError, InvalidRequestError, NotFoundError
from igny8.api.parts import Store, WantedPage
from igny8.api.routes.executions import WantedRule, find_run, readable_dags
from igny8.api.runs import Run
from igny8.execution.announcing import handover
from igny8.execution.approving import APPROVE, ARTICLES, REASON, REJECT
from igny8.execution.connection import engine_client
from igny8.rules import RuleStore

router = APIRouter(tags=["approvals"])

ActionId = Annotated[str, Path(max_length=200, description="The id of the action that asks; budget for the whole run.")]

_PAGE_HEADERS: Final = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src https: data:",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
"""A text of an article is shown as it is, and can do nothing."""


class ApproveBody(BaseModel):
    """What is approved."""

    model_config = ConfigDict(extra="forbid")

    articles: list[int] | None = Field(
        default=None,
        max_length=100_000,
        description="The articles that are approved; the others go no further. Left out, all of them.",
    )


class RejectBody(BaseModel):
    """Why it is rejected."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        min_length=1, max_length=2000, pattern=r"\S", description="Why, for those who read what became of the run."
    )


@router.get("/approvals/", response_model=Listing[Approval], operation_id="list_approvals")
def list_approvals(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    page: WantedPage,
    rule: Annotated[str | None, Query(max_length=200, description="Only runs of this rule.")] = None,
    account: Annotated[str | None, Query(max_length=200, description="Only runs of this account's rules.")] = None,
) -> JSONResponse:
    """The runs that wait for a person now, the oldest request first."""
    dag_ids = readable_dags(store, caller, rule, account)
    found, count = pending(dag_ids, page.size, page.offset)
    return page_of(request, found, count, page.number, page.size)


@router.get(
    "/executions/{run_id}/approvals/", response_model=Envelope[RunApprovals], operation_id="list_approvals_of_execution"
)
def list_approvals_of_execution(
    *, request: Request, caller: CurrentCaller, store: Store, run_id: str, rule: WantedRule = None
) -> JSONResponse:
    """What a run asks, and has asked, with what was answered."""
    run = find_run(store, caller, run_id, rule)
    found = RunApprovals(may_answer=caller.may("answer", run.dag_id), approvals=of_run(run.key))
    return answer(request, found)


@router.get("/executions/{run_id}/approvals/{action}/", response_model=Envelope[Approval], operation_id="get_approval")
def get_approval(
    *, request: Request, caller: CurrentCaller, store: Store, run_id: str, action: ActionId, rule: WantedRule = None
) -> JSONResponse:
    """What an action of a run asks, or has asked, and what was answered."""
    run = find_run(store, caller, run_id, rule)
    return answer(request, _asked(run, action).view)


@router.post(
    "/executions/{run_id}/approvals/{action}/approve/", response_model=Envelope[Approval], operation_id="approve"
)
async def approve(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    run_id: str,
    action: ActionId,
    body: ApproveBody | None = None,
    rule: WantedRule = None,
) -> JSONResponse:
    """Approve what is asked: a price, or articles, all of them or some. The run goes on."""
    run, found = await run_in_threadpool(_to_be_answered, store, caller, run_id, rule, action)
    named = body.articles if body else None
    given: dict[str, JsonValue] = {REASON: None}
    if found.articles:
        given[ARTICLES] = [str(each) for each in _approved(found, named)]
    elif named is not None:
        message = "This request is about a price, not about articles. Leave articles out."
        raise InvalidRequestError(message, [Fault(path="articles", message=message, code="invalid")])
    return await _answered(request, run, found, APPROVE, given)


@router.post(
    "/executions/{run_id}/approvals/{action}/reject/", response_model=Envelope[Approval], operation_id="reject"
)
async def reject(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    run_id: str,
    action: ActionId,
    body: RejectBody,
    rule: WantedRule = None,
) -> JSONResponse:
    """Reject what is asked. A run whose price is rejected does nothing; articles that are rejected go no further."""
    run, found = await run_in_threadpool(_to_be_answered, store, caller, run_id, rule, action)
    given: dict[str, JsonValue] = {REASON: body.reason.strip()}
    if found.articles:
        given[ARTICLES] = []
    return await _answered(request, run, found, REJECT, given)


@router.get(
    "/executions/{run_id}/approvals/{action}/articles/{article}/",
    response_class=HTMLResponse,
    operation_id="preview_article",
)
async def preview_article(
    *,
    caller: CurrentCaller,
    store: Store,
    run_id: str,
    action: ActionId,
    article: Annotated[int, Path(ge=1, lt=2**63, description="The article's number.")],
    rule: WantedRule = None,
) -> HTMLResponse:
    """An article that is, or was, put to approval, to be read in a browser."""
    run = await run_in_threadpool(find_run, store, caller, run_id, rule)
    found = await run_in_threadpool(_asked, run, action)
    if article not in found.articles:
        raise NotFoundError(f"The article {article} is not among those that '{action}' asks about.")
    content = await (await engine_client(run.account)).content(article)
    title = html.escape(content.title)
    page = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{max-width:44rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,serif}"
        "h1,h2,h3{line-height:1.25}</style>"
        f"<h1>{title}</h1><p><em>{html.escape(content.excerpt)}</em></p>{content.html}</html>"
    )
    return HTMLResponse(page, headers=_PAGE_HEADERS)


def _asked(run: Run, action: str) -> Asked:
    found = asked(run.key, action)
    if found is None:
        raise NotFoundError(f"'{action}' has asked nothing in the run '{run.run_id}'.")
    return found


def _to_be_answered(store: RuleStore, caller: Caller, run_id: str, rule: str | None, action: str) -> tuple[Run, Asked]:
    run = find_run(store, caller, run_id, rule)
    caller.require("answer", run.dag_id, run.rule_id)
    found = _asked(run, action)
    if not found.view.waits:
        given = found.view.answer
        by = f" by {given.by}" if given and given.by else ""
        raise ConflictError(f"This is no longer asked: it was answered{by}, or the run is over.")
    return run, found


async def _answered(request: Request, run: Run, found: Asked, option: str, given: dict[str, JsonValue]) -> JSONResponse:
    # An answer that comes before Airflow has heard of the end of the worker that has asked is held back until then.
    waits = (datetime.now(UTC) - found.since).total_seconds()
    await asyncio.sleep(max(0.0, handover() - waits))
    await answer_request(request, run, found.task_id, option, given)
    return answer(request, (await run_in_threadpool(_asked, run, found.task_id)).view)


def _approved(found: Asked, named: list[int] | None) -> list[int]:
    if named is None:
        return list(found.articles)
    unknown = sorted(set(named) - set(found.articles))
    if unknown:
        listed = ", ".join(str(each) for each in unknown)
        message = f"Nobody asks about {listed}. Asked for are {', '.join(str(each) for each in found.articles)}."
        raise InvalidRequestError(message, [Fault(path="articles", message=message, code="not_asked")])
    return [each for each in found.articles if each in named]

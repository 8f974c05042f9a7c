"""What a rule would do and cost if it ran now. Nothing is changed."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import JsonValue

from igny8.api.access import Caller, CurrentCaller
from igny8.api.envelope import Envelope, answer
from igny8.api.parts import Store, read_document
from igny8.api.routes.executions import ExecuteBody
from igny8.api.routes.rules import RULE_BODY
from igny8.api.shelf import complete_new, find
from igny8.api.writing import as_written
from igny8.dagfactory.ids import dag_id_of
from igny8.execution.connection import engine_client
from igny8.planning import DryRun, Estimate, dry_run, estimate
from igny8.rules import Rule, RuleStore, check_rule

router = APIRouter(prefix="/rules", tags=["plans"])


@router.post("/estimate/", response_model=Envelope[Estimate], openapi_extra=RULE_BODY, operation_id="estimate")
async def estimate_unsaved(request: Request, caller: CurrentCaller, store: Store) -> JSONResponse:
    """What a run of a rule would cost that is not saved. You must be allowed to save it."""
    rule = await run_in_threadpool(_unsaved, store, caller, await read_document(request))
    return answer(request, await estimate(rule, await engine_client(rule.account)))


@router.post("/dry-run/", response_model=Envelope[DryRun], openapi_extra=RULE_BODY, operation_id="dry_run")
async def dry_run_unsaved(request: Request, caller: CurrentCaller, store: Store) -> JSONResponse:
    """What a rule would do now that is not saved, condition by condition. You must be allowed to save it."""
    rule = await run_in_threadpool(_unsaved, store, caller, await read_document(request))
    return answer(request, await dry_run(rule, await engine_client(rule.account)))


@router.post("/{rule_id}/estimate/", response_model=Envelope[Estimate], operation_id="estimate_rule")
async def estimate_stored(
    request: Request, caller: CurrentCaller, store: Store, rule_id: str, body: ExecuteBody | None = None
) -> JSONResponse:
    """What a run of the rule would cost: by action, least and most, and what each number rests on."""
    rule = (await run_in_threadpool(find, store, caller, rule_id)).usable.rule
    event = body.context if body else None
    return answer(request, await estimate(rule, await engine_client(rule.account), event))


@router.post("/{rule_id}/dry-run/", response_model=Envelope[DryRun], operation_id="dry_run_rule")
async def dry_run_stored(
    request: Request, caller: CurrentCaller, store: Store, rule_id: str, body: ExecuteBody | None = None
) -> JSONResponse:
    """Whether the rule's conditions hold now, and which items each action would work on."""
    rule = (await run_in_threadpool(find, store, caller, rule_id)).usable.rule
    event = body.context if body else None
    return answer(request, await dry_run(rule, await engine_client(rule.account), event))


def _unsaved(store: RuleStore, caller: Caller, document: dict[str, JsonValue]) -> Rule:
    written = as_written(document, None)
    complete_new(written, store, caller)
    rule = check_rule(written)
    caller.require("edit", dag_id_of(rule.account, rule.id), rule.id)
    return rule

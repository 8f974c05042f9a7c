"""Webhooks: events that other systems tell of, under a signature instead of a login."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue, ValidationError

from igny8.api.acting import has_run
from igny8.api.bodies import read_signed
from igny8.api.dags import dag_states
from igny8.api.envelope import Envelope, Fault, answer
from igny8.api.errors import ConflictError, InvalidRequestError, SignatureError
from igny8.api.eventing import Event, EventResult, EventRun, NotStarted, deliver, start_for
from igny8.api.hooking import Kept, kept_secrets, system_secrets
from igny8.api.parts import Store, read_object
from igny8.api.settings import hook_rate
from igny8.api.shelf import Entry, entries
from igny8.rules import Rule, RuleStore, StoredRule
from igny8.rules.model import SLUG
from igny8.webhooks import HookSecret, NotSignedError, SignedHeaders, verify

log = logging.getLogger(__name__)

router = APIRouter(prefix="/hooks", tags=["webhooks"])

_UNTYPED: Final = "webhook"
"""The type of what a webhook brings that does not say one."""


class SystemEvent(BaseModel):
    """Something that has happened, told to all rules."""

    type: str = Field(min_length=1, max_length=200, description="What has happened, for example content.written.")
    account: str = Field(pattern=SLUG, description="Only rules of this account are started.")
    site: str | None = Field(default=None, pattern=SLUG, description="Only rules of this site are started.")
    data: dict[str, JsonValue] = Field(default={}, description="What rules find at event.<field>.")


_ANY_BODY: Final[dict[str, JsonValue]] = {
    "security": [],
    "requestBody": {
        "required": True,
        "description": (
            "Any JSON object. One with type, timestamp and data is a Standard Webhooks message: the run is about its "
            "data; otherwise it is about the whole object."
        ),
        "content": {"application/json": {"schema": {"type": "object"}}},
    },
}
_SYSTEM_BODY: Final[dict[str, JsonValue]] = {
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": SystemEvent.model_json_schema(ref_template="#/components/schemas/{model}")}
        },
    },
}


@router.post(
    "/{rule_id}/",
    status_code=202,
    response_model=Envelope[EventRun],
    openapi_extra=_ANY_BODY,
    operation_id="receive_webhook",
)
async def receive_webhook(request: Request, store: Store, rule_id: str) -> JSONResponse:
    """Start a run of an active rule, whatever else starts it. The same webhook-id again finds the same run.

    The message is signed after the Standard Webhooks specification, with one of the rule's hook-secrets.
    """
    signed = _headers(request)
    body = await read_signed(request)
    kept = await run_in_threadpool(kept_secrets, rule_id)
    secret = _sender(body, signed, kept.secrets)
    entry = await run_in_threadpool(_rule, store, rule_id, kept)
    event = _event(signed.id, read_object(body), entry.found.rule if isinstance(entry.found, StoredRule) else None)
    if await run_in_threadpool(has_run, entry.dag_id, event.run_id):
        told = EventRun(automation_rule=rule_id, run_id=event.run_id, dag_id=entry.dag_id, is_new=False)
        return answer(request, told, 202)
    await run_in_threadpool(_refuse_resting, entry)
    outcome = await start_for(event, entry, _name(secret), hook_rate())
    if isinstance(outcome, NotStarted):
        raise ConflictError(outcome.reason)
    return answer(request, outcome, 202)


@router.post(
    "/",
    status_code=202,
    response_model=Envelope[EventResult],
    openapi_extra=_SYSTEM_BODY,
    operation_id="receive_system_webhook",
)
async def receive_system_webhook(request: Request, store: Store) -> JSONResponse:
    """Start every active rule that waits for this type of event, of this account and site.

    For sources that belong to the system, such as the content engine; signed with a secret of IGNY8_EVENTS_SECRET.
    """
    signed = _headers(request)
    body = await read_signed(request)
    secret = _sender(body, signed, system_secrets())
    try:
        told = SystemEvent.model_validate(read_object(body))
    except ValidationError as error:
        raise _unusable(error) from error
    event = Event(id=signed.id, type=told.type, data=told.data, account=told.account, site=told.site)
    waiting = [entry for entry in await run_in_threadpool(entries, store) if event.concerns(entry)]
    return answer(request, await deliver(event, waiting, _name(secret), per_minute=hook_rate()), 202)


def _headers(request: Request) -> SignedHeaders:
    try:
        return SignedHeaders.read(request.headers)
    except NotSignedError as error:
        log.warning("A webhook was refused: %s.", error)
        raise SignatureError from error


def _sender(body: bytes, signed: SignedHeaders, known: Sequence[HookSecret]) -> HookSecret:
    try:
        return verify(body, signed, known)
    except NotSignedError as error:
        log.warning("A webhook was refused: %s.", error)
        raise SignatureError from error


def _name(secret: HookSecret) -> str:
    return f"webhook {secret.fingerprint}"


def _rule(store: RuleStore, rule_id: str, kept: Kept) -> Entry:
    """The rule of that id whose secrets these are. Only who has signed with one of them gets here."""
    named = [entry for entry in entries(store) if entry.rule_id == rule_id and kept.belong_to(entry.dag_id)]
    if not named:
        log.warning("A webhook was refused: it is signed with a secret of '%s', which is no rule any more.", rule_id)
        raise SignatureError
    return min(named, key=lambda entry: not isinstance(entry.found, StoredRule))


def _event(event_id: str, body: dict[str, JsonValue], rule: Rule | None) -> Event:
    kind, data = body.get("type"), body.get("data")
    awaited = rule.event if rule is not None and rule.trigger == "event" else None
    if not isinstance(kind, str) or not isinstance(data, dict) or "timestamp" not in body:
        return Event(id=event_id, type=awaited or _UNTYPED, data=body)
    if awaited is not None and kind != awaited:
        message = f"The rule waits for events of the type '{awaited}', and this is '{kind}'."
        raise InvalidRequestError(message, [Fault(path="type", message=message, value=kind[:200], code="wrong_type")])
    return Event(id=event_id, type=kind, data=data)


def _refuse_resting(entry: Entry) -> None:
    """Refuse an event for a rule that nothing starts at present."""
    if not isinstance(entry.found, StoredRule):
        raise ConflictError(f"The rule '{entry.rule_id}' is broken. It takes events again when it is mended.")
    status = entry.found.rule.status
    if status != "active":
        raise ConflictError(f"The rule '{entry.rule_id}' is {status}. Set its status to active, then send this again.")
    state = dag_states([entry.dag_id]).get(entry.dag_id)
    if state is not None and state.is_paused:
        message = (
            f"The Dag '{entry.dag_id}' of the rule is paused in Airflow. Switch it on there, then send this again."
        )
        raise ConflictError(message)


def _unusable(error: ValidationError) -> InvalidRequestError:
    faults = [
        Fault(path=".".join(str(part) for part in each["loc"]), message=f"{each['msg']}.", code="invalid")
        for each in error.errors()
    ]
    told = "; ".join(f"{fault.path}: {fault.message}" for fault in faults)
    return InvalidRequestError(f"The event cannot be used. {told}", faults)

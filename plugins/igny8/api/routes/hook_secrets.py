"""The secrets of a rule's webhook: made, listed by their fingerprints, and taken away."""

from __future__ import annotations

from airflow.configuration import conf
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from igny8.api.access import CurrentCaller
from igny8.api.audit import audited
from igny8.api.envelope import Envelope, answer
from igny8.api.hooking import add_secret, kept_secrets, remove_secret
from igny8.api.parts import PREFIX, Store
from igny8.api.shelf import find
from igny8.webhooks import HookSecret, connection_of_rule

router = APIRouter(prefix="/rules/{rule_id}/hook-secrets", tags=["webhooks"])


class SecretView(BaseModel):
    """A secret as it can be told of."""

    fingerprint: str = Field(description="Names the secret without giving it away.")


class Hook(BaseModel):
    """Where a rule's webhook is, and what it is signed with."""

    url: str = Field(description="Where messages are posted to.")
    connection: str = Field(description="The id of Airflow's connection that keeps the secrets as its password.")
    secrets: list[SecretView] = Field(description="The secrets that are valid, the newest last.")


class NewSecret(SecretView):
    """A secret that was just made."""

    secret: str = Field(description="The secret. It is shown here and never again.")
    url: str = Field(description="Where messages are posted to.")


class DeletedSecret(SecretView):
    """A secret that is no longer valid."""

    deleted: bool = Field(default=True, description="Whether it is gone: always true.")


@router.get("/", response_model=Envelope[Hook], operation_id="list_hook_secrets")
def list_hook_secrets(request: Request, caller: CurrentCaller, store: Store, rule_id: str) -> JSONResponse:
    """The address of a rule's webhook, and the fingerprints of the secrets that messages may be signed with."""
    entry = find(store, caller, rule_id, "edit")
    kept = kept_secrets(rule_id)
    mine = kept.secrets if kept.belong_to(entry.dag_id) else ()
    secrets = [SecretView(fingerprint=secret.fingerprint) for secret in mine]
    return answer(request, Hook(url=_url(request, rule_id), connection=connection_of_rule(rule_id), secrets=secrets))


@router.post("/", status_code=201, response_model=Envelope[NewSecret], operation_id="create_hook_secret")
def create_hook_secret(request: Request, caller: CurrentCaller, store: Store, rule_id: str) -> JSONResponse:
    """Make a secret for a rule's webhook. Those that it has stay valid, until they are deleted."""
    entry = find(store, caller, rule_id, "edit")
    entry.usable  # noqa: B018 - a broken rule need not be of the account that it seems to be of
    with audited("hook_secret_created", caller.name, entry.dag_id, {"rule": rule_id}) as details:
        made: HookSecret = add_secret(rule_id, entry.dag_id)
        details["fingerprint"] = made.fingerprint
    view = NewSecret(fingerprint=made.fingerprint, secret=made.text, url=_url(request, rule_id))
    return answer(request, view, 201, {"Cache-Control": "no-store"})


@router.delete("/{fingerprint}/", response_model=Envelope[DeletedSecret], operation_id="delete_hook_secret")
def delete_hook_secret(
    request: Request, caller: CurrentCaller, store: Store, rule_id: str, fingerprint: str
) -> JSONResponse:
    """Make a secret invalid, at once."""
    entry = find(store, caller, rule_id, "edit")
    with audited("hook_secret_deleted", caller.name, entry.dag_id, {"rule": rule_id, "fingerprint": fingerprint}):
        remove_secret(rule_id, entry.dag_id, fingerprint)
    return answer(request, DeletedSecret(fingerprint=fingerprint))


def _url(request: Request, rule_id: str) -> str:
    """The address as senders reach it: Airflow's own, where it is told, and otherwise that of the request."""
    base = conf.get("api", "base_url", fallback="").rstrip("/")
    return f"{base or str(request.base_url).removesuffix('/').removesuffix(PREFIX)}{PREFIX}/hooks/{rule_id}/"

"""A rule's history: listed, read, compared, restored."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.api.access import Caller, CurrentCaller, no_such_rule
from igny8.api.envelope import Envelope, answer
from igny8.api.errors import ConflictError, InvalidRequestError
from igny8.api.parts import Store
from igny8.api.routes.rules import saved
from igny8.api.shelf import save
from igny8.api.views import UNREADABLE, RuleView, faults, readable
from igny8.dagfactory.ids import dag_id_of
from igny8.rules import (
    Revision,
    RevisionNotFoundError,
    RuleInvalidError,
    RuleNotFoundError,
    RuleStore,
    differences,
    read_rule,
)
from igny8.rules.compare import changes, unified_diff

router = APIRouter(prefix="/rules/{rule_id}/revisions", tags=["revisions"])

Number = Annotated[int, Path(ge=1, lt=2**31, description="The number of the revision.")]


class RevisionView(BaseModel):
    """One state of a rule, and who saved it."""

    revision: int = Field(description="Its number, from 1.")
    author: str = Field(description="Who saved it.")
    saved_at: datetime | None = Field(description="When; null for a change by hand that has not been recorded yet.")
    deleted: bool = Field(description="Whether this is the deletion of the rule.")


class RevisionEntry(RevisionView):
    """One state of a rule in its history."""

    summary: list[str] = Field(description="What it changed against the one before, one sentence for each thing.")


class RevisionDetail(RevisionView):
    """One state of a rule, whole."""

    yaml: str = Field(description="The rule's file as it was.")
    document: dict[str, JsonValue] = Field(description="The same as data; what cannot be read is left out.")


class ChangeView(BaseModel):
    """One value that is not the same in two revisions."""

    path: str = Field(description="Where it is, for example actions[2].params.status.")
    before: JsonValue = Field(description="What it was; null when it was not there.")
    after: JsonValue = Field(description="What it became; null when it was taken out.")


class Comparison(BaseModel):
    """What differs between two revisions."""

    before: int = Field(description="The number of the earlier one.")
    after: int = Field(description="The number of the later one.")
    in_words: list[str] = Field(description="What differs in plain English, one sentence for each thing.")
    changes: list[ChangeView] = Field(description="Every value that differs.")
    diff: str = Field(description="The lines that differ, as diff -u shows them.")


class RestoreBody(BaseModel):
    """What a restoring starts from."""

    model_config = ConfigDict(extra="forbid")

    expected_revision: int | None = Field(
        default=None, ge=0, description="The present revision as you have seen it; 0 for a rule that is deleted."
    )


@router.get("/", response_model=Envelope[list[RevisionEntry]], operation_id="list_revisions")
def list_revisions(request: Request, caller: CurrentCaller, store: Store, rule_id: str) -> JSONResponse:
    """The history of a rule, the newest revision first; also of one that was deleted."""
    history = _history(store, caller, rule_id)
    entries = [
        RevisionEntry(**_view(revision).model_dump(), summary=_summary(revision, before))
        for before, revision in zip([None, *history], history, strict=False)
    ]
    return answer(request, entries[::-1])


@router.get("/compare/", response_model=Envelope[Comparison], operation_id="compare_revisions")
def compare_revisions(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule_id: str,
    before: Annotated[int, Query(ge=1, lt=2**31, description="The number of one revision.")],
    after: Annotated[int | None, Query(ge=1, lt=2**31, description="That of the other; left out, the newest.")] = None,
) -> JSONResponse:
    """What differs between two revisions."""
    history = _history(store, caller, rule_id)
    one = _numbered(history, rule_id, before)
    other = _numbered(history, rule_id, after) if after is not None else history[-1]
    documents = readable(one.text), readable(other.text)
    names = (f"revision {one.number}", f"revision {other.number}")
    comparison = Comparison(
        before=one.number,
        after=other.number,
        in_words=differences(*documents),
        changes=[
            ChangeView(path=change.path, before=change.before, after=change.after) for change in changes(*documents)
        ],
        diff=unified_diff(one.text, other.text, names),
    )
    return answer(request, comparison)


@router.get("/{number}/", response_model=Envelope[RevisionDetail], operation_id="get_revision")
def get_revision(request: Request, caller: CurrentCaller, store: Store, rule_id: str, number: Number) -> JSONResponse:
    """One revision of a rule, whole."""
    found = _numbered(_history(store, caller, rule_id), rule_id, number)
    detail = RevisionDetail(**_view(found).model_dump(), yaml=found.text, document=dict(readable(found.text)))
    return answer(request, detail)


@router.post("/{number}/restore/", response_model=Envelope[RuleView], operation_id="restore_revision")
def restore_revision(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule_id: str,
    number: Number,
    body: RestoreBody | None = None,
) -> JSONResponse:
    """Save an old revision once more, as the newest one; a deleted rule comes back this way."""
    history = _history(store, caller, rule_id)
    found = _numbered(history, rule_id, number)
    try:
        rule = read_rule(found.data)
    except RuleInvalidError as error:
        message = f"The revision {number} of '{rule_id}' is no usable rule (any more)."
        raise InvalidRequestError(message, faults(error.problems)) from error
    if rule.id != rule_id:
        raise ConflictError(f"The revision {number} is one of the rule '{rule.id}'.")
    newest = 0 if history[-1].deleted else history[-1].number
    expected = body.expected_revision if body and body.expected_revision is not None else newest
    return saved(request, caller, save(store, caller, rule, expected=expected, event="rule_restored", text=found.text))


def _history(store: RuleStore, caller: Caller, rule_id: str) -> list[Revision]:
    """A rule's revisions: those from when it was in an account whose rules the caller may see.

    An id can go from one account's rule to another's, when the first is deleted; each sees its own part.

    Raises:
        NotFoundError: when that leaves none.
    """
    try:
        history = store.revisions(rule_id)
    except RuleNotFoundError:
        history = []
    accounts = [readable(revision.text).get("account") for revision in history]
    # A revision that does not say its account is for those who may see a rule of none.
    dag_ids = [dag_id_of(account if isinstance(account, str) else UNREADABLE, rule_id) for account in accounts]
    seen = {dag_id for dag_id in set(dag_ids) if caller.may("read", dag_id)}
    found = [revision for revision, dag_id in zip(history, dag_ids, strict=True) if dag_id in seen]
    if not found:
        raise no_such_rule(rule_id)
    return found


def _numbered(history: list[Revision], rule_id: str, number: int) -> Revision:
    for revision in history:
        if revision.number == number:
            return revision
    raise RevisionNotFoundError(rule_id, number, history[-1].number)


def _summary(revision: Revision, before: Revision | None) -> list[str]:
    """What a revision changed, in sentences."""
    if revision.deleted:
        return ["deleted"]
    if before is None or before.deleted:
        return ["made" if before is None else "made again"]
    told = differences(readable(before.text), readable(revision.text))
    return told or ["nothing but comments or the form of the text"]


def _view(revision: Revision) -> RevisionView:
    return RevisionView(
        revision=revision.number, author=revision.author, saved_at=revision.saved_at, deleted=revision.deleted
    )

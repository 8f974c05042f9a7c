"""Rules: listed, read, made, changed and deleted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Final, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Header, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, JsonValue

from igny8.api.access import RULE_DEEDS, Caller, CurrentCaller
from igny8.api.audit import audited
from igny8.api.dags import DagState, ask_to_parse, dag_states
from igny8.api.envelope import Envelope, Listing, answer, page_of
from igny8.api.errors import ConflictError, InvalidRequestError
from igny8.api.parts import Store, WantedPage, WantedZone, read_document
from igny8.api.runs import RuleRuns, rule_runs, success_rates
from igny8.api.shelf import Entry, complete_new, find, save, visible
from igny8.api.statistics import credits_spent
from igny8.api.views import BrokenRuleView, Known, RuleView, broken_view, readable, rule_view
from igny8.api.writing import as_written, take_expected_revision
from igny8.dagfactory.ids import dag_id_of
from igny8.rules import RevisionConflictError, RuleStore, StoredRule, check_rule
from igny8.rules.model import TriggerKind

router = APIRouter(prefix="/rules", tags=["rules"])

_TRIES: Final = 30
"""How often a write that names no revision is made anew; of all that are made at once, one gets through each time."""
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)
_NEVER: Final = datetime.max.replace(tzinfo=UTC)

Order = Literal[
    "id", "-id", "name", "-name", "status", "-status", "next_run_at", "-next_run_at",
    "last_executed_at", "-last_executed_at", "execution_count", "-execution_count",
    "success_rate", "-success_rate", "credits_this_month", "-credits_this_month",
]  # fmt: skip
ListedStatus = Literal["active", "paused", "inactive", "broken"]
"""A rule's status, or that it cannot be used."""
IfMatch = Annotated[str | None, Header(description='The ETag of the rule as it was read, for example "3".')]

RULE_BODY: Final[dict[str, JsonValue]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/RuleDocument"}}},
    }
}
PARTIAL_BODY: Final[dict[str, JsonValue]] = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": "object", "title": "Some of a rule's fields"}}},
    }
}


class Deleted(BaseModel):
    """A rule that was deleted."""

    id: str = Field(description="The id it had. A new rule may take it; its revisions go on counting.")
    deleted: Literal[True] = True


@router.get("/", response_model=Listing[RuleView | BrokenRuleView], operation_id="list_rules")
def list_rules(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    page: WantedPage,
    zone: WantedZone,
    search: Annotated[str | None, Query(max_length=200, description="A part of the id, name or description.")] = None,
    account: Annotated[str | None, Query(description="Only rules of this account.")] = None,
    site: Annotated[str | None, Query(description="Only rules of this site.")] = None,
    status: Annotated[ListedStatus | None, Query(description="Only rules of this status.")] = None,
    trigger: Annotated[TriggerKind | None, Query(description="Only rules that this starts.")] = None,
    ordering: Annotated[
        Order,
        Query(
            description=(
                "What to sort by; with a minus sign the largest first. success_rate is that of the last 20 runs: "
                "completed of completed and failed. Rules without any come last."
            )
        ),
    ] = "id",
) -> JSONResponse:
    """All rules that you may see, also broken ones with what is wrong with them."""
    wanted = {"account": account, "site": site, "trigger": trigger}
    found = [
        entry
        for entry in visible(store, caller)
        if _matches(entry, status, {name: value for name, value in wanted.items() if value}, search)
    ]
    name, falling = ordering.removeprefix("-"), ordering.startswith("-")
    runs = rule_runs([entry.dag_id for entry in found]) if "execut" in name else None
    due = dag_states([entry.dag_id for entry in found]) if name == "next_run_at" else {}
    found.sort(key=_key(name, runs or {}, due), reverse=falling)
    if name in {"success_rate", "credits_this_month"}:
        figures = _figures(name, caller.with_runs([entry.dag_id for entry in found]), zone)
        found.sort(key=lambda entry: figures.get(entry.dag_id, 0), reverse=falling)
        found.sort(key=lambda entry: entry.dag_id not in figures)
    shown = found[page.offset : page.offset + page.size]
    return page_of(request, views(caller, shown, runs), len(found), page.number, page.size)


@router.post(
    "/", status_code=201, response_model=Envelope[RuleView], openapi_extra=RULE_BODY, operation_id="create_rule"
)
async def create_rule(request: Request, caller: CurrentCaller, store: Store) -> JSONResponse:
    """Make a rule. Left out, its id is made of its name, and account and site are the default ones."""
    document = await read_document(request)
    expected = take_expected_revision(document, None)
    stored = await run_in_threadpool(_create, store, caller, document, expected or 0)
    return saved(request, caller, stored, 201)


@router.get("/{rule_id}/", response_model=Envelope[RuleView | BrokenRuleView], operation_id="get_rule")
def get_rule(request: Request, caller: CurrentCaller, store: Store, rule_id: str) -> JSONResponse:
    """A rule, with the revision it is in as ETag."""
    entry = find(store, caller, rule_id)
    return answer(request, views(caller, [entry])[0], headers=_etag(entry.found.revision))


@router.put("/{rule_id}/", response_model=Envelope[RuleView], openapi_extra=RULE_BODY, operation_id="replace_rule")
async def replace_rule(
    request: Request, caller: CurrentCaller, store: Store, rule_id: str, if_match: IfMatch = None
) -> JSONResponse:
    """Put a whole rule in the place of a stored one, which may be broken. Left out, account and site stay."""
    document = await read_document(request)
    expected = take_expected_revision(document, if_match)
    stored = await run_in_threadpool(
        _change, store, caller, rule_id, lambda before: at_home(before, document), expected
    )
    return saved(request, caller, stored)


@router.patch("/{rule_id}/", response_model=Envelope[RuleView], openapi_extra=PARTIAL_BODY, operation_id="change_rule")
async def change_rule(
    request: Request, caller: CurrentCaller, store: Store, rule_id: str, if_match: IfMatch = None
) -> JSONResponse:
    """Change the fields of a rule that the body names, and leave the others; null takes a field out."""
    document = await read_document(request)
    expected = take_expected_revision(document, if_match)
    stored = await run_in_threadpool(_change, store, caller, rule_id, lambda before: merge(before, document), expected)
    return saved(request, caller, stored)


@router.delete("/{rule_id}/", response_model=Envelope[Deleted], operation_id="delete_rule")
def delete_rule(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    rule_id: str,
    expected_revision: Annotated[int | None, Query(ge=0, description="The revision that you have seen.")] = None,
    if_match: IfMatch = None,
) -> JSONResponse:
    """Delete a rule. Its revisions and its runs stay."""
    given: dict[str, JsonValue] = {} if expected_revision is None else {"expected_revision": expected_revision}
    expected = take_expected_revision(given, if_match)
    entry = find(store, caller, rule_id, "delete")
    with audited("rule_deleted", caller.name, entry.dag_id, {"rule": rule_id}):
        store.delete(rule_id, caller.name, expected)
    ask_to_parse(entry.dag_id)
    return answer(request, Deleted(id=rule_id))


def at_home(before: dict[str, JsonValue], document: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A whole rule that, where it does not say, stays in the account and at the site where it was."""
    return {**{name: before[name] for name in ("account", "site") if name in before}, **document}


def merge(before: dict[str, JsonValue], changes: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """A rule's fields with those of a partial body in their place."""
    merged = {**before, **changes}
    return {name: value for name, value in merged.items() if value is not None or name not in changes}


def views(caller: Caller, found: Sequence[Entry], runs: dict[str, RuleRuns] | None = None) -> list[dict[str, object]]:
    """The rules with what Airflow knows of them and the caller may do, in four queries however many they are."""
    dag_ids = [entry.dag_id for entry in found]
    runs = rule_runs(dag_ids) if runs is None else runs
    states, allowed = dag_states(dag_ids), caller.allowed(RULE_DEEDS, dag_ids)
    known = [Known(each, runs.get(each), states.get(each), allowed[each]) for each in dag_ids]
    return [
        rule_view(entry.found, each) if isinstance(entry.found, StoredRule) else broken_view(entry.found, each)
        for entry, each in zip(found, known, strict=True)
    ]


def _create(store: RuleStore, caller: Caller, document: dict[str, JsonValue], expected: int) -> StoredRule:
    given_id = document.get("id")
    for _ in range(_TRIES):
        written = as_written(document, None)
        complete_new(written, store, caller)
        try:
            return save(store, caller, check_rule(written), expected=expected, event="rule_created")
        except RevisionConflictError:
            if given_id is not None:
                raise
    raise ConflictError(
        "Others are making rules of the same name, and took each id that was tried. Try again, or give it an id."
    )


def _change(
    store: RuleStore,
    caller: Caller,
    rule_id: str,
    change: Callable[[dict[str, JsonValue]], dict[str, JsonValue]],
    expected: int | None,
) -> StoredRule:
    """Change a stored rule; without an expected revision the change is made anew when somebody else is faster."""
    for attempt in range(_TRIES):
        entry = find(store, caller, rule_id, "edit")
        before = dict(readable(entry.found.text))
        document = as_written(change(before), before)
        if document.setdefault("id", rule_id) != rule_id:
            message = f"The rule is '{rule_id}', and an id never changes. Make a new rule for a new id."
            raise InvalidRequestError(message)
        base = expected if expected is not None else entry.found.revision
        try:
            return save(store, caller, check_rule(document), expected=base, event="rule_changed")
        except RevisionConflictError:
            if expected is not None or attempt == _TRIES - 1:
                raise
    raise AssertionError  # the last try has raised


def saved(request: Request, caller: Caller, stored: StoredRule, status: int = 200) -> JSONResponse:
    """The answer about a rule that was saved."""
    entry = Entry(dag_id_of(stored.rule.account, stored.rule.id), stored)
    return answer(request, views(caller, [entry])[0], status, _etag(stored.revision))


def _etag(revision: int | None) -> dict[str, str]:
    return {} if revision is None else {"ETag": f'"{revision}"'}


def _matches(entry: Entry, status: str | None, wanted: dict[str, str], search: str | None) -> bool:
    if isinstance(entry.found, StoredRule):
        rule = entry.found.rule
        fields = {"account": rule.account, "site": rule.site, "trigger": rule.trigger}
        texts = (rule.id, rule.name, rule.description)
        own: str = rule.status
    else:
        document = readable(entry.found.text)
        fields = {name: str(document.get(name)) for name in wanted}
        texts = (entry.rule_id, str(document.get("name", "")), entry.found.name)
        own = "broken"
    if status is not None and status != own:
        return False
    if any(fields[name] != value for name, value in wanted.items()):
        return False
    return search is None or any(search.casefold() in text.casefold() for text in texts)


def _figures(name: str, dag_ids: set[str], zone: ZoneInfo) -> Mapping[str, float]:
    """How the runs of each of those Dags went, or what they cost this month; without those that have no such figure."""
    if name == "success_rate":
        return success_rates(dag_ids)
    now = datetime.now(zone)
    month = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    spent = Counter(dict.fromkeys(dag_ids, 0))
    for dag_id, _, cost in credits_spent(dag_ids, month, now, zone):
        spent[dag_id] += cost
    return spent


def _key(name: str, runs: dict[str, RuleRuns], due: dict[str, DagState]) -> Callable[[Entry], tuple[object, ...]]:
    def key(entry: Entry) -> tuple[object, ...]:
        seen = runs.get(entry.dag_id)
        match name:
            case "name":
                own = entry.found.rule.name if isinstance(entry.found, StoredRule) else entry.found.name
                return own.casefold(), entry.rule_id
            case "status":
                return (entry.found.rule.status if isinstance(entry.found, StoredRule) else "broken"), entry.rule_id
            case "next_run_at":
                state = due.get(entry.dag_id)
                # As it is told: nothing starts a rule whose Dag is paused. Such come last of all.
                return (state.next_run_at if state and not state.is_paused else None) or _NEVER, entry.rule_id
            case "last_executed_at":
                return (seen.last_started_at if seen else None) or _LONG_AGO, entry.rule_id
            case "execution_count":
                return seen.count if seen else 0, entry.rule_id
        return (entry.rule_id,)

    return key

"""What rules may say: action types and the schema; and rules that are only looked at, taken out and brought in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Final, Literal

import yaml
from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response
from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from igny8.actions import ACTION_TYPES, ActionType
from igny8.actions.base import OutputType
from igny8.actions.items import Collection
from igny8.api.access import Caller, CurrentCaller
from igny8.api.envelope import Envelope, Fault, answer
from igny8.api.mime import YAML
from igny8.api.parts import Store, is_yaml, read_body, read_document, read_yaml
from igny8.api.routes.next_runs import coming
from igny8.api.routes.rules import RULE_BODY, IfMatch, saved
from igny8.api.shelf import complete_new, find, problems_with_others, save, visible
from igny8.api.views import RuleView, faults
from igny8.api.writing import as_written, take_expected_revision
from igny8.rules import Rule, RuleInvalidError, RuleStore, check_rule, in_words, read_rule, warnings
from igny8.rules.aloud import starts
from igny8.rules.document import decode, parse
from igny8.rules.locate import locate
from igny8.rules.schema import rule_schema

router = APIRouter(prefix="/rules", tags=["documents"])

_YAML_BODY: Final[dict[str, JsonValue]] = {
    "requestBody": {
        "required": True,
        "description": "The rule as a YAML file holds it.",
        "content": {YAML: {"schema": {"type": "string"}}},
    }
}
_OF_ITS_START: Final = (
    "trigger",
    "schedule",
    "event",
    "assets",
    "timezone",
    "quiet_hours",
    "excluded_dates",
    "status",
)
"""The fields of a rule that say when it starts."""
_RIGHT: Final[dict[str, JsonValue]] = {
    "id": "any",
    "name": "Any",
    "account": "any",
    "site": "any",
    "actions": [{"type": "cluster_keywords", "params": {"keyword_ids": []}}],
}
"""A rule in which nothing is wrong, but that nothing starts it."""


class OutputView(BaseModel):
    """What an action hands on."""

    name: str = Field(description="Its name in references.")
    description: str = Field(description="What it holds.")
    collection: Collection | None = Field(description="The items whose ids these are; null for other values.")
    type: OutputType = Field(description="What kind of value it is.")


class ActionTypeView(BaseModel):
    """A kind of action."""

    type: str = Field(description="What a rule names it by.")
    name: str = Field(description="What people call it.")
    description: str = Field(description="What it does.")
    params: list[str] = Field(description="The names of its params.")
    params_schema: dict[str, dict[str, JsonValue]] = Field(description="The JSON schema of each param.")
    required: list[str] = Field(description="The params that must be given.")
    credits: list[str] = Field(description="What it costs, one line for each case.")
    outputs: list[OutputView] = Field(description="What it hands on to the actions after it.")
    runs_in: Literal["engine", "airflow"] = Field(
        description="Where it is done: engine for a job of the content engine, airflow for one that runs by itself. "
        "Only these can run on failure."
    )


class Validation(BaseModel):
    """What is to be said of a rule that was not saved."""

    valid: bool = Field(description="Whether it could be saved.")
    errors: list[Fault] = Field(description="Everything that is wrong with it.")
    warnings: list[Fault] = Field(
        description="What is allowed and cannot be meant: conditions that never hold, actions that are never reached."
    )
    in_words: str | None = Field(description="The rule read aloud; null for one that cannot be used.")
    trigger_in_words: str | None = Field(
        description="What starts it, read aloud; null where something is wrong with that itself, whatever else is."
    )
    next_runs: list[AwareDatetime] = Field(
        description=(
            "When the clock would start it next, five times, with the offset of its time zone, also while something "
            "else is wrong with it; empty for a rule that no clock starts."
        )
    )


@router.get("/action-types/", response_model=Envelope[list[ActionTypeView]], operation_id="list_action_types")
def list_action_types(request: Request) -> JSONResponse:
    """All kinds of actions, in the order in which they are usually used."""
    return answer(request, [_view(kind) for kind in ACTION_TYPES.values()])


@router.get("/schema/", response_model=Envelope[dict[str, JsonValue]], operation_id="get_rule_schema")
def get_rule_schema(request: Request) -> JSONResponse:
    """The JSON schema of a rule, for editors and forms."""
    return answer(request, rule_schema())


@router.post("/validate/", response_model=Envelope[Validation], openapi_extra=RULE_BODY, operation_id="validate_rule")
async def validate_rule(request: Request, caller: CurrentCaller, store: Store) -> JSONResponse:
    """Everything that is wrong with a rule, given as JSON or as YAML; it is saved nowhere.

    What a new rule in JSON may leave out, its id, account and site, is completed as it would be when it is made.
    """
    document: Mapping[str, JsonValue] = {}
    try:
        if is_yaml(request):
            body = await read_body(request)
            parsed = await run_in_threadpool(parse, decode(body))
            document, root = parsed.data, parsed.root
            rule = await run_in_threadpool(read_rule, body)
        else:
            written = as_written(await read_document(request), None)
            await run_in_threadpool(complete_new, written, store, caller)
            document = written
            rule, root = await run_in_threadpool(check_rule, document), None
        await run_in_threadpool(_check_with_visible, rule, root, store, caller)
    except RuleInvalidError as error:
        clock = await run_in_threadpool(_only_its_start, document)
        refused = Validation(
            valid=False,
            errors=faults(error.problems),
            warnings=[],
            in_words=None,
            trigger_in_words=None if clock is None else starts(clock),
            next_runs=[] if clock is None else await run_in_threadpool(coming, clock),
        )
        return answer(request, refused)
    doubts = await run_in_threadpool(warnings, rule)
    told = faults(doubts if root is None else locate(doubts, root))
    due = await run_in_threadpool(coming, rule)
    good = Validation(
        valid=True, errors=[], warnings=told, in_words=in_words(rule), trigger_in_words=starts(rule), next_runs=due
    )
    return answer(request, good)


def _only_its_start(document: Mapping[str, JsonValue]) -> Rule | None:
    """A rule that starts as that one does and is right in everything else; ``None`` where its start is wrong."""
    start = {name: document[name] for name in _OF_ITS_START if name in document}
    try:
        return check_rule({**_RIGHT, **start})
    except RuleInvalidError:
        return None


def _check_with_visible(rule: Rule, root: yaml.Node | None, store: RuleStore, caller: Caller) -> None:
    # Only against the rules that the caller may see: an unsaved rule may name any account.
    if problems := problems_with_others(rule, visible(store, caller)):
        raise RuleInvalidError(locate(problems, root))


@router.post(
    "/import/", status_code=201, response_model=Envelope[RuleView], openapi_extra=_YAML_BODY, operation_id="import_rule"
)
async def import_rule(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    replace: Annotated[bool, Query(description="Whether it may take the place of the stored rule of its id.")] = False,
    if_match: IfMatch = None,
) -> JSONResponse:
    """Save a rule given as YAML as it is, with its comments."""
    body = await read_body(request)
    expected = take_expected_revision({}, if_match)
    document = read_yaml(body)
    if document.get("account") is None or document.get("site") is None or document.get("id") is None:
        # Some other system's export: what it leaves out is completed, so its text cannot stay as it is.
        await run_in_threadpool(complete_new, document, store, caller)
        rule, text = await run_in_threadpool(check_rule, document), None
    else:
        rule, text = await run_in_threadpool(read_rule, body), decode(body)
    stored = await run_in_threadpool(
        save, store, caller, rule, expected=expected if replace else 0, event="rule_created", text=text
    )
    return saved(request, caller, stored, 201)


@router.get(
    "/{rule_id}/export/",
    response_class=Response,
    responses={200: {"description": "The rule's YAML.", "content": {YAML: {"schema": {}}}}},
    operation_id="export_rule",
)
def export_rule(caller: CurrentCaller, store: Store, rule_id: str) -> Response:
    """The rule's file as it is stored, with its comments; of a broken rule too."""
    entry = find(store, caller, rule_id)
    name = re.sub(r"[^a-z0-9.-]", "-", entry.rule_id.lower().removesuffix(".yaml"))
    headers = {"Content-Disposition": f'attachment; filename="{name}.yaml"'}
    return Response(entry.found.text, media_type=YAML, headers=headers)


def _view(kind: ActionType) -> ActionTypeView:
    schema = kind.params.model_json_schema(by_alias=True)
    shared = schema.get("$defs")
    fields: dict[str, dict[str, JsonValue]] = schema.get("properties", {})
    return ActionTypeView(
        type=kind.name,
        name=kind.title,
        description=kind.description,
        params=list(fields),
        # Each schema stands for itself, so what it refers to goes along.
        params_schema={name: {**field, "$defs": shared} if shared else field for name, field in fields.items()},
        required=list(schema.get("required", [])),
        credits=list(kind.prices),
        outputs=[
            OutputView(name=output.name, description=output.description, collection=output.collection, type=output.type)
            for output in kind.outputs
        ],
        runs_in="engine" if kind.run is None else "airflow",
    )

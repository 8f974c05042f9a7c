"""Presets: listed, read, made into rules, and made of rules."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from igny8.api.access import Caller, CurrentCaller
from igny8.api.envelope import Envelope, Fault, answer
from igny8.api.errors import InvalidRequestError
from igny8.api.mime import YAML
from igny8.api.parts import Store
from igny8.api.routes.rules import saved
from igny8.api.shelf import complete_new, find, save
from igny8.api.views import RuleView, faults
from igny8.dagfactory.load import presets_path
from igny8.rules import Problem, RuleInvalidError, RuleStore, in_words, warnings
from igny8.rules.presets import (
    BrokenPreset,
    Gallery,
    Preset,
    PresetInput,
    StoredPreset,
    as_text,
    dump_preset,
    instantiate,
    preset_of,
    read_preset,
)

router = APIRouter(tags=["presets"])


class PresetView(BaseModel):
    """A preset of the gallery."""

    id: str = Field(description="Its id; the file's name where the id cannot be read.")
    name: str = Field(description="What people call it.")
    description: str = Field(description="What it does, for whom, and what it needs.")
    inputs: list[PresetInput] = Field(description="What is asked for when it is used, in the order of a form.")
    must_set: list[str] = Field(description="The names of the inputs that must be given.")
    problems: list[Fault] = Field(description="Everything that is wrong with it; empty for a usable preset.")


class PresetDetail(PresetView):
    """A preset, whole."""

    rule: dict[str, JsonValue] | None = Field(description="Its rule with the places; null for a broken preset.")
    yaml: str = Field(description="The preset's file.")


class InstantiateBody(BaseModel):
    """What a preset is filled in with."""

    model_config = ConfigDict(extra="forbid")

    inputs: dict[str, JsonValue] = Field(
        default={}, description="A value for each input that is not to be its default."
    )
    id: str | None = Field(default=None, description="The rule's id; left out, it is made of its name.")
    name: str | None = Field(default=None, description="The rule's name; left out, the preset's.")
    account: str | None = Field(default=None, description="The rule's account; left out, the default one.")
    site: str | None = Field(default=None, description="The rule's site; left out, the default one.")
    save: bool = Field(default=False, description="Whether the rule is saved; otherwise it is only looked at.")


class ImportBody(InstantiateBody):
    """A preset from somewhere else, and what it is filled in with."""

    preset: str = Field(max_length=1_000_000, description="The preset's YAML.")


class Instance(BaseModel):
    """What a preset becomes with these values."""

    valid: bool = Field(description="Whether it is a rule that can be saved.")
    errors: list[Fault] = Field(
        description="Everything that is wrong; what comes from an input is told at inputs.<name>."
    )
    must_set: list[str] = Field(description="The inputs that must be given and were not.")
    warnings: list[Fault] = Field(description="What is allowed in the rule and cannot be meant.")
    in_words: str | None = Field(description="The rule read aloud; null where there is none.")
    yaml: str | None = Field(description="The rule as YAML; null where there is none.")


def _gallery() -> Gallery:
    return Gallery(presets_path())


Presets = Annotated[Gallery, Depends(_gallery)]


@router.get("/presets/", response_model=Envelope[list[PresetView]], operation_id="list_presets")
def list_presets(request: Request, gallery: Presets) -> JSONResponse:
    """All presets of the gallery by id, and then files of it that are none, with what is wrong with them."""
    usable, broken = gallery.all()
    return answer(request, [*map(_view, usable), *map(_view, broken)])


_SAVED: Final[dict[int | str, dict[str, Any]]] = {
    201: {"model": Envelope[RuleView], "description": "The rule as it is stored, where it was to be saved."}
}


@router.post("/presets/import/", response_model=Envelope[Instance], responses=_SAVED, operation_id="import_preset")
def import_preset(request: Request, caller: CurrentCaller, store: Store, body: ImportBody) -> JSONResponse:
    """Look at a preset from somewhere else, or make a rule of it: what must be set is in the answer.

    The preset itself is kept nowhere.
    """
    try:
        preset = read_preset(body.preset)
    except RuleInvalidError as error:
        if body.save:
            raise
        return answer(request, _refused(error.problems, []))
    return _instantiate(request, caller, store, StoredPreset(preset, body.preset), body)


@router.get("/presets/{preset_id}/", response_model=Envelope[PresetDetail], operation_id="get_preset")
def get_preset(request: Request, gallery: Presets, preset_id: str) -> JSONResponse:
    """A preset with its inputs and its rule."""
    found = gallery.get(preset_id)
    rule = found.preset.rule if isinstance(found, StoredPreset) else None
    return answer(request, PresetDetail(**_view(found).model_dump(), rule=rule, yaml=found.text))


@router.post(
    "/presets/{preset_id}/instantiate/",
    response_model=Envelope[Instance],
    responses=_SAVED,
    operation_id="instantiate_preset",
)
def instantiate_preset(
    *,
    request: Request,
    caller: CurrentCaller,
    store: Store,
    gallery: Presets,
    preset_id: str,
    body: InstantiateBody | None = None,
) -> JSONResponse:
    """Fill in a preset: look at the rule that it becomes, or save it with ``save`` and get it as it is stored."""
    found = gallery.get(preset_id)
    if isinstance(found, BrokenPreset):
        message = f"The preset '{preset_id}' is broken and cannot be used until it is mended."
        raise InvalidRequestError(message, faults(found.problems))
    return _instantiate(request, caller, store, found, body or InstantiateBody())


@router.get(
    "/rules/{rule_id}/export-preset/",
    response_class=Response,
    responses={200: {"description": "The preset's YAML.", "content": {YAML: {"schema": {}}}}},
    operation_id="export_preset",
)
def export_preset(caller: CurrentCaller, store: Store, rule_id: str) -> Response:
    """The rule as a preset to be shared: without its account, its ids and anything that looks like a secret."""
    preset = preset_of(find(store, caller, rule_id).usable.rule)
    headers = {"Content-Disposition": f'attachment; filename="{preset.id}.yaml"'}
    return Response(dump_preset(preset), media_type=YAML, headers=headers)


def _instantiate(
    request: Request, caller: Caller, store: RuleStore, found: StoredPreset, body: InstantiateBody
) -> JSONResponse:
    own: dict[str, JsonValue] = {"id": body.id, "name": body.name, "account": body.account, "site": body.site}
    own["name"] = own["name"] or str(found.preset.rule.get("name", found.preset.name))
    complete_new(own, store, caller)
    try:
        rule = instantiate(found.preset, body.inputs, own)
    except RuleInvalidError as error:
        if body.save:
            raise
        return answer(request, _refused(error.problems, _unset(found.preset, body)))
    text = as_text(rule, found.text)
    if body.save:
        return saved(request, caller, save(store, caller, rule, expected=0, event="rule_created", text=text), 201)
    doubts = faults(warnings(rule))
    looked_at = Instance(valid=True, errors=[], must_set=[], warnings=doubts, in_words=in_words(rule), yaml=text)
    return answer(request, looked_at)


def _unset(preset: Preset, body: InstantiateBody) -> list[str]:
    return [each.name for each in preset.must_set if body.inputs.get(each.name) is None]


def _refused(problems: tuple[Problem, ...], must_set: list[str]) -> Instance:
    return Instance(valid=False, errors=faults(problems), must_set=must_set, warnings=[], in_words=None, yaml=None)


def _view(found: StoredPreset | BrokenPreset) -> PresetView:
    if isinstance(found, BrokenPreset):
        return PresetView(
            id=found.preset_id or found.name,
            name=found.name,
            description="",
            inputs=[],
            must_set=[],
            problems=faults(found.problems),
        )
    preset = found.preset
    return PresetView(
        id=preset.id,
        name=preset.name,
        description=preset.description,
        inputs=preset.inputs,
        must_set=[each.name for each in preset.must_set],
        problems=[],
    )

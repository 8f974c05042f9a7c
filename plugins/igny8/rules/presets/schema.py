"""The JSON Schema of a preset, with which editors complete and check the YAML while it is written."""

from __future__ import annotations

from pydantic import JsonValue

from igny8.rules.model import Rule
from igny8.rules.presets.model import OWN_FIELDS, Preset

_PLACE: dict[str, JsonValue] = {
    "type": "string",
    "pattern": r"\{\{\s*inputs\.[a-z][a-z0-9_]*\s*\}\}",
    "description": "A place for an input: {{ inputs.<name> }}.",
}
_REF = "#/$defs/Place"


def preset_schema() -> dict[str, JsonValue]:
    """The schema, in the dialect 2020-12: a rule in which a place may stand for any value."""
    schema: dict[str, JsonValue] = Preset.model_json_schema(by_alias=True)
    rule: dict[str, JsonValue] = Rule.model_json_schema(by_alias=True)
    shared = _mapping(rule.pop("$defs", None))
    properties = {name: field for name, field in _mapping(rule.pop("properties")).items() if name not in OWN_FIELDS}
    needed = rule.pop("required")
    # What a trigger asks for besides cannot be told while the trigger may be a place.
    rule.pop("allOf", None)
    rule["description"] = _mapping(_mapping(schema["properties"])["rule"])["description"]
    rule["properties"] = _with_places(properties)
    rule["required"] = (
        [name for name in needed if name not in {*OWN_FIELDS, "name"}] if isinstance(needed, list) else []
    )
    _mapping(schema["properties"])["rule"] = rule
    definitions: dict[str, JsonValue] = {name: _open(_mapping(part)) for name, part in shared.items()}
    schema["$defs"] = {**_mapping(schema.get("$defs")), **definitions, "Place": _PLACE}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _open(part: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if "properties" not in part:
        return part
    return {**part, "properties": _with_places(_mapping(part["properties"]))}


def _with_places(properties: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Every field may also be a place, except the ones that tell which fields there are."""
    return {
        name: field
        if "const" in _mapping(field)
        else {
            **{key: value for key, value in _mapping(field).items() if key in {"description", "title", "default"}},
            "anyOf": [field, {"$ref": _REF}],
        }
        for name, field in properties.items()
    }


def _mapping(value: JsonValue) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}

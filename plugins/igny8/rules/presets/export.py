"""From a rule to a preset that can be shared: without its account, its ids and anything that looks like a secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from pydantic import JsonValue

from igny8.actions import ACTION_TYPES
from igny8.rules.document import dump
from igny8.rules.model import SLUG, Rule
from igny8.rules.presets.check import check_preset
from igny8.rules.presets.model import InputType, Preset
from igny8.rules.presets.places import place

_SECRET: Final = re.compile(
    r"pass(word|wd)?|secret|token|credential|authori[sz]ation|api_?key|signature", re.IGNORECASE
)
_ID_FIELD: Final = re.compile(r"(^|[._])ids?(\.\d+)?$")
_POSITION: Final = re.compile(r"(\.\d+)+$")
_SLUG: Final = re.compile(SLUG)


def preset_of(rule: Rule) -> Preset:
    """The preset that a rule becomes when it is shared.

    What belongs to the account becomes an input without a default: the ids of items, sectors and connected sites, in
    params and in conditions. So does what looks like a secret: texts under names such as token, and addresses with a
    password or a query. Schedule and time zone become inputs with the rule's own as default. The account and the site
    are taken out of names and descriptions; comments do not go along.

    Raises:
        RuleInvalidError: when the rule did not pass :func:`igny8.rules.check_rule`.
    """
    return check_preset(_Export(rule).document())


def dump_preset(preset: Preset) -> str:
    """The preset as YAML, without defaults."""
    written: dict[str, JsonValue] = preset.model_dump(mode="json", exclude_unset=True)
    return dump(written)


class _Export:
    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._inputs: list[dict[str, JsonValue]] = []
        self._names: set[str] = set()

    def document(self) -> dict[str, JsonValue]:
        written = self._rule.document()
        rule: dict[str, JsonValue] = {}
        for name, value in written.items():
            match name:
                case "id" | "account" | "site" | "status" | "name" | "description":
                    continue
                case "schedule" if isinstance(value, str):
                    rule[name] = self._ask("schedule", "schedule", "When it starts", default=value)
                case "timezone":
                    rule[name] = self._ask("timezone", "timezone", "The time zone of the schedule", default=value)
                case "actions" | "on_failure" if isinstance(value, list):
                    rule[name] = [
                        self._action(action, getattr(self._rule, name)[index].id)
                        for index, action in enumerate(value)
                        if isinstance(action, dict)
                    ]
                case _:
                    rule[name] = self._clean(value, name, "")
        return {
            "id": self._id(),
            "name": self._anonymous(self._rule.name),
            "description": self._anonymous(self._rule.description) or "A rule that was shared.",
            "inputs": list[JsonValue](self._inputs),
            "rule": rule,
        }

    def _action(self, action: Mapping[str, JsonValue], action_id: str) -> JsonValue:
        kind = ACTION_TYPES[str(action["type"])]
        items = kind.params.item_inputs()
        params = action.get("params")
        cleaned: dict[str, JsonValue] = {}
        for name, value in (params if isinstance(params, dict) else {}).items():
            title = f"{kind.title}: {name.replace('_', ' ')}"
            if name in items and isinstance(value, int | list):
                cleaned[name] = self._ask(name, "ids", title)
            elif isinstance(value, int) and _ID_FIELD.search(name):
                cleaned[name] = self._ask(name, "integration" if name == "integration_id" else "id", title)
            else:
                cleaned[name] = self._clean(value, name, title)
        others = {
            name: self._clean(value, name, f"{action_id}: {name}") for name, value in action.items() if name != "params"
        }
        return {**others, "params": cleaned} if cleaned else others

    def _clean(self, value: JsonValue, name: str, title: str) -> JsonValue:
        """A value without ids and secrets; conditions are recognised by their fields."""
        match value:
            case dict():
                field = value.get("field")
                if isinstance(field, str) and "value" in value:
                    return {**value, "value": self._compared(value["value"], field)}
                return {each: self._clean(item, each, title or each) for each, item in value.items()}
            case list():
                return [self._clean(item, name, title) for item in value]
            case str() if _is_secret(name, value):
                return self._ask(name, "text", title or name)
        return value

    def _compared(self, value: JsonValue, field: str) -> JsonValue:
        title = f"The {field} to look for"
        if _ID_FIELD.search(field) and value is not None:
            kind: InputType = "ids" if isinstance(value, list) else "id" if isinstance(value, int) else "text"
            return self._ask(_POSITION.sub("", field).rsplit(".", 1)[-1], kind, title)
        return self._clean(value, field, title)

    def _ask(self, name: str, kind: InputType, title: str, **default: JsonValue) -> str:
        """Make an input, and its place."""
        name = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_0123456789")[:80] or "value"
        number, free = 1, name
        while free in self._names:
            number += 1
            free = f"{name}_{number}"
        self._names.add(free)
        self._inputs.append({"name": free, "type": kind, "title": title, **default})
        return place(free)

    def _anonymous(self, text: str) -> str:
        for slug in (self._rule.account, self._rule.site):
            words = r"[\s_-]+".join(map(re.escape, slug.split("-")))
            text = re.sub(rf"\b{words}\b", "…", text, flags=re.IGNORECASE)
        return text.strip()

    def _id(self) -> str:
        own = self._anonymous(self._rule.id)
        made = re.sub(r"-{2,}", "-", own.replace("…", "")).strip("-")
        return made if _SLUG.match(made) else "shared-rule"


def _is_secret(name: str, text: str) -> bool:
    if "{{" in text:
        return False
    if _SECRET.search(name):
        return True
    if "://" not in text:
        return False
    try:
        address = urlsplit(text)
    except ValueError:
        return True
    return address.username is not None or address.password is not None or bool(address.query)

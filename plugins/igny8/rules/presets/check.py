"""The one way to a preset: it is checked as a whole, and what its rule becomes with its defaults is checked too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from pydantic import BaseModel, JsonValue, ValidationError

from igny8.rules.check import check_rule, read_checked
from igny8.rules.errors import Location, Problem, RuleInvalidError, nearest
from igny8.rules.locate import in_document_order
from igny8.rules.presets.instantiate import document as filled_in
from igny8.rules.presets.model import INPUT_TYPES, OWN_FIELDS, Preset, PresetInput
from igny8.rules.presets.places import place, places
from igny8.rules.structure import problem_at
from igny8.rules.values import kind, listed, unusable

_FORMS: Final[dict[str, str]] = {
    "id": "The id is made of 1 to 80 small letters, digits and hyphens.",
    "name": "The name is one line of text and not empty.",
    "title": "The title is one line of text and not empty.",
}
_INPUT_NAME: Final = "An input's name is made of small letters, digits and _ and begins with a letter."
_OWN: Final[dict[str, JsonValue]] = {"id": "preset", "account": "account", "site": "site"}


def check_preset(document: Mapping[str, JsonValue], source: str | None = None) -> Preset:
    """Make a preset of plain data.

    Args:
        document: The preset's fields; it is not changed.
        source: What the document was read from, for the error's text.

    Raises:
        RuleInvalidError: with all problems, in the order of the document.
    """
    unfit = [problem_at(location, "unusable_value", message) for location, message in unusable(document)]
    if unfit:
        raise RuleInvalidError(unfit, source)
    preset, problems = _build(document)
    problems += _meaning(document)
    if preset is not None and not problems:
        problems += _rule_problems(preset)
    if problems or preset is None:
        raise RuleInvalidError(in_document_order(problems, document), source)
    return preset


def read_preset(text: str | bytes, source: str | None = None) -> Preset:
    """Make a preset of a YAML text, or of the bytes of a file.

    Raises:
        RuleInvalidError: with all problems, each with its line and column, in the order of the text.
    """
    return read_checked(text, source, check_preset)


def _build(document: Mapping[str, JsonValue]) -> tuple[Preset | None, list[Problem]]:
    try:
        return Preset.model_validate(document), []
    except ValidationError as error:
        found = [_structural(tuple(each["loc"]), each["type"], each["input"], each["msg"]) for each in error.errors()]
        return None, found


def _structural(location: Location, code: str, value: object, message: str) -> Problem:
    """One thing that pydantic says of a preset, in plain words."""
    name = str(location[-1]) if location else "the preset"
    is_input = location[:1] == ("inputs",)
    owner = "An input" if is_input and len(location) > 1 else "A preset"
    fields: type[BaseModel] = PresetInput if owner == "An input" else Preset
    match code:
        case "missing":
            return problem_at(location, "missing", f"{owner} needs the field '{name}'.")
        case "extra_forbidden":
            near = nearest(name, fields.model_fields)
            hint = "" if near else f" It has {listed(fields.model_fields)}."
            return problem_at(location, "unknown_field", f"{owner} has no field '{name}'.{hint}", value, near)
        case "literal_error":
            said = (
                f"{kind(value)[:1].upper()}{kind(value)[1:]} is no type of input. It is one of {listed(INPUT_TYPES)}."
            )
            return problem_at(location, "not_an_option", said, value, nearest(value, INPUT_TYPES))
        case "string_pattern_mismatch":
            form = _INPUT_NAME if is_input and name == "name" else _FORMS.get(name, f"{name} cannot be so.")
            return problem_at(location, "bad_name", form, value)
    return problem_at(location, "wrong_type", f"{name} cannot be {kind(value)}: {message}.", value)


def _meaning(document: Mapping[str, JsonValue]) -> list[Problem]:
    """What is wrong beyond the form of the single fields, in whatever of the document can be read."""
    return [*_input_problems(document.get("inputs")), *_place_problems(document)]


def _input_problems(inputs: JsonValue) -> Iterator[Problem]:
    written = inputs if isinstance(inputs, list) else []
    names = [each.get("name") if isinstance(each, dict) else None for each in written]
    seen: Counter[object] = Counter()
    for index, (each, name) in enumerate(zip(written, names, strict=True)):
        here: Location = ("inputs", index)
        if isinstance(name, str):
            seen[name] += 1
            if seen[name] > 1:
                message = f"There is an input '{name}' already; every input has a name of its own."
                yield problem_at((*here, "name"), "duplicate", message, name)
        try:
            checked = PresetInput.model_validate(each)
        except ValidationError:
            continue  # said by its form
        # A choice is judged by its type, a default by its type and by the choices.
        plain = checked.model_copy(update={"choices": None})
        for number, choice in enumerate(checked.choices or []):
            if fault := plain.fault(choice):
                yield problem_at((*here, "choices", number), "wrong_input", fault, choice)
        if checked.default is not None and (fault := checked.fault(checked.default)):
            yield problem_at((*here, "default"), "wrong_input", fault, checked.default)


def _place_problems(document: Mapping[str, JsonValue]) -> Iterator[Problem]:
    rule, inputs = document.get("rule"), document.get("inputs")
    if not isinstance(rule, dict):
        return
    for name in OWN_FIELDS:
        if name in rule:
            message = f"The rule of a preset has no {name}: that is said when the preset is used. Take it out."
            yield problem_at(("rule", name), "does_not_belong", message, rule[name])
    written = inputs if isinstance(inputs, list) else []
    known = [own for each in written if isinstance(each, dict) and isinstance(own := each.get("name"), str)]
    used: set[str] = set()
    for location, wanted in places(rule):
        used.add(wanted)
        if wanted not in known:
            near = nearest(wanted, known)
            hint = "" if near else f" It has {listed(known)}."
            suggestion = place(near) if near else None
            message = f"The preset has no input '{wanted}'.{hint}"
            yield problem_at(("rule", *location), "unknown_input", message, wanted, suggestion)
    for index, given in enumerate(known):
        if given not in used and len(known) == len(written):
            message = f"The input '{given}' is not used: no place {place(given)} is in the rule."
            yield problem_at(("inputs", index), "unused_input", message, given)


def _rule_problems(preset: Preset) -> list[Problem]:
    """What is wrong with the rule that the preset becomes with its defaults, and any values for what has none."""
    try:
        check_rule(filled_in(preset, {each.name: each.sample for each in preset.inputs}, _OWN))
    except RuleInvalidError as error:
        return [
            replace(problem, path=f"rule.{problem.path}", location=("rule", *problem.location))
            for problem in error.problems
        ]
    return []

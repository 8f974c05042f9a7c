"""From a preset and answers to its inputs to a rule."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

import yaml
from pydantic import JsonValue

from igny8.rules.check import check_rule
from igny8.rules.document import dump, parse
from igny8.rules.edit import update_text
from igny8.rules.errors import Location, Problem, RuleInvalidError, nearest
from igny8.rules.model import Rule
from igny8.rules.presets.model import OWN_FIELDS, Preset
from igny8.rules.presets.places import fill, places
from igny8.rules.structure import problem_at
from igny8.rules.values import listed


def instantiate(preset: Preset, answers: Mapping[str, JsonValue], own: Mapping[str, JsonValue]) -> Rule:
    """The rule that a preset becomes.

    Args:
        preset: The preset.
        answers: A value for each input; one that is left out or null gets its default.
        own: The rule's id, account and site, and its name where that is to be another than the preset's.

    Raises:
        RuleInvalidError: with everything that is wrong at once. A problem of the rule that comes from an input is told
            at that input (``inputs.<name>``).
    """
    wrong = list(_answer_problems(preset, answers))
    faulty = {str(problem.location[1]) for problem in wrong}
    values = {
        each.name: each.sample if answers.get(each.name) is None or each.name in faulty else answers[each.name]
        for each in preset.inputs
    }
    try:
        rule = check_rule(document(preset, values, own))
    except RuleInvalidError as error:
        raise RuleInvalidError([*wrong, *_from_inputs(error.problems, preset, faulty)], preset.id) from None
    if wrong:
        raise RuleInvalidError(wrong, preset.id)
    return rule


def document(preset: Preset, values: Mapping[str, JsonValue], own: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The rule as plain data, with a value in every place, unchecked."""
    filled = fill(preset.rule, values)
    rule = filled if isinstance(filled, dict) else {}
    head: dict[str, JsonValue] = {
        "id": None,
        "name": rule.get("name", preset.name),
        "description": rule.get("description", preset.description),
        "account": None,
        "site": None,
    }
    given = {name: value for name, value in own.items() if value is not None}
    return {name: value for name, value in {**head, **rule, **given}.items() if value is not None}


def as_text(rule: Rule, preset_text: str) -> str:
    """The rule as YAML, with the comments that the preset's YAML has on it."""
    block = _rule_block(preset_text)
    return dump(rule.document()) if block is None else update_text(block, rule.document())


def _rule_block(preset_text: str) -> str | None:
    """The lines of a preset's rule as a text of its own; ``None`` where it does not stand on lines of its own."""
    try:
        root = parse(preset_text).root
    except RuleInvalidError:
        return None
    found = next((value for key, value in root.value if key.value == "rule"), None)
    if not isinstance(found, yaml.MappingNode) or found.flow_style or not found.value:
        return None
    lines = preset_text.splitlines(keepends=True)
    start = next(key.end_mark.line for key, value in root.value if value is found)
    last = found.end_mark.line
    return textwrap.dedent("".join(lines[start + 1 : last if found.end_mark.column == 0 else last + 1]))


def _answer_problems(preset: Preset, answers: Mapping[str, JsonValue]) -> Iterator[Problem]:
    known = {each.name: each for each in preset.inputs}
    for name, value in answers.items():
        here: Location = ("inputs", name)
        if name not in known:
            near = nearest(name, known)
            hint = "" if near else f" It has {listed(known)}."
            message = f"The preset '{preset.id}' has no input '{name}'.{hint}"
            yield problem_at(here, "unknown_input", message, value, near)
        elif value is not None and (fault := known[name].fault(value)):
            yield problem_at(here, "wrong_input", fault, value)
    for each in preset.must_set:
        if answers.get(each.name) is None:
            yield problem_at(("inputs", each.name), "missing", f"The input '{each.name}' ({each.title}) must be given.")


def _from_inputs(problems: Collection[Problem], preset: Preset, faulty: Collection[str]) -> Iterator[Problem]:
    """The problems of a rule, each told at the input that it comes from, if any; not once more for a faulty one."""
    for problem in problems:
        names = {name for location, name in places(preset.rule) if _touches(location, problem.location)}
        if names & set(faulty):
            continue
        if names and problem.location[:1] not in {(name,) for name in OWN_FIELDS}:
            name = min(names)
            yield replace(problem, path=f"inputs.{name}", location=("inputs", name))
        else:
            yield problem


def _touches(place: Location, problem: Location) -> bool:
    return problem[: len(place)] == place

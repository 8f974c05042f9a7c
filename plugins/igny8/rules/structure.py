"""From what pydantic says about a document to what a person needs to hear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from igny8.actions import ACTION_TYPES, broken_action
from igny8.actions.params import Selector
from igny8.actions.topic_memory import TopicMemory
from igny8.conditions import Condition, Operator
from igny8.rules.errors import Location, Problem, nearest
from igny8.rules.limits import Limits
from igny8.rules.locate import path_text
from igny8.rules.model import ACTION_LISTS, ACTION_MODELS, Action, Notification, Rule, RuleTest
from igny8.rules.overlap import Parallel
from igny8.rules.quiet import QuietHours
from igny8.rules.retries import Retries
from igny8.rules.values import JSON, kind, listed, plain

_TREE_LISTS: Final = {"conditions", "when", "where", "all", "any"}
_GROUPS: Final = ("all", "any", "not")
_COMPARISON: Final = tuple(Condition.model_fields)

_OPTION_WORDS: Final = {
    "operator": "an operator",
    "expect": "what a test can expect",
    "overlap": "a way to deal with runs that overlap",
}

_WANTED: Final = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of fields",
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
}


def problems_of(error: ValidationError, document: Mapping[str, JSON], limit: int) -> list[Problem]:
    """One problem for each thing that is wrong, up to a limit, in our path syntax and in plain words."""
    problems: dict[tuple[Location, str], Problem] = {}
    for details in error.errors(include_url=False)[:limit]:
        location, here = _locate(details["loc"], document)
        problem = _problem(details, location, here, document)
        if problem is not None:
            problems.setdefault((problem.location, problem.code), problem)
    return list(problems.values())


def problem_at(
    location: Location, code: str, message: str, value: object = None, suggestion: str | None = None
) -> Problem:
    """A problem of the document at a location."""
    return Problem(path_text(location), message, code, value=plain(value), suggestion=suggestion, location=location)


def _locate(loc: tuple[int | str, ...], document: Mapping[str, JSON]) -> tuple[Location, object]:
    """Take the names of union members out of pydantic's location, and find what stands there in the document."""
    parts: list[int | str] = []
    here: object = document
    tag_next = False
    for index, part in enumerate(loc):
        last = index == len(loc) - 1
        if _in_a_param(parts):
            # Own actions have models of their own: what stands nowhere in the document is the name of a union's member.
            if isinstance(part, str) and not _has(here, part) and not (last and isinstance(here, Mapping)):
                continue
        elif tag_next and not last:
            tag_next = False
            continue
        elif tag_next and part in _tags_of(parts):
            continue
        if isinstance(part, int) and not isinstance(here, list):
            # A condition that stands alone was put into a list before it was validated.
            tag_next = True
            continue
        parts.append(part)
        if isinstance(here, Mapping):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            here = None
        tag_next = _is_union(parts)
    return tuple(parts), here


def _in_a_param(parts: list[int | str]) -> bool:
    return len(parts) >= 4 and parts[2] == "params" and parts[-1] != "not"  # noqa: PLR2004 - actions[0].params.name


def _has(here: object, part: str) -> bool:
    return isinstance(here, Mapping) and part in here


def _is_union(parts: list[int | str]) -> bool:
    """Whether pydantic names a member of a union after these parts of a location."""
    if parts in (["schedule"], ["overlap"]):
        return True
    if len(parts) == 2 and parts[0] in ACTION_LISTS:  # noqa: PLR2004 - actions[0]
        return True
    if parts[-1] == "not":
        return True
    return isinstance(parts[-1], int) and len(parts) > 1 and parts[-2] in _TREE_LISTS


def _tags_of(parts: list[int | str]) -> set[str]:
    if parts == ["schedule"]:
        return {"one", "several"}
    if parts == ["overlap"]:
        return {"word", "number"}
    if len(parts) == 2 and parts[0] in ACTION_LISTS:  # noqa: PLR2004
        return set(ACTION_TYPES)
    return {"condition", *_GROUPS}


def _problem(  # noqa: C901, PLR0912 - one case per kind of error reads best in one place
    details: ErrorDetails, location: Location, here: object, document: Mapping[str, JSON]
) -> Problem | None:
    value = details["input"]
    context = details.get("ctx", {})
    name = str(location[-1]) if location else "the rule"
    match details["type"]:
        case "missing":
            return _missing(location, document)
        case "extra_forbidden":
            return _unknown_field(location, here, document)
        case "union_tag_not_found":
            if not isinstance(value, Mapping):
                return problem_at(location, "wrong_type", _not_a(value, "a mapping of fields"), value)
            return problem_at(
                (*location, "type"), "missing", f"The action has no type. Known are {listed(ACTION_TYPES)}."
            )
        case "union_tag_invalid":
            tag = context.get("tag")
            if broken := broken_action(str(tag)):
                return problem_at((*location, "type"), "broken_action", str(broken), tag)
            near = nearest(tag, ACTION_TYPES)
            known = "" if near else f" Known are {listed(ACTION_TYPES)}."
            return problem_at((*location, "type"), "unknown_action", f"'{tag}' is not an action.{known}", tag, near)
        case "literal_error" | "enum":
            return _not_an_option(location, value, str(context.get("expected", "")))
        case "string_pattern_mismatch":
            return _pattern(location, name, value, document)
        case "string_too_short" | "string_too_long" | "too_short" | "too_long":
            return _length(details, location, name, value)
        case "greater_than_equal":
            return problem_at(
                location, "out_of_range", f"{name} is at least {context.get('ge')}; {value} is less.", value
            )
        case "less_than_equal":
            return problem_at(
                location, "out_of_range", f"{name} is at most {context.get('le')}; {value} is more.", value
            )
        case wrong if wrong in _WANTED and (not location or isinstance(location[-1], int)):
            return problem_at(location, "wrong_type", _not_a(value, _WANTED[wrong]), value)
        case wrong if wrong in _WANTED:
            return problem_at(
                location, "wrong_type", f"{name} is {_WANTED[wrong]}, and {kind(value)} was given.", value
            )
    reason = details["msg"].removeprefix("Value error, ")
    return problem_at(location, "invalid", f"{name} cannot be used: {reason}.", value)


def _missing(location: Location, document: Mapping[str, JSON]) -> Problem | None:
    parent = _at(document, location[:-1])
    if _is_comparison(location[:-1]) and isinstance(parent, Mapping) and not set(parent) & set(_COMPARISON):
        # What is no comparison at all is said once, not once for each field that it lacks.
        near = next((found for key in parent if (found := nearest(key, _GROUPS))), None)
        message = "This is neither a comparison (field, operator and value) nor a group (all, any or not)."
        return problem_at(location[:-1], "bad_condition", message, parent, near)
    return problem_at(location, "missing", f"{_owner(location[:-1], document)} needs the field '{location[-1]}'.")


def _unknown_field(location: Location, here: object, document: Mapping[str, JSON]) -> Problem | None:
    parent = _at(document, location[:-1])
    known = _known_fields(location[:-1], document)
    if _is_comparison(location[:-1]) and isinstance(parent, Mapping) and not set(parent) & set(known):
        return None
    near = nearest(location[-1], known)
    hint = "" if near or not known else f" It has {listed(known)}."
    message = f"{_owner(location[:-1], document)} has no field '{location[-1]}'.{hint}"
    return problem_at(location, "unknown_field", message, here, near)


def _not_an_option(location: Location, value: object, expected: str) -> Problem:
    options = [option.strip("'") for option in expected.replace(" or ", ", ").split(", ")]
    name = str(location[-1])
    what = _OPTION_WORDS.get(name) or f"a {name.replace('_', ' ')}"
    if location[0] == "notify":
        what = "an occasion to notify anybody of"
    if location[0] == "quiet_hours":
        what = "a day of the week"
    shown = f"'{value}'" if isinstance(value, str) else kind(value)
    code = "unknown_operator" if location[-1] == "operator" else "not_an_option"
    if location[-1] == "operator":
        options = [operator.value for operator in Operator]
    more = " Or give a number: {parallel: 3}." if location == ("overlap",) else ""
    message = f"{shown[0].upper()}{shown[1:]} is not {what}. It is one of {listed(options)}.{more}"
    return problem_at(location, code, message, value, nearest(value, options))


def _pattern(  # noqa: C901 - as above
    location: Location, name: str, value: object, document: Mapping[str, JSON]
) -> Problem | None:
    if _is_item_param(location, document) and name not in {"order_by", "field"}:
        if isinstance(value, str) and "{{" in value:
            return None  # said with more insight where references are checked
        message = (
            f"{name} is a list of ids, one id, a selector (where, order_by, limit) or a reference such as "
            f"'{{{{ actions.<id>.<output> }}}}'; '{value}' is none of them."
        )
        return problem_at(location, "wrong_type", message, value)
    if location in {("id",), ("account",), ("site",)}:
        message = (
            f"'{value}' cannot be the {name}: it is made of 1 to 80 small letters, digits and hyphens (my-{name}-1)."
        )
        return problem_at(location, "bad_id", message, value, _slug(value))
    if location[0] in ACTION_LISTS and name == "id":
        message = (
            f"'{value}' cannot be an action's id: it is made of small letters, digits and _ and begins with a letter."
        )
        return problem_at(location, "bad_id", message, value, _slug(value, "_"))
    if name == "name":
        return problem_at(location, "bad_name", "The name is one line of text and not empty.", value)
    if name == "event":
        message = f"'{value}' is not a type of event; these look like keywords.imported."
        return problem_at(location, "bad_event", message, value)
    if location[0] in {"quiet_hours", "excluded_dates"}:
        return _time_pattern(location, name, value)
    if location[0] == "notify":
        message = f"'{value}' is not an address that can be notified; these begin with https:// or http://."
        return problem_at(location, "bad_url", message, value)
    if len(location) > 3 and location[2] == "params" and not _is_item_param(location, document):  # noqa: PLR2004
        if name == "url":
            message = f"'{value}' is not an address; these begin with https:// or http://."
            return problem_at(location, "bad_url", message, value)
        return problem_at(location, "invalid", f"'{value}' cannot be {name}: it does not look like one.", value)
    if name == "order_by":
        message = f"'{value}' is not a field to sort by, with a minus sign in front for the largest first."
        return problem_at(location, "bad_order", message, value)
    message = f"'{value}' is not a dotted path such as keywords.new or event.items.0.title."
    return problem_at(location, "bad_field", message, value)


def _time_pattern(location: Location, name: str, value: object) -> Problem:
    if location[0] == "quiet_hours":
        latest = "24:00" if name == "to" else "23:59"
        message = f"'{value}' is no time of day; these are written as HH:MM, from 00:00 to {latest}."
        return problem_at(location, "bad_time", message, value)
    message = f"'{value}' is no date. Write one as 2026-12-25, or as 12-25 for every year."
    return problem_at(location, "bad_date", message, value)


def _is_item_param(location: Location, document: Mapping[str, JSON]) -> bool:
    """Whether a location is in a param that names items; of a type that is not known, every param may be one."""
    if len(location) < 4 or location[2] != "params":  # noqa: PLR2004
        return False
    kind_name = _at(document, (*location[:2], "type"))
    kind = ACTION_TYPES.get(kind_name) if isinstance(kind_name, str) else None
    # Those of the engine take ids, or a reference to one.
    return kind is None or kind.run is None or location[3] in kind.params.item_inputs()


def _length(details: ErrorDetails, location: Location, name: str, value: object) -> Problem:
    context = details.get("ctx", {})
    unit = "characters" if details["type"].startswith("string") else "entries"
    if "min_length" in context:
        minimum = context["min_length"]
        text = f"{name} must not be empty." if minimum == 1 else f"{name} has at least {minimum} {unit}."
        return problem_at(location, "too_short", text, value)
    size = len(value) if isinstance(value, str | list) else 0
    # The text itself would make a message that nobody can read.
    return problem_at(location, "too_long", f"{name} has at most {context.get('max_length')} {unit}; it has {size}.")


def _not_a(value: object, wanted: str) -> str:
    return f"This should be {wanted}, and is {kind(value)}."


def _slug(value: object, joint: str = "-") -> str | None:
    if not isinstance(value, str):
        return None
    parts = "".join(c if c.isascii() and c.isalnum() else " " for c in value.lower()).split()
    made = joint.join(parts)[:80]
    if joint == "_":
        made = made.lstrip("0123456789_")
    return made if made and made != value else None


def _at(document: object, location: Location) -> object:
    here = document
    for part in location:
        if isinstance(here, Mapping):
            here = here.get(part)
        elif isinstance(here, list) and isinstance(part, int) and part < len(here):
            here = here[part]
        else:
            return None
    return here


def _is_comparison(location: Location) -> bool:
    if not location:
        return False
    if isinstance(location[-1], int):
        return len(location) > 1 and location[-2] in _TREE_LISTS
    return location[-1] == "not" or location[-1] in {"conditions", "when"}


_PARTS: Final[dict[str, tuple[str, type[BaseModel], int]]] = {
    "limits": ("What the limits say", Limits, 1),
    "overlap": ("An overlap", Parallel, 1),
    "topic_memory": ("The topic memory", TopicMemory, 1),
    "tests": ("A test", RuleTest, 2),
    "notify": ("A notification", Notification, 2),
    "quiet_hours": ("A stretch of quiet hours", QuietHours, 2),
}
"""The fields of a rule that have fields themselves: what they are called, their model, and how deep it stands."""


def _model_at(location: Location, document: Mapping[str, JSON]) -> type[BaseModel] | None:
    if not location:
        return Rule
    if location[0] in _PARTS:
        model, where = _PARTS[str(location[0])][1:]
        return model if len(location) == where else None
    if location[0] not in ACTION_LISTS or len(location) < 2:  # noqa: PLR2004
        return None
    kind_name = _at(document, (*location[:2], "type"))
    action = ACTION_MODELS.get(kind_name, Action) if isinstance(kind_name, str) else Action
    match location[2:]:
        case ():
            return action
        case ("params",):
            return ACTION_TYPES[kind_name].params if isinstance(kind_name, str) and kind_name in ACTION_TYPES else None
        case ("params", name):
            return _param_model(kind_name, str(name))
        case ("retries",):
            return Retries
    return None


def _param_model(kind_name: object, name: str) -> type[BaseModel] | None:
    """The model of a param that is a mapping of fields: a selector, or a model of its own."""
    kind = ACTION_TYPES.get(kind_name) if isinstance(kind_name, str) else None
    if kind is None or name in kind.params.item_inputs():
        return Selector
    field = kind.params.model_fields.get(name)
    options = get_args(field.annotation) or (field.annotation,) if field else ()
    return next((each for each in options if isinstance(each, type) and issubclass(each, BaseModel)), None)


def _known_fields(location: Location, document: Mapping[str, JSON]) -> list[str]:
    if _is_comparison(location):
        shape = _at(document, location)
        group = next((name for name in _GROUPS if isinstance(shape, Mapping) and name in shape), None)
        return [group] if group else [*_COMPARISON, *_GROUPS]
    model = _model_at(location, document)
    return [field.alias or name for name, field in model.model_fields.items()] if model else []


def _owner(location: Location, document: Mapping[str, JSON]) -> str:
    """What a field belongs to, as the subject of a sentence."""
    if not location:
        return "A rule"
    if _is_comparison(location):
        return "A condition"
    if location[0] in _PARTS:
        return _PARTS[str(location[0])][0]
    kind_name = _at(document, (*location[:2], "type"))
    match location[2:]:
        case ():
            return "An action"
        case ("retries",):
            return "An action's retries"
        case ("params",):
            return f"The action {kind_name}"
        case ("params", name) if kind_name not in ACTION_TYPES or _param_model(kind_name, str(name)) is Selector:
            return "A selector"
    return f"{location[-1]}"

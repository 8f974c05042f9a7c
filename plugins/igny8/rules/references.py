"""What the params of a rule's actions point at: references, selectors, and what supplies a param that is left out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from igny8.actions import Output
from igny8.actions.base import OutputType
from igny8.actions.items import COLLECTIONS
from igny8.actions.params import Items, reference_path
from igny8.rules.errors import Location, Problem, nearest
from igny8.rules.failing import FAILURE, failure_reference_problem
from igny8.rules.graph import Graph, Step
from igny8.rules.predicates import (
    ANYTHING,
    LIST,
    NUMBER,
    Known,
    condition_problems,
    find_fact,
    find_item_field,
    item_fields,
)
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON, listed

_WORDS: Final[dict[OutputType, str]] = {
    "list": "a list",
    "integer": "a number",
    "number": "a number",
    "text": "a text",
    "boolean": "true or false",
    "anything": "a value",
}

COUNT = "count"
"""Besides its outputs, a ``when`` may ask an action for this: how many items it has done."""


def params_problems(step: Step, graph: Graph) -> Iterator[Problem]:
    """Everything in an action's params that points nowhere, does not fit, or is supplied by nothing."""
    inputs = step.kind.params.item_inputs() if step.kind else {}
    for name, value in step.params.items():
        here = (*step.location, "params", name)
        yield from _reference_problems(value, here, step, graph, inputs.get(name))
        if name in inputs and isinstance(value, dict):
            yield from _selector_problems(value, here, inputs[name])
    for name, items in inputs.items():
        if step.params.get(name) is None and not suppliers(step, items, graph) and not graph.doubtful(step):
            collection = items.collection.value
            message = (
                f"Nothing supplies {name}: no action before this one puts out {_either(items.supplied_by)}. "
                f"Give ids, a selector such as {{where: [...], limit: 10}}, or a reference to {collection}."
            )
            yield problem_at((*step.location, "params", name), "nothing_supplies", message)


def when_problems(step: Step, graph: Graph) -> Iterator[Problem]:
    """Everything in an action's ``when`` that points nowhere or cannot be compared."""

    def find(field: str, location: Location) -> Known | Problem | None:
        root, _, path = field.partition(".")
        if root == "actions" and path:
            return _find_output(field, path.split("."), location, step, graph)
        known = find_fact(field, location)
        if isinstance(known, Problem) and known.suggestion is None and (near := nearest(root, ["actions", "event"])):
            message = f"There is no '{field}' to look at. A when looks at facts, event.<field>, actions.<id>.<output>."
            suggestion = f"{near}.{path}" if path else None
            return problem_at(location, "unknown_fact", message, field, suggestion)
        return known

    yield from condition_problems(step.when, (*step.location, "when"), find)


def suppliers(step: Step, items: Items, graph: Graph) -> list[tuple[Step, str]]:
    """The actions whose output can stand in for a param that is left out, the nearest first.

    An action that may be skipped is followed by the next one that could supply the param, until one is found that
    always runs, or both branches of a choice have been named.
    """
    found: list[tuple[Step, str]] = []
    for earlier in graph.before(step):
        output = next((name for name in items.supplied_by if earlier.kind and earlier.kind.output(name)), None)
        if output is None:
            continue
        found.append((earlier, output))
        named = {candidate.id for candidate, _ in found}
        both = any(candidate.else_of in named for candidate, _ in found)
        if not earlier.skippable or both:
            break
    return found


def _reference_problems(
    value: JSON, location: Location, step: Step, graph: Graph, items: Items | None
) -> Iterator[Problem]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _reference_problems(item, (*location, index), step, graph, None)
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _reference_problems(item, (*location, name), step, graph, None)
    elif isinstance(value, str) and "{{" in value:
        yield from _text_problems(value, location, step, graph, items)


def _text_problems(value: str, location: Location, step: Step, graph: Graph, items: Items | None) -> Iterator[Problem]:
    path = reference_path(value)
    if path is None:
        message = (
            f"'{value}' is not a reference. A reference is the whole value: "
            "'{{ actions.<id>.<output> }}' or '{{ event.<field> }}'."
        )
        yield problem_at(location, "bad_reference", message, value)
        return
    root, *rest = path.split(".")
    if root == "event" and rest:
        return
    if root == FAILURE:
        if problem := failure_reference_problem(value, rest, location, step):
            yield problem
        return
    if root != "actions" or not rest:
        near = nearest(root, ["actions", "event"]) if root not in {"actions", "event"} else None
        message = f"'{value}' points nowhere: references begin with actions.<id>.<output> or event.<field>."
        suggestion = _written(".".join([near, *rest])) if near and rest else None
        yield problem_at(location, "bad_reference", message, value, suggestion)
        return
    target = _target(value, rest, location, step, graph)
    if isinstance(target, Problem):
        yield target
    elif target is not None and len(location) == 4 and not _takes_anything(step, location):  # noqa: PLR2004 - actions[0].params.name: in a selector any fits
        yield from _misfit(value, graph.named(rest[0]), target, location, items)


def _takes_anything(step: Step, location: Location) -> bool:
    return step.kind is not None and location[-1] in step.kind.params.takes_anything()


def _target(  # noqa: C901 - one thing after the other that a path can point past
    value: str, rest: list[str], location: Location, step: Step, graph: Graph, *, counted: bool = False
) -> Output | Problem | None:
    """The output that ``actions.<rest>`` points at; a problem, or ``None`` where too much else is wrong to tell."""
    action_id, *path = rest
    written = _written if not counted else lambda path: path
    earlier = graph.named(action_id)
    if earlier is None:
        before = [other.id for other in graph.before(step)] or [other.id for other in graph.steps if other is not step]
        near = nearest(action_id, before)
        suggestion = written(".".join(["actions", near, *path])) if near else None
        message = f"'{value}' points nowhere: there is no action '{action_id}' in this rule."
        return problem_at(location, "unknown_action_id", message, value, suggestion)
    if earlier is step:
        message = f"'{value}' points at the action itself; only what runs before it can be used."
        return problem_at(location, "runs_later", message, value)
    if not graph.runs_before(earlier, step):
        if graph.doubtful(step):
            return None
        message = (
            f"'{value}' points at an action that does not run before '{step.id}'. Name it in needs, or move it up."
        )
        return problem_at(location, "runs_later", message, value)
    if earlier.kind is None:
        return None
    names = [output.name for output in earlier.kind.outputs]
    if counted:
        names.append(COUNT)
    if not path:
        message = f"'{value}' does not say which output of '{action_id}' it means. It puts out {listed(names)}."
        suggestion = written(f"actions.{action_id}.{names[0]}") if len(names) == 1 else None
        return problem_at(location, "unknown_output", message, value, suggestion)
    if path[0] not in names:
        near = nearest(path[0], names)
        suggestion = written(".".join(["actions", action_id, near, *path[1:]])) if near else None
        message = f"'{value}' points nowhere: '{action_id}' has no output '{path[0]}'. It puts out {listed(names)}."
        return problem_at(location, "unknown_output", message, value, suggestion)
    output = earlier.kind.output(path[0])
    if output is not None and output.type == "anything":
        return output
    if output is not None and output.type != "list" and len(path) > 1:
        message = f"'{value}' goes on after the output '{path[0]}', which is {_WORDS[output.type]}."
        return problem_at(location, "unknown_output", message, value)
    if len(path) > 2 or (len(path) == 2 and (path[0] == COUNT or not path[1].isdigit())):  # noqa: PLR2004
        message = (
            f"'{value}' goes on after the output '{path[0]}', which is a list; only a position such as .0 can follow."
        )
        return problem_at(location, "unknown_output", message, value)
    return output


def _misfit(
    value: str, earlier: Step | None, output: Output, location: Location, items: Items | None
) -> Iterator[Problem]:
    name = location[-1]
    if items is None:
        message = f"'{value}' is {_what(output)}, which {name} does not take."
        yield problem_at(location, "wrong_reference", message, value)
    elif output.type != "anything" and output.collection is not items.collection:
        message = f"{name} takes {items.collection.value}, and '{value}' is {_what(output)}."
        outputs = earlier.kind.outputs if earlier and earlier.kind else ()
        fitting = [other.name for other in outputs if other.collection is items.collection]
        suggestion = _written(f"actions.{earlier.id}.{fitting[0]}") if earlier and fitting else None
        yield problem_at(location, "wrong_reference", message, value, suggestion)


def _find_output(field: str, path: list[str], location: Location, step: Step, graph: Graph) -> Known | Problem | None:
    target = _target(field, path, location, step, graph, counted=True)
    if isinstance(target, Problem):
        return target
    if target is None:
        return NUMBER if path[1:] == [COUNT] else None
    if len(path) > 2:  # noqa: PLR2004 - a position in the list follows, or a place in a value
        return ANYTHING
    return {"list": LIST, "anything": ANYTHING}.get(target.type) or Known(target.type)


def _selector_problems(selector: dict[str, JSON], location: Location, items: Items) -> Iterator[Problem]:
    find = find_item_field(items.collection)
    yield from condition_problems(selector.get("where"), (*location, "where"), find, references=True)
    order_by = selector.get("order_by")
    if isinstance(order_by, str) and order_by:
        name = order_by.removeprefix("-")
        fields = item_fields(items.collection)
        if name not in fields:
            near = nearest(name, fields)
            hint = "" if near else f" They have {listed(fields)}."
            plural = items.collection.value.capitalize()
            message = f"{plural} cannot be sorted by '{name}', which they do not have.{hint}"
            suggestion = f"{'-' if order_by.startswith('-') else ''}{near}" if near else None
            yield problem_at((*location, "order_by"), "unknown_item_field", message, order_by, suggestion)


def _what(output: Output) -> str:
    if output.type != "list":
        return _WORDS[output.type]
    if output.collection is None:
        return f"a list of {output.name.replace('_', ' ')}"
    return f"a list of {COLLECTIONS[output.collection].singular} ids"


def _written(path: str) -> str:
    return f"{{{{ {path} }}}}"


def _either(names: tuple[str, ...]) -> str:
    return " or ".join(names)

"""What a rule does when an action of it has failed: its ``on_failure``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from igny8.actions import ACTION_TYPES
from igny8.rules.errors import Location, Problem, nearest
from igny8.rules.graph import Graph, Step, read_steps
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON, listed

ON_FAILURE: Final = "on_failure"
FAILURE: Final = "failure"
"""What actions on failure refer to: ``{{ failure.text }}``."""
FAILURE_FIELDS: Final = ("text", "action", "error", "rule", "run_id", "account", "site")
"""What there is to refer to below it."""

_IN_ORDER: Final = ("needs", "when", "else_of")


def failure_graph(document: Mapping[str, JSON]) -> Graph:
    """The actions on failure, each after the one above it."""
    return Graph(read_steps(document, ON_FAILURE))


def failure_problems(graph: Graph) -> Iterator[Problem]:
    """Everything in the actions on failure that has no place there."""
    for step in graph.steps:
        for field, there in zip(_IN_ORDER, (step.needs is not None, bool(step.when), bool(step.else_of)), strict=True):
            if there:
                message = f"An action on failure has no {field}: these run one after the other when something failed."
                yield problem_at((*step.location, field), "does_not_belong", message)
        if step.kind is not None and step.kind.run is None:
            fitting = listed([name for name, kind in ACTION_TYPES.items() if kind.run is not None])
            message = (
                f"'{step.kind.name}' is done by the content engine, which may be what failed. On failure there can be "
                f"{fitting}."
            )
            yield problem_at((*step.location, "type"), "does_not_belong", message, step.kind.name)


def shared_id_problems(actions: Graph, failing: Graph) -> Iterator[Problem]:
    """The actions on failure that bear the id of another action of the rule."""
    for step in failing.steps:
        if (other := actions.named(step.id)) is not None:
            message = f"The id '{step.id}' is that of actions[{other.index}] already; every action has its own."
            yield problem_at((*step.location, "id"), "duplicate_id", message, step.id)


def failure_reference_problem(value: str, rest: list[str], location: Location, step: Step) -> Problem | None:
    """What is wrong with a reference to the failure."""
    if step.root != ON_FAILURE:
        message = f"'{value}' can only be used in on_failure: before, nothing has failed."
        return problem_at(location, "bad_reference", message, value)
    if len(rest) != 1 or rest[0] not in FAILURE_FIELDS:
        near = nearest(rest[0], FAILURE_FIELDS) if rest else None
        message = f"'{value}' points nowhere: of a failure there is {listed(FAILURE_FIELDS)}."
        return problem_at(location, "bad_reference", message, value, f"{{{{ {FAILURE}.{near} }}}}" if near else None)
    return None

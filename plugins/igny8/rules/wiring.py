"""From a rule as it is written to what each of its actions is given and waits for."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import JsonValue

from igny8.actions.topic_memory import FIELD as TOPIC_MEMORY
from igny8.conditions import AllOf, ConditionTree, NotOf
from igny8.rules.errors import RuleInvalidError
from igny8.rules.failing import ON_FAILURE
from igny8.rules.graph import Graph, Step, read_steps
from igny8.rules.model import Action, Rule
from igny8.rules.references import params_problems, suppliers
from igny8.rules.resolve import reference_to
from igny8.rules.retries import Retries


@dataclass(frozen=True, slots=True)
class WiredAction:
    """An action with everything spelled out that its rule leaves to be understood."""

    id: str
    type: str
    params: dict[str, JsonValue]
    """The params as they were written, with a reference in each one that names items and was left out.

    The reference is to the nearest earlier action that puts such items out. Where that action may be skipped, the
    reference lists the next one too: ``{{ actions.polish.content_ids or actions.write.content_ids }}``.
    """
    upstream: tuple[str, ...]
    """The ids of the actions that must be over first.

    What it needs, and after an action that may be skipped also what that one waits for: the skipping of an action
    never skips what follows it.
    """
    when: tuple[ConditionTree, ...]
    """The conditions that must all hold, otherwise the action is skipped; for an ``else_of`` the opposite of its
    counterpart's."""
    retries: Retries | None = None
    """How often it is tried again; ``None`` where the rule doesn't say."""


def wire(rule: Rule) -> tuple[WiredAction, ...]:
    """Spell out what each action of a rule is given and waits for, every action after all that it waits for.

    Raises:
        RuleInvalidError: when the rule did not pass :func:`igny8.rules.check_rule` and cannot be wired.
    """
    document = rule.document()
    graph = Graph(read_steps(document))
    problems = [*graph.problems, *(problem for step in graph.steps for problem in params_problems(step, graph))]
    if problems:
        raise RuleInvalidError(problems, rule.id)
    return tuple(_wired(rule.actions[index], graph.steps[index], graph, rule) for index in graph.order)


def wire_failure(rule: Rule) -> tuple[WiredAction, ...]:
    """Spell out what a rule's actions on failure are given; each waits for the one before it."""
    wired: list[WiredAction] = []
    for action, step in zip(rule.on_failure, read_steps(rule.document(), ON_FAILURE), strict=True):
        params: dict[str, JsonValue] = {name: value for name, value in step.params.items() if value is not None}
        upstream = (wired[-1].id,) if wired else ()
        wired.append(WiredAction(action.id, action.type, params, upstream, (), action.retries))
    return tuple(wired)


def _wired(action: Action, step: Step, graph: Graph, rule: Rule) -> WiredAction:
    params: dict[str, JsonValue] = {name: value for name, value in step.params.items() if value is not None}
    for name, items in type(action.params).item_inputs().items():
        if name not in params:
            params[name] = reference_to(
                *(f"actions.{earlier.id}.{output}" for earlier, output in suppliers(step, items, graph))
            )
    if rule.topic_memory is not None and TOPIC_MEMORY in type(action.params).model_fields:
        params.setdefault(TOPIC_MEMORY, rule.topic_memory.model_dump(mode="json"))
    return WiredAction(
        id=action.id,
        type=action.type,
        params=params,
        upstream=tuple(earlier.id for earlier in graph.upstream(step)),
        when=_when(action, rule),
        retries=action.retries,
    )


def _when(action: Action, rule: Rule) -> tuple[ConditionTree, ...]:
    if action.else_of is None:
        return tuple(action.when or ())
    return (NotOf(not_=AllOf(all=list(rule.action(action.else_of).when or ()))),)

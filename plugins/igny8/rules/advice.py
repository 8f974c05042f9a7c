"""What is allowed in a rule and yet cannot be meant: conditions that never hold, actions that are never reached."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from pydantic import JsonValue

from igny8.actions import ACTION_TYPES, ActionType
from igny8.actions.items import Collection as ItemCollection
from igny8.actions.params import Selector
from igny8.actions.topic_memory import FIELD
from igny8.conditions import AllOf, AnyOf, Condition, ConditionTree, NotOf, fields
from igny8.rules.aloud.conditions import Clause, condition_words, item_clause, tree_words
from igny8.rules.aloud.values import several
from igny8.rules.errors import Location, Problem
from igny8.rules.holds import Effort, Subject, Subjects, can_fail, can_hold, core
from igny8.rules.limits_advice import limit_warnings
from igny8.rules.model import Action, Rule
from igny8.rules.predicates import item_fields
from igny8.rules.quiet_problems import quiet_warnings
from igny8.rules.references import COUNT
from igny8.rules.resolve import references
from igny8.rules.structure import problem_at
from igny8.rules.wiring import WiredAction, wire, wire_failure

_Tell: TypeAlias = Callable[[ConditionTree], str]

_FACT: Final = Subject("integer", least=0, may_miss=False, may_be_null=False)
_COUNT: Final = Subject("integer", least=0, may_be_null=False)
_OUTPUT: Final = Subject("list", may_be_null=False)
_ANYTHING: Final = Subject("anything")
_MISSING: Final = Subject("anything", may_be_there=False)
_ALWAYS_SET: Final = frozenset({"id", "status", "created_at"})
"""The fields that every item has."""


def warnings(rule: Rule) -> list[Problem]:
    """Everything in a usable rule that cannot be meant so, in the order of its parts.

    ``never_holds``: a condition, or several together, that no values fulfil. ``never_acts``: so the whole rule does
    nothing. ``never_runs``: an action that is always skipped. ``never_supplied``: what it takes comes only from such
    actions. ``no_event``: it needs something of an event, and what starts the rule brings none. ``never_starts``: its
    times are all quiet, see :func:`igny8.rules.quiet_problems.quiet_warnings`. ``no_effect``: nothing in the rule heeds
    what it says. What there is about limits besides, :func:`igny8.rules.limits_advice.limit_warnings` says.

    Raises:
        RuleInvalidError: when the rule did not pass :func:`igny8.rules.check_rule`.
    """
    return [*_Advice(rule).all(), *limit_warnings(rule)]


@dataclass(frozen=True, slots=True)
class _Check:
    """One list of conditions to be looked at."""

    conditions: Sequence[ConditionTree]
    location: Location
    subjects: Subjects
    tell: _Tell
    effort: Effort

    @property
    def never_holds(self) -> bool:
        return not can_hold(self.conditions, self.subjects, self.effort)

    @property
    def always_holds(self) -> bool:
        return not can_fail(self.conditions, self.subjects, self.effort)

    def problems(self) -> Iterator[Problem]:
        """Every part of the conditions that never holds, the smallest ones."""
        dead = False
        for index, tree in enumerate(self.conditions):
            alone = replace(self, conditions=[tree], location=(*self.location, index))
            dead = dead or alone.never_holds
            yield from alone.within(tree)
        if not dead and self.never_holds:
            told = "; ".join(self.tell(tree) for tree in core(self.conditions, self.subjects, self.effort))
            yield problem_at(self.location, "never_holds", f"These conditions never hold together: {told}.")

    def within(self, tree: ConditionTree) -> Iterator[Problem]:
        """Every part of one condition that never holds; where it stands is the check's own place."""
        match tree:
            case AnyOf(any=[]):
                message = "An empty any never holds. Put conditions into it, or take it out."
                yield problem_at(self.location, "never_holds", message)
            case AllOf():
                yield from replace(self, conditions=tree.all, location=(*self.location, "all")).problems()
            case AnyOf():
                for index, child in enumerate(tree.any):
                    branch = replace(self, conditions=[child], location=(*self.location, "any", index))
                    yield from branch.within(child)
            case NotOf():
                inner = replace(self, conditions=[tree.not_], location=(*self.location, "not"))
                yield from inner.within(tree.not_)
                if inner.always_holds:
                    message = "This never holds, because what it negates always does."
                    yield problem_at(self.location, "never_holds", message)
            case Condition() if self.never_holds:
                yield problem_at(self.location, "never_holds", f"This never holds: {self.tell(tree)}.", tree.value)


class _Advice:
    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        self._wired = {action.id: action for action in wire(rule)}
        self._kinds = {action.id: ACTION_TYPES[action.type] for action in rule.actions}
        self._effort = Effort()
        self._never: set[str] = set()
        self._eventless = self._brings_no_event()

    def all(self) -> Iterator[Problem]:
        rule = self._rule
        yield from quiet_warnings(rule)
        if rule.conditions:
            check = self._check(rule.conditions, ("conditions",))
            yield from check.problems()
            if check.never_holds:
                message = "The conditions never hold, so the rule never does anything."
                yield problem_at(("conditions",), "never_acts", message)
            else:
                yield from self._no_event(check)
        self._find_never()
        for index, action in enumerate(rule.actions):
            yield from self._of_action(action, ("actions", index), self._wired[action.id])
        for index, wired in enumerate(wire_failure(rule)):
            here = ("on_failure", index)
            for name, value in wired.params.items():
                yield from self._of_references(rule.on_failure[index], name, (*here, "params", name), value)
        if rule.topic_memory and not any(FIELD in type(action.params).model_fields for action in rule.actions):
            message = "No action of this rule finds ideas or writes articles, so its topic memory does nothing."
            yield problem_at((FIELD,), "no_effect", message)

    def _of_action(self, action: Action, location: Location, wired: WiredAction) -> Iterator[Problem]:
        if action.when:
            check = self._check(action.when, (*location, "when"))
            yield from check.problems()
            if action.id not in self._never:
                yield from self._no_event(check)
        if action.id in self._never:
            reason = (
                f"'{action.else_of}', whose other branch it is, is never skipped"
                if action.else_of
                else "its when never holds"
            )
            yield problem_at(location, "never_runs", f"The action '{action.id}' never runs: {reason}.", action.id)
            return
        for name in type(action.params).model_fields:
            here = (*location, "params", name)
            if isinstance(selector := getattr(action.params, name), Selector):
                items = type(action.params).item_inputs()[name]
                yield from self._of_selector(selector, here, items.collection)
            yield from self._of_references(action, name, here, wired.params.get(name))

    def _of_selector(self, selector: Selector, location: Location, collection: ItemCollection) -> Iterator[Problem]:
        if references([tree.model_dump(mode="json") for tree in selector.where]):
            return
        known = item_fields(collection)
        clause: Clause = item_clause(collection)

        def subjects(field: str) -> Subject:
            found = known[field]
            return Subject(found.type, found.options, may_miss=False, may_be_null=field not in _ALWAYS_SET)

        yield from _Check(
            selector.where, (*location, "where"), subjects, lambda tree: tree_words(tree, clause), self._effort
        ).problems()

    def _of_references(self, action: Action, name: str, location: Location, value: JsonValue) -> Iterator[Problem]:
        named = references(value)
        suppliers = {path.split(".")[1] for path in named if path.startswith("actions.")}
        if suppliers and suppliers <= self._never:
            verb = "never runs" if len(suppliers) == 1 else "never run"
            message = f"'{action.id}' takes {name} from {several(sorted(suppliers))}, which {verb}."
            yield problem_at(location, "never_supplied", message)
        if self._eventless and any(path.startswith("event.") for path in named):
            message = f"{self._eventless} brings no event, so '{action.id}' fails unless it is run by hand with one."
            yield problem_at(location, "no_event", message, value)

    def _find_never(self) -> None:
        """Note the actions that never run, each after those that it may look at."""
        for wired in self._wired.values():
            action = self._rule.action(wired.id)
            if action.when and self._check(action.when, ()).never_holds:
                self._never.add(action.id)
            elif action.else_of is not None:
                other = self._rule.action(action.else_of)
                if self._check(other.when or [], ()).always_holds:
                    self._never.add(action.id)

    def _no_event(self, check: _Check) -> Iterator[Problem]:
        if not self._eventless or not any(field.startswith("event.") for field in fields(check.conditions)):
            return
        without = replace(check, subjects=_without_event(check.subjects))
        if not check.never_holds and without.never_holds:
            message = f"{self._eventless} brings no event, so these only hold when the rule is run by hand with one."
            yield problem_at(check.location, "no_event", message)

    def _check(self, conditions: Sequence[ConditionTree], location: Location) -> _Check:
        return _Check(conditions, location, _subjects(self._never, self._kinds), condition_words, self._effort)

    def _brings_no_event(self) -> str | None:
        if self._rule.trigger == "schedule":
            return "The schedule"
        if self._rule.trigger == "event" and self._rule.event is None:
            return "The update of an asset"
        return None


def _output(kind: ActionType | None, path: Sequence[str]) -> Subject:
    output = kind.output(path[0]) if kind is not None and len(path) == 1 else None
    if output is None or output.type == "anything":
        return _ANYTHING  # a position in a list, or a place in a value, follows
    return _OUTPUT if output.type == "list" else Subject(output.type)


def _subjects(never: Collection[str], kinds: Mapping[str, ActionType]) -> Subjects:
    def find(field: str) -> Subject:
        root, *path = field.split(".")
        match root:
            case "event":
                return _ANYTHING
            case "actions":
                if path[0] in never:
                    return _MISSING
                if path[1:] == [COUNT]:
                    return _COUNT
                return _output(kinds.get(path[0]), path[1:])
        return _FACT

    return find


def _without_event(subjects: Subjects) -> Subjects:
    return lambda field: _MISSING if field.startswith("event.") else subjects(field)

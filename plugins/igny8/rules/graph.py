"""Which action of a rule waits for which.

An action without ``needs`` waits for the one just above it; where that one is an ``else_of``, it waits for both
branches. ``needs: []`` starts at once. An ``else_of`` waits for what the action waits for whose other branch it is.

An action that follows one with a ``when`` (or an ``else_of``) also waits for what that one waits for. So the skipping
of an action never skips what comes after it: there is always another way to get there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from igny8.actions import ACTION_TYPES, ActionType
from igny8.rules.errors import Location, Problem, nearest
from igny8.rules.model import ACTION_LISTS, MAX_ACTIONS, RESERVED_ACTION_IDS, assign_ids
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON


@dataclass(frozen=True, slots=True)
class Step:
    """An action as far as it can be read: also of a rule of which other parts are wrong."""

    index: int
    id: str
    kind: ActionType | None
    """Its type; ``None`` when there is no such type, or its params are none at all."""
    params: Mapping[str, JSON]
    needs: tuple[str, ...] | None
    when: JSON
    else_of: str | None
    root: str = "actions"
    """The field of the rule that it stands in."""

    @property
    def location(self) -> Location:
        """Where it stands in the rule's document."""
        return (self.root, self.index)

    @property
    def skippable(self) -> bool:
        """Whether it may be skipped while the rule goes on."""
        return bool(self.when) or self.else_of is not None


def read_steps(document: Mapping[str, JSON], root: str = "actions") -> list[Step]:
    """The actions of a document, whatever of them can be read; what is no action at all has no type and no params.

    Args:
        document: The rule's document.
        root: The field that they stand in.
    """
    if not isinstance(document.get(root), list):
        return []
    named: list[tuple[str, tuple[str | None, str], Mapping[str, JSON]]] = []
    for name in ACTION_LISTS:
        actions = document.get(name)
        for each in actions[:MAX_ACTIONS] if isinstance(actions, list) else []:
            known = each if isinstance(each, dict) else {}
            named.append((name, (_text(known.get("id")), _text(known.get("type")) or ""), known))
    given = assign_ids([own for _, own, _ in named])
    here = [
        (action_id, kind, action)
        for action_id, (name, (_, kind), action) in zip(given, named, strict=True)
        if name == root
    ]
    steps: list[Step] = []
    for index, (action_id, kind, action) in enumerate(here):
        params, needs = action.get("params"), action.get("needs")
        steps.append(
            Step(
                index=index,
                id=action_id,
                kind=ACTION_TYPES.get(kind) if params is None or isinstance(params, dict) else None,
                params=params if isinstance(params, dict) else {},
                needs=tuple(need for need in needs if isinstance(need, str)) if isinstance(needs, list) else None,
                when=action.get("when"),
                else_of=_text(action.get("else_of")),
                root=root,
            )
        )
    return steps


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


class Graph:
    """The order of a rule's actions. Edges that cannot be are reported in ``problems`` and left out."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.steps = tuple(steps)
        self.problems: list[Problem] = []
        self._by_id: dict[str, int] = {}
        self._doubtful: set[int] = set()
        self._index_ids()
        self._edges = [self._edges_of(step) for step in steps]
        self.order = self._sorted()
        """The actions' indexes, each after all that it waits for, otherwise as written."""
        self._upstream: dict[int, tuple[int, ...]] = {}
        self._ancestors: dict[int, frozenset[int]] = {}
        for index in self.order:
            ahead = dict.fromkeys(self._edges[index])
            for edge in self._edges[index]:
                if self.steps[edge].skippable:
                    ahead.update(dict.fromkeys(self._upstream.get(edge, ())))
            self._upstream[index] = tuple(ahead)
            self._ancestors[index] = frozenset(ahead).union(*(self._ancestors.get(edge, ()) for edge in ahead))

    def named(self, action_id: str) -> Step | None:
        """The action of that id."""
        index = self._by_id.get(action_id)
        return None if index is None else self.steps[index]

    def upstream(self, step: Step) -> tuple[Step, ...]:
        """The actions that it waits for directly."""
        return tuple(self.steps[index] for index in self._upstream[step.index])

    def runs_before(self, earlier: Step, later: Step) -> bool:
        """Whether one action is always over when the other starts."""
        return earlier.index in self._ancestors[later.index]

    def before(self, step: Step) -> Iterator[Step]:
        """The actions that are over when this one starts, the nearest first."""
        ancestors = self._ancestors[step.index]
        return (self.steps[index] for index in reversed(self.order) if index in ancestors)

    def doubtful(self, step: Step) -> bool:
        """Whether what runs before the action is not known, because something there is wrong."""
        around = {step.index, *self._ancestors[step.index]}
        return not around.isdisjoint(self._doubtful)

    def _index_ids(self) -> None:
        for step in self.steps:
            first = self._by_id.setdefault(step.id, step.index)
            here = (*step.location, "id")
            if step.id in RESERVED_ACTION_IDS:
                message = f"No action can have the id '{step.id}': {RESERVED_ACTION_IDS[step.id]}."
                self.problems.append(problem_at(here, "reserved_id", message, step.id))
            elif first != step.index:
                message = f"The id '{step.id}' is that of actions[{first}] already; every action has its own."
                self.problems.append(problem_at(here, "duplicate_id", message, step.id))
            if step.kind is None:
                self._doubtful.add(step.index)

    def _edges_of(self, step: Step) -> list[int]:
        other = self._other_branch(step)
        if other is not None:
            return self._above(other) if other.needs is None else self._needed(other, report=False)
        return self._above(step) if step.needs is None else self._needed(step, report=True)

    def _needed(self, step: Step, *, report: bool) -> list[int]:
        edges: dict[int, None] = {}
        for position, need in enumerate(step.needs or ()):
            found = self._by_id.get(need)
            here = (*step.location, "needs", position)
            if found is None:
                others = [other.id for other in self.steps if other.index != step.index]
                near = nearest(need, others)
                message = f"There is no action '{need}' in this rule."
                self._report(report, step, problem_at(here, "unknown_action_id", message, need, near))
            elif found == step.index:
                message = f"The action '{need}' cannot wait for itself."
                self._report(report, step, problem_at(here, "cycle", message, need))
            elif found in edges:
                self._report(report, None, problem_at(here, "duplicate", f"'{need}' stands in the list twice.", need))
            else:
                edges[found] = None
        return list(edges)

    def _report(self, report: bool, doubtful: Step | None, problem: Problem) -> None:
        if report:
            self.problems.append(problem)
        if doubtful is not None:
            self._doubtful.add(doubtful.index)

    def _above(self, step: Step) -> list[int]:
        if step.index == 0:
            return []
        above = self.steps[step.index - 1]
        if above.else_of is None:
            return [above.index]
        branches = [other.index for other in self.steps[: step.index] if above.else_of in {other.else_of, other.id}]
        return sorted(branches, reverse=True)

    def _other_branch(self, step: Step) -> Step | None:
        """The action whose else this is, if it is one; reports why it cannot be."""
        if step.else_of is None:
            return None
        here = (*step.location, "else_of")
        name = step.else_of
        other = self.named(name)
        fault: tuple[str, str, str | None] | None = None
        if other is None:
            with_when = [candidate.id for candidate in self.steps if candidate.when]
            near = nearest(name, with_when or self._by_id)
            fault = "unknown_action_id", f"There is no action '{name}' in this rule.", near
        elif other.index == step.index:
            fault = "cycle", f"The action '{name}' cannot be the else of itself.", None
        elif not other.when:
            fault = "else_without_when", f"The action '{name}' has no when, so nothing can be its else.", None
        if fault:
            self.problems.append(problem_at(here, fault[0], fault[1], name, fault[2]))
            self._doubtful.add(step.index)
            return None
        for field, there in (("when", bool(step.when)), ("needs", step.needs is not None)):
            if there:
                message = (
                    f"An action with else_of has no {field}: it runs where '{name}' would, exactly if that is skipped."
                )
                self.problems.append(problem_at((*step.location, field), "does_not_belong", message))
        return other

    def _sorted(self) -> list[int]:
        """Sort so that everything stands after what it waits for; edges that close a cycle are reported and cut."""
        done: dict[int, None] = {}
        trail: list[int] = []

        def visit(index: int) -> None:
            trail.append(index)
            for edge in list(self._edges[index]):
                if edge in trail:
                    self._report_cycle(trail[trail.index(edge) :])
                    self._edges[index].remove(edge)
                elif edge not in done:
                    visit(edge)
            trail.pop()
            done[index] = None

        for index in range(len(self.steps)):
            if index not in done:
                visit(index)
        return list(done)

    def _report_cycle(self, cycle: list[int]) -> None:
        self._doubtful.update(cycle)
        start = min(cycle)
        turn = cycle.index(start)
        turned = [*cycle[turn:], *cycle[:turn], start]
        names = " → ".join(self.steps[index].id for index in turned)
        message = f"These actions wait for each other, so none could start: {names}."
        implied = next((self.steps[index] for index in cycle if self.steps[index].needs is None), None)
        if implied is not None and implied.index > 0:
            message += f" '{implied.id}' has no needs and so waits for the one above it."
        written = next((index for index in turned if self.steps[index].needs), start)
        self.problems.append(
            problem_at(("actions", written, "needs"), "cycle", message, [self.steps[i].id for i in turned])
        )

"""Rules that would start themselves: alone, or in a circle with others."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from igny8.actions import action_type
from igny8.rules.errors import Problem
from igny8.rules.graph import Step
from igny8.rules.model import Rule
from igny8.rules.structure import problem_at
from igny8.rules.values import JSON


@dataclass(frozen=True, slots=True)
class Link:
    """One rule that starts another: an action of it causes the event that the other waits for."""

    rule: str
    action: str
    event: str
    starts: str

    def __str__(self) -> str:
        return f"'{self.action}' of '{self.rule}' causes {self.event}, which starts '{self.starts}'"


@dataclass(frozen=True, slots=True)
class Loop:
    """Rules that would start each other without end."""

    links: tuple[Link, ...]
    """From a rule by way of others back to it."""

    @property
    def rules(self) -> tuple[str, ...]:
        """The ids of the rules, in the order in which they start each other."""
        return tuple(link.rule for link in self.links)

    def __str__(self) -> str:
        return (
            f"These rules would start each other without end: {', '.join(map(str, self.links))}. "
            f"Let one of them wait for another event, or take its action out."
        )

    def problem(self) -> Problem:
        """The loop as something that is wrong with its first rule."""
        waited_for = self.links[-1].event
        return problem_at(("event",), "fires_in_a_circle", str(self), waited_for)


def fires_itself_problems(document: Mapping[str, JSON], steps: Sequence[Step]) -> Iterator[Problem]:
    """The actions of a rule that cause the very event that starts it."""
    event = document.get("event")
    if document.get("trigger") != "event" or not isinstance(event, str):
        return
    for step in steps:
        if step.kind is not None and event in {emitted.name for emitted in step.kind.emits}:
            message = (
                f"The action '{step.id}' causes {event}, the event that starts this rule: it would start itself "
                "without end. Let the rule wait for another event, or put the action into a rule with another trigger."
            )
            yield problem_at((*step.location, "type"), "fires_itself", message, step.kind.name)


def find_loop(rule: Rule, others: Iterable[Rule]) -> Loop | None:
    """The shortest circle in which a rule would start itself by way of others; ``None`` when there is none.

    Only rules of the same account and site hear of each other's events, and inactive ones of none.

    Args:
        rule: The rule that is to be saved.
        others: The rules that are stored; one of the same id is the rule's own past and does not count.
    """
    if rule.event is None or rule.status == "inactive":
        return None
    waiting: dict[str, list[Rule]] = {}
    for other in [rule, *(other for other in others if other.id != rule.id)]:
        same_place = (other.account, other.site) == (rule.account, rule.site)
        if other.event is not None and other.status != "inactive" and same_place:
            waiting.setdefault(other.event, []).append(other)
    trails: deque[tuple[Rule, tuple[Link, ...]]] = deque([(rule, ())])
    reached = {rule.id}
    while trails:
        here, trail = trails.popleft()
        for link, started in _links(here, waiting):
            if started.id == rule.id:
                return Loop((*trail, link))
            if started.id not in reached:
                reached.add(started.id)
                trails.append((started, (*trail, link)))
    return None


def _links(rule: Rule, waiting: Mapping[str, Sequence[Rule]]) -> Iterator[tuple[Link, Rule]]:
    for action in rule.actions:
        for event in action_type(action.type).emits:
            for started in waiting.get(event.name, ()):
                yield Link(rule.id, action.id, event.name, started.id), started

"""Whatever stands in the place of any part of a rule: problems are told, and nothing else is raised."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from igny8.rules import Problem, RuleInvalidError, check_rule

RULE: dict[str, Any] = {
    "id": "odd",
    "name": "Odd",
    "description": "",
    "account": "acme",
    "site": "shop",
    "status": "active",
    "trigger": "schedule",
    "schedule": ["0 6 * * MON"],
    "timezone": "Europe/Berlin",
    "conditions": [
        {"field": "keywords.new", "operator": "greater_than", "value": 3},
        {"any": [{"not": {"field": "event.kind", "operator": "in", "value": ["a", "b"]}}]},
    ],
    "actions": [
        {
            "id": "group",
            "type": "cluster_keywords",
            "params": {
                "keyword_ids": {"where": [{"field": "status", "operator": "equals", "value": "new"}], "limit": 5}
            },
            "when": [{"field": "keywords.new", "operator": "greater_than", "value": 3}],
        },
        {"type": "generate_ideas", "needs": ["group"], "params": {"cluster_ids": "{{ actions.group.cluster_ids }}"}},
        {"type": "generate_ideas", "else_of": "group"},
    ],
}
EVENT: dict[str, Any] = {**RULE, "trigger": "event", "event": "a.b", "assets": ["x://y"]}
del EVENT["schedule"]

ODD: list[Any] = [None, True, 5, -1.5, "", "x", "{{ a }}", [], ["x"], [["x"]], [None], {}, {"x": 1}, {"type": []}]


def places(value: Any, here: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if here:
        yield here
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield from places(each, (*here, key))


def problems_of(document: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        check_rule(document)
    except RuleInvalidError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("rule", [RULE, EVENT], ids=["schedule", "event"])
def test_anything_anywhere(rule: dict[str, Any]) -> None:
    found = 0
    for place in places(rule):
        for odd in ODD:
            document = copy.deepcopy(rule)
            inner: Any = document
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = odd
            problems = problems_of(document)
            found += bool(problems)
            assert all(problem.message and problem.code for problem in problems), f"{place} = {odd!r}"
    assert found > 300

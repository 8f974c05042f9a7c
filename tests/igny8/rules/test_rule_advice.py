"""What is allowed in a rule and cannot be meant."""

from __future__ import annotations

import itertools
import random
import time
from typing import Any

import pytest
from pydantic import TypeAdapter

from igny8.conditions import ConditionTree, IncomparableValuesError, evaluate
from igny8.rules import check_rule, warnings
from igny8.rules.holds import Subject, can_hold

Document = dict[str, Any]

CONTENT: Document = {"content_ids": [1]}


def condition(field: str, operator: str, value: object) -> Document:
    return {"field": field, "operator": operator, "value": value}


def told(document: Document) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in warnings(check_rule(document))]


@pytest.mark.parametrize(
    ("conditions", "path"),
    [
        ([condition("keywords.new", "greater_than", 5), condition("keywords.new", "less_than", 3)], "conditions"),
        ([condition("keywords.new", "equals", 5), condition("keywords.new", "equals", 6)], "conditions"),
        ([condition("keywords.new", "greater_than", 5), condition("keywords.new", "less_than", 6)], "conditions"),
        ([condition("keywords.new", "less_than", 0)], "conditions[0]"),
        ([condition("event.a", "equals", "x"), condition("event.a", "greater_than", 5)], "conditions"),
        ([condition("event.a", "equals", 1), {"not": condition("event.a", "less_than", 2)}], "conditions"),
        ([condition("event.a", "in", [])], "conditions[0]"),
        ([{"any": []}], "conditions[0]"),
        ([{"not": {"all": []}}], "conditions[0]"),
        ([{"not": condition("keywords.new", "greater_than", -1)}], "conditions[0]"),
        (
            [{"all": [condition("event.a", "contains", "x"), {"not": condition("event.a", "contains", "x")}]}],
            "conditions[0].all",
        ),
        (
            [
                condition("ideas.new", "equals", 3),
                {"any": [condition("ideas.new", "less_than", 3), condition("ideas.new", "in", [4, 5])]},
            ],
            "conditions",
        ),
    ],
)
def test_contradictions(document: Document, conditions: list[Document], path: str) -> None:
    assert told({**document, "conditions": conditions}) == [("never_holds", path), ("never_acts", "conditions")]


@pytest.mark.parametrize(
    "conditions",
    [
        [condition("keywords.new", "greater_than", 5), condition("keywords.new", "less_than", 7)],
        [condition("keywords.new", "not_equals", 0), condition("keywords.new", "less_than", 2)],
        [condition("event.a", "greater_than", 5), condition("event.a", "less_than", 6)],
        [condition("event.a", "contains", "x"), condition("event.a", "not_equals", "x")],
        [condition("event.a", "contains", 1), condition("event.a", "contains", 2)],
        [{"not": condition("event.a", "equals", 1)}, {"not": condition("event.a", "not_equals", 1)}],
        [condition("event.a.b", "equals", 1), condition("event.a.c", "equals", 2)],
        [condition("event.a", "greater_than", "m"), condition("event.a", "contains", "a")],
    ],
)
def test_what_can_hold_is_no_contradiction(document: Document, conditions: list[Document]) -> None:
    assert told({**document, "conditions": conditions}) == []


def test_only_the_alternative_that_never_holds_is_told(document: Document) -> None:
    dead = condition("keywords.new", "less_than", 0)
    alive = condition("keywords.new", "greater_than", 9)
    assert told({**document, "conditions": {"any": [alive, dead]}}) == [("never_holds", "conditions[0].any[1]")]


def test_the_sentence_names_only_what_contradicts_itself(document: Document) -> None:
    document["conditions"] = [
        condition("credits.balance", "greater_than", 10),
        condition("keywords.new", "greater_than", 20),
        condition("clusters.new", "greater_than", 30),
        condition("keywords.new", "less_than", 20),
    ]
    assert warnings(check_rule(document))[0].message == (
        "These conditions never hold together: there are more than 20 new keywords; "
        "there are fewer than 20 new keywords."
    )


def test_a_selector_that_chooses_nothing(document: Document) -> None:
    where = [condition("status", "not_in", ["new", "clustered"])]
    document["actions"][0]["params"]["keyword_ids"] = {"where": where}
    assert told(document) == [("never_holds", "actions[0].params.keyword_ids.where[0]")]


def test_actions_that_are_never_reached(document: Document) -> None:
    never, always = condition("content.total", "less_than", 0), condition("content.total", "greater_than", -1)
    document["actions"] = [
        {"id": "a", "type": "optimize_content", "params": CONTENT, "when": [never]},
        {"id": "b", "type": "generate_images", "params": {"content_id": [1]}, "else_of": "a"},
        {"id": "c", "type": "optimize_content", "params": CONTENT, "when": [always]},
        {"id": "d", "type": "generate_images", "params": {"content_id": [1]}, "else_of": "c"},
        {"id": "e", "type": "optimize_content", "params": {"content_ids": "{{ actions.a.content_ids }}"}},
        {
            "id": "f",
            "type": "optimize_content",
            "params": CONTENT,
            "when": [condition("actions.d.count", "equals", 1)],
        },
        {"id": "g", "type": "optimize_content"},
    ]
    assert told(document) == [
        ("never_holds", "actions[0].when[0]"),
        ("never_runs", "actions[0]"),
        ("never_runs", "actions[3]"),
        ("never_supplied", "actions[4].params.content_ids"),
        ("never_holds", "actions[5].when[0]"),
        ("never_runs", "actions[5]"),
    ]


@pytest.mark.parametrize("trigger", [{"trigger": "schedule", "schedule": "@daily"}, {"assets": ["s3://a"]}])
def test_what_brings_no_event(document: Document, trigger: Document) -> None:
    document |= {"trigger": "event", **trigger, "conditions": [condition("event.a", "equals", 1)]}
    document["actions"] = [{"type": "optimize_content", "params": {"content_ids": "{{ event.id }}"}}]
    assert told(document) == [("no_event", "conditions"), ("no_event", "actions[0].params.content_ids")]
    assert told(document | {"trigger": "event", "schedule": None, "event": "content.imported"}) == []
    document["conditions"] = [{"not": condition("event.a", "equals", 1)}]
    assert told(document) == [("no_event", "actions[0].params.content_ids")]


def test_nothing_is_called_a_contradiction_that_is_none() -> None:
    """Small conditions on few values, each against all that these values can be."""
    draw = random.Random(7)
    adapter: TypeAdapter[list[ConditionTree]] = TypeAdapter(list[ConditionTree])
    values: list[Any] = [None, True, 0, 1, 2, 1.5, -1, "", "a", "ab", "b", [], [1], ["a", 1], {}]

    def tree(depth: int) -> Document:
        match draw.randrange(6 if depth else 3):
            case 3:
                return {"all": [tree(depth - 1) for _ in range(draw.randrange(3))]}
            case 4:
                return {"any": [tree(depth - 1) for _ in range(draw.randrange(3))]}
            case 5:
                return {"not": tree(depth - 1)}
        operator = draw.choice(["equals", "not_equals", "contains", "greater_than", "less_than", "in", "not_in"])
        value = draw.choice(values)
        return condition(draw.choice("xy"), operator, [value, draw.choice(values)] if "in" in operator[:6] else value)

    def holds(conditions: list[ConditionTree], facts: Document) -> bool:
        try:
            return evaluate(conditions, facts).holds
        except IncomparableValuesError:
            return False

    worlds = [{}, *({"x": one} for one in values), *({"x": a, "y": b} for a, b in itertools.product(values, values))]
    impossible = 0
    for _ in range(150):
        conditions = adapter.validate_python([tree(2) for _ in range(draw.randrange(1, 4))])
        if not can_hold(conditions, lambda _: Subject("anything")):
            impossible += 1
            assert not any(holds(conditions, world) for world in worlds), conditions
    assert impossible > 10, "contradictions are among them"


def test_it_does_not_take_for_ever(document: Document) -> None:
    numbers = [condition("event.a", "not_in", list(range(100))), condition("event.a", "greater_than", 0)]
    document["conditions"] = [{"any": [*numbers, *numbers]} for _ in range(8)]
    document["actions"] = [
        {"type": "optimize_content", "params": CONTENT, "when": document["conditions"]} for _ in range(10)
    ]
    rule = check_rule(document)
    began = time.process_time()
    assert warnings(rule) == []
    assert time.process_time() - began < 5

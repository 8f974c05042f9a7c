"""The condition language: what holds, what is missing, what cannot be compared."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from igny8.conditions import (
    MISSING,
    AllOf,
    AnyOf,
    Condition,
    ConditionTree,
    IncomparableValuesError,
    NotOf,
    Operator,
    evaluate,
    fields,
    lookup,
)

TREE: TypeAdapter[ConditionTree] = TypeAdapter(ConditionTree)
FACTS = {
    "keywords": {"new": 25},
    "credits.balance": 100,
    "event": {"items": [{"title": "Café ☕"}, {"title": "قهوة"}], "tags": ["a", 1, True], "none": None},
}


def holds(field: str, operator: str, value: Any, facts: dict[str, Any] | None = None) -> bool:
    tree = TREE.validate_python({"field": field, "operator": operator, "value": value})
    return evaluate([tree], facts or FACTS).holds


@pytest.mark.parametrize(
    ("field", "operator", "value", "expected"),
    [
        ("keywords.new", "equals", 25, True),
        ("keywords.new", "equals", 25.0, True),
        ("keywords.new", "equals", "25", False),
        ("keywords.new", "not_equals", 24, True),
        ("keywords.new", "greater_than", 25, False),
        ("keywords.new", "greater_than", 24.9, True),
        ("keywords.new", "less_than", 26, True),
        ("keywords.new", "in", [1, 25], True),
        ("keywords.new", "not_in", [1, 25], False),
        ("credits.balance", "equals", 100, True),
        ("event.items.0.title", "contains", "CAFÉ", True),
        ("event.items.1.title", "contains", "قهوة", True),
        ("event.items.0.title", "less_than", "D", True),
        ("event.tags", "contains", "a", True),
        ("event.tags", "contains", 2, False),
        ("event.none", "equals", None, True),
        ("event.none", "greater_than", 1, False),
        ("event.none", "contains", "x", False),
        ("event.none", "in", [None], True),
    ],
)
def test_operators(field: str, operator: str, value: Any, expected: bool) -> None:
    assert holds(field, operator, value) is expected


def test_a_switch_is_not_a_number() -> None:
    facts = {"event": {"on": True}}
    assert not holds("event.on", "equals", 1, facts)
    assert holds("event.on", "equals", True, facts)
    assert not holds("event.on", "in", [1, 0], facts)


@pytest.mark.parametrize("operator", list(Operator))
@pytest.mark.parametrize(
    "field", ["keywords.old", "event.items.2.title", "event.items.x", "keywords.new.more", "nowhere"]
)
def test_a_missing_field_is_false_and_never_an_error(operator: Operator, field: str) -> None:
    assert not holds(field, operator.value, [1] if operator.value.endswith("in") else 1)


@pytest.mark.parametrize(
    ("field", "operator", "value", "words"),
    [
        ("event.items.0.title", "greater_than", 3, "items.0.title is a text ('Café ☕') and cannot be compared by"),
        ("keywords.new", "less_than", "3", "is a number (25) and cannot be compared by less_than with a text ('3')"),
        ("keywords.new", "contains", 2, "cannot be compared by contains"),
        ("keywords.new", "in", 2, "cannot be compared by in with a number (2)"),
        ("event.items", "greater_than", 1, "is a list"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_named(field: str, operator: str, value: Any, words: str) -> None:
    with pytest.raises(IncomparableValuesError) as caught:
        holds(field, operator, value)
    assert words in str(caught.value)
    assert caught.value.field == field
    assert caught.value.operator == operator


def test_groups_nest_and_every_comparison_is_in_the_ledger() -> None:
    trees = TypeAdapter(list[ConditionTree]).validate_python(
        [
            {"field": "keywords.new", "operator": "equals", "value": 25},
            {"any": [
                {"field": "nowhere", "operator": "equals", "value": 1},
                {"not": {"all": [{"field": "credits.balance", "operator": "less_than", "value": 50}]}},
            ]},
        ]
    )  # fmt: skip
    outcome = evaluate(trees, FACTS)
    assert outcome.holds
    assert [(f.path, f.field, f.present, f.actual, f.holds) for f in outcome.findings] == [
        ("0", "keywords.new", True, 25, True),
        ("1.any.0", "nowhere", False, None, False),
        ("1.any.1.not.all.0", "credits.balance", True, 100, False),
    ]
    assert fields(trees) == ["keywords.new", "nowhere", "credits.balance"]


def test_empty_groups() -> None:
    assert evaluate([], {}).holds
    assert evaluate([AllOf(all=[])], {}).holds
    assert not evaluate([AnyOf(any=[])], {}).holds


def test_a_flat_fact_wins_over_a_nested_one() -> None:
    assert lookup({"a.b": 1, "a": {"b": 2}}, "a.b") == 1
    assert lookup({"a": {"b": None}}, "a.b") is None
    assert lookup({"a": "text"}, "a.0") is MISSING
    assert lookup({"a": [1]}, "a.-1") is MISSING


@pytest.mark.parametrize(
    "broken",
    [
        {"field": "a", "operator": "equal", "value": 1},
        {"field": "", "operator": "equals", "value": 1},
        {"field": "a b", "operator": "equals", "value": 1},
        {"field": "a", "operator": "equals"},
        {"any": [], "all": []},
        {"any": [], "extra": 1},
        "a equals 1",
    ],
)
def test_what_is_no_condition_is_refused(broken: Any) -> None:
    with pytest.raises(ValidationError):
        TREE.validate_python(broken)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda v: st.lists(v, max_size=3),
)
comparisons = st.builds(
    Condition,
    field=st.sampled_from(["a", "b.c", "b.0", "missing"]),
    operator=st.sampled_from([Operator.EQUALS, Operator.NOT_EQUALS]),
    value=values,
)
trees = st.recursive(
    comparisons,
    lambda inner: (
        st.builds(AllOf, all=st.lists(inner, max_size=3))
        | st.builds(AnyOf, any=st.lists(inner, max_size=3))
        | inner.map(lambda tree: NotOf(**{"not": tree}))
    ),
    max_leaves=8,
)
facts = st.fixed_dictionaries({"a": values, "b": st.fixed_dictionaries({"c": values}) | st.lists(values, max_size=2)})


@given(trees, facts)
def test_not_turns_the_outcome_and_writing_keeps_it(tree: ConditionTree, seen: dict[str, Any]) -> None:
    outcome = evaluate([tree], seen)
    assert evaluate([NotOf(**{"not": tree})], seen).holds is not outcome.holds
    again = TREE.validate_json(TREE.dump_json(tree, by_alias=True))
    assert evaluate([again], seen) == outcome
    assert {finding.field for finding in outcome.findings} == set(fields([tree]))


@given(st.lists(trees, max_size=3), facts)
def test_a_list_is_the_same_as_all(several: list[ConditionTree], seen: dict[str, Any]) -> None:
    assert evaluate(several, seen).holds == evaluate([AllOf(all=several)], seen).holds
    assert evaluate([AnyOf(any=several)], seen).holds == any(evaluate([tree], seen).holds for tree in several)


@given(values, values)
def test_a_field_is_either_equal_or_not(actual: Any, value: Any) -> None:
    seen = {"f": actual}
    assert holds("f", "equals", value, seen) is not holds("f", "not_equals", value, seen)
    assert holds("f", "in", [value], seen) is holds("f", "equals", value, seen)
    assert holds("f", "not_in", [value], seen) is holds("f", "not_equals", value, seen)


@pytest.mark.parametrize("value", [float("inf"), [float("nan")], {"a": [1, float("-inf")]}])
def test_numbers_that_json_does_not_have_are_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="A number must be finite"):
        Condition(field="keywords.new", operator=Operator.LESS_THAN, value=value)

"""The tests that a rule carries: what is wrong with them, and what the conditions make of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jsonschema
import pytest

from igny8.rules import Problem, check_rule, read_rule, run_tests, wire
from igny8.rules.schema import rule_schema

CONDITIONS = [
    {"field": "keywords.new", "operator": "greater_than", "value": 20},
    {"not": {"field": "event.items.0.urgent", "operator": "equals", "value": False}},
]


def test_conditions_are_tried_on_facts_and_event(document: dict[str, Any]) -> None:
    tests = [
        {"name": "enough", "facts": {"keywords.new": 21}, "expect": "match"},
        {"name": "too few", "facts": {"keywords.new": 20}, "expect": "no_match"},
        {"name": "wrong", "facts": {"keywords.new": 3}, "expect": "match"},
        {"name": "none", "expect": "no_match"},
        {
            "name": "not urgent",
            "facts": {"keywords.new": 21},
            "event": {"items": [{"urgent": False}]},
            "expect": "match",
        },
    ]
    trials = run_tests(check_rule({**document, "conditions": CONDITIONS, "tests": tests}))
    assert [(trial.test.name, trial.matches, trial.passed) for trial in trials] == [
        ("enough", True, True),
        ("too few", False, True),
        ("wrong", False, False),
        ("none", False, True),
        ("not urgent", False, False),
    ]
    missed = trials[2].findings[0]
    assert (missed.field, missed.actual, missed.holds) == ("keywords.new", 3, False)
    assert not trials[3].findings[0].present


def test_a_test_that_cannot_be_evaluated_fails_whatever_it_expects(document: dict[str, Any]) -> None:
    condition = {"field": "event.count", "operator": "less_than", "value": 3}
    for expected in ("match", "no_match"):
        tests = [{"name": "odd", "event": {"count": "many"}, "expect": expected}]
        (trial,) = run_tests(check_rule({**document, "conditions": condition, "tests": tests}))
        assert not trial.passed
        assert trial.error is not None
        assert "event.count is a text ('many')" in trial.error


def test_everything_wrong_in_tests_is_said_at_once(
    document: dict[str, Any], problems: Callable[[dict[str, Any]], dict[str, Problem]]
) -> None:
    facts = {"keyword.new": 1, "keywords.total": "4", "event.count": 2, "credits.balance": True}
    tests = [{"name": "a", "facts": facts, "expect": "matches"}, {"facts": [], "expected": "match"}, 7]
    found = problems({**document, "tests": tests})
    assert found['tests[0].facts["keyword.new"]'].suggestion == "keywords.new"
    assert "Leave the quotes out" in found['tests[0].facts["keywords.total"]'].message
    assert "Put count under event" in found['tests[0].facts["event.count"]'].message
    assert found['tests[0].facts["credits.balance"]'].code == "wrong_value"
    assert found["tests[0].expect"].suggestion == "match"
    assert "what a test can expect" in found["tests[0].expect"].message
    assert found["tests[1].expected"].suggestion == "expect"
    assert found["tests[1].name"].message == "A test needs the field 'name'."
    assert found["tests[1].facts"].code == "wrong_type"
    assert found["tests[2]"].code == "wrong_type"


def test_places_in_the_text_are_named(document: dict[str, Any]) -> None:
    text = (
        "id: a\nname: A\naccount: demo\nsite: shop\ntrigger: manual\n"
        "actions: [{type: cluster_keywords, params: {keyword_ids: [1]}}]\n"
        "tests:\n  - name: first\n    facts:\n      keywords.mew: 3\n    expect: match\n"
    )
    with pytest.raises(ValueError, match=r"a\.yaml:10:21: .*Did you mean 'keywords\.new'"):
        read_rule(text, "a.yaml")


def test_tests_change_nothing_in_what_the_rule_does(document: dict[str, Any]) -> None:
    tested = check_rule({**document, "tests": [{"name": "a", "expect": "match"}]})
    assert wire(tested) == wire(check_rule(document))
    assert tested.document()["tests"] == [{"name": "a", "expect": "match"}]


def test_the_schema_completes_facts_and_knows_no_others(document: dict[str, Any]) -> None:
    validator = jsonschema.Draft202012Validator(rule_schema())
    validator.validate({**document, "tests": [{"name": "a", "facts": {"keywords.new": 3}, "expect": "match"}]})
    for wrong in ({"facts": {"keywords.mew": 3}}, {"facts": {"keywords.new": "3"}}, {"expect": "yes"}, {"event": []}):
        with pytest.raises(jsonschema.ValidationError):
            validator.validate({**document, "tests": [{"name": "a", "expect": "match", **wrong}]})

"""What a rule is once it is right."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from igny8.rules import check_rule, dump_rule, read_rule
from igny8.rules.model import assign_ids

Document = dict[str, Any]


def test_defaults(document: Document) -> None:
    rule = check_rule(document)
    assert (rule.status, rule.timezone, rule.description, rule.conditions, rule.assets) == ("active", "UTC", "", [], [])
    assert rule.is_active
    assert rule.schedules == ()


@pytest.mark.parametrize(("status", "active"), [("active", True), ("paused", False), ("inactive", False)])
def test_is_active_comes_from_the_status(document: Document, status: str, active: bool) -> None:
    assert check_rule({**document, "status": status}).is_active is active


def test_the_document_is_what_was_written(document: Document) -> None:
    rule = check_rule(document)
    assert rule.document() == document
    assert [action.id for action in rule.actions] == ["cluster_keywords", "generate_ideas", "generate_content"]
    assert read_rule(dump_rule(rule)) == rule
    assert check_rule({**document, "conditions": {"not": {"any": []}}}).document()["conditions"] == [
        {"not": {"any": []}}
    ]


def test_checking_leaves_the_document_alone(document: Document) -> None:
    before = repr(document)
    check_rule(document)
    assert repr(document) == before


def test_a_rule_does_not_change(document: Document) -> None:
    rule = check_rule(document)
    with pytest.raises(ValidationError):
        rule.name = "x"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        rule.actions[0].id = "x"  # type: ignore[misc]


def test_actions_are_found_by_id(document: Document) -> None:
    rule = check_rule(document)
    assert rule.action("generate_ideas") is rule.actions[1]
    with pytest.raises(KeyError):
        rule.action("nobody")


@pytest.mark.parametrize(
    ("given", "ids"),
    [
        ([(None, "a"), (None, "a"), (None, "b"), (None, "a")], ["a", "a_2", "b", "a_3"]),
        ([("x", "a"), (None, "a")], ["x", "a"]),
        ([(None, "a"), ("a", "b"), (None, "a")], ["a_2", "a", "a_3"]),
        ([(None, "a"), ("a_2", "b"), (None, "a")], ["a", "a_2", "a_3"]),
        ([], []),
    ],
)
def test_ids_are_given_deterministically(given: list[tuple[str | None, str]], ids: list[str]) -> None:
    assert assign_ids(given) == ids


def test_triggers(document: Document) -> None:
    assert check_rule({**document, "trigger": "schedule", "schedule": ["@daily", "0 6 * * MON"]}).schedules == (
        "@daily",
        "0 6 * * MON",
    )
    assert check_rule({**document, "trigger": "event", "event": "keywords.imported"}).event == "keywords.imported"
    assert check_rule({**document, "trigger": "event", "assets": ["s3://bucket/x"]}).assets == ["s3://bucket/x"]


def test_names_in_any_script(document: Document) -> None:
    name = "כתיבה ✍️ كل أسبوع 👩‍🚀"
    assert read_rule(dump_rule(check_rule({**document, "name": name, "description": f"{name}\n{name}"}))).name == name

"""The ledger of an evaluation, in words."""

from __future__ import annotations

import pytest
from pydantic import JsonValue, TypeAdapter

from igny8.conditions import ConditionTree, evaluate
from igny8.execution.ledger import ledger_of, reason

CONDITIONS: TypeAdapter[list[ConditionTree]] = TypeAdapter(list[ConditionTree])
NEW = {"field": "keywords.new", "operator": "greater_than", "value": 20}
DRAFTS = {"field": "content.draft", "operator": "less_than", "value": 5}


@pytest.mark.parametrize(
    ("conditions", "facts", "expected"),
    [
        ([NEW], {"keywords.new": 37}, "The conditions hold."),
        (
            [NEW],
            {"keywords.new": 3},
            "The conditions do not hold: keywords.new is 3, and the rule asks it to be greater than 20.",
        ),
        (
            [NEW, DRAFTS],
            {"keywords.new": 3},
            (
                "The conditions do not hold: keywords.new is 3, and the rule asks it to be greater than 20; "
                "content.draft is missing, and the rule asks it to be less than 5."
            ),
        ),
        ([{"not": NEW}], {"keywords.new": 37}, "The conditions do not hold: one that is negated does."),
    ],
)
def test_the_reason_is_one_sentence(conditions: JsonValue, facts: dict[str, JsonValue], expected: str) -> None:
    assert reason(evaluate(CONDITIONS.validate_python(conditions), facts)) == expected


def test_the_ledger_keeps_every_condition_with_its_actual_value() -> None:
    conditions = CONDITIONS.validate_python([{"any": [NEW, DRAFTS]}])
    ledger = ledger_of(evaluate(conditions, {"keywords.new": 37, "content.draft": 9})).model_dump(mode="json")
    assert ledger["holds"] is True
    assert ledger["findings"] == [
        {"path": "0.any.0", **NEW, "actual": 37, "present": True, "holds": True},
        {"path": "0.any.1", **DRAFTS, "actual": 9, "present": True, "holds": False},
    ]

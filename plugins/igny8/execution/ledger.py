"""The ledger of an evaluation: every condition with its actual value, and the outcome in one sentence."""

from __future__ import annotations

from datetime import UTC, datetime

from pydantic import JsonValue

from igny8.conditions import Evaluation, Finding, Operator

_WORDS = {
    Operator.EQUALS: "to equal",
    Operator.NOT_EQUALS: "not to equal",
    Operator.CONTAINS: "to contain",
    Operator.GREATER_THAN: "to be greater than",
    Operator.LESS_THAN: "to be less than",
    Operator.IN: "to be one of",
    Operator.NOT_IN: "to be none of",
}


def as_ledger(evaluation: Evaluation) -> dict[str, JsonValue]:
    """The evaluation as JSON: ``holds``, ``reason``, ``checked_at`` (UTC) and the findings."""
    return {
        "holds": evaluation.holds,
        "reason": reason(evaluation),
        "checked_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "findings": [
            {
                "path": finding.path,
                "field": finding.field,
                "operator": finding.operator.value,
                "value": finding.value,
                "actual": finding.actual,
                "present": finding.present,
                "holds": finding.holds,
            }
            for finding in evaluation.findings
        ],
    }


def reason(evaluation: Evaluation) -> str:
    """One sentence on why the conditions hold or don't."""
    if evaluation.holds:
        return "The conditions hold."
    missed = [sentence(finding) for finding in evaluation.findings if not finding.holds]
    if not missed:  # every comparison holds, and a `not` around one turns that into a no
        return "The conditions do not hold: one that is negated does."
    return f"The conditions do not hold: {'; '.join(missed)}."


def sentence(finding: Finding) -> str:
    """What a comparison saw, and what the rule asks for."""
    asked = f"the rule asks it {_WORDS[finding.operator]} {finding.value!r}"
    if not finding.present:
        return f"{finding.field} is missing, and {asked}"
    return f"{finding.field} is {finding.actual!r}, and {asked}"

"""The ledger of an evaluation: every condition with its actual value, and the outcome in one sentence."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

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


class LedgerFinding(BaseModel):
    """What one condition saw."""

    model_config = ConfigDict(frozen=True)

    path: str = Field(description="Where the condition stands among the conditions, for example 1.any.0.")
    field: str = Field(description="The field that it looks at.")
    operator: Operator = Field(description="How it compares.")
    value: JsonValue = Field(description="What it compares with.")
    actual: JsonValue = Field(description="The field's value; null when it has none.")
    present: bool = Field(description="Whether the field has a value at all.")
    holds: bool = Field(description="Whether the condition holds.")


class Ledger(BaseModel):
    """An evaluation: every condition with its actual value, and the outcome in one sentence."""

    model_config = ConfigDict(frozen=True)

    holds: bool = Field(description="Whether all the conditions hold.")
    reason: str = Field(description="Why they hold or don't, in one sentence.")
    checked_at: AwareDatetime = Field(description="When they were evaluated, in UTC.")
    findings: tuple[LedgerFinding, ...] = Field(description="What each of the conditions saw.")


def ledger_of(evaluation: Evaluation) -> Ledger:
    """The ledger of an evaluation that was made just now."""
    return Ledger(
        holds=evaluation.holds,
        reason=reason(evaluation),
        checked_at=datetime.now(UTC).replace(microsecond=0),
        findings=tuple(LedgerFinding(**asdict(finding)) for finding in evaluation.findings),
    )


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

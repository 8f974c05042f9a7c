"""The tests that a rule carries: whether they make sense, and what its conditions make of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from igny8.conditions import Finding, IncomparableValuesError, evaluate
from igny8.rules.errors import Problem
from igny8.rules.model import Rule, RuleTest
from igny8.rules.predicates import fact_problem
from igny8.rules.values import JSON


@dataclass(frozen=True, slots=True)
class Trial:
    """One test of a rule, and how it went."""

    test: RuleTest
    matches: bool | None
    """Whether all conditions hold on the test's facts and event; ``None`` when they can't be evaluated."""
    findings: tuple[Finding, ...]
    """Every comparison with the value that it met; none when they can't be evaluated."""
    error: str | None = None
    """Why they can't be evaluated."""

    @property
    def passed(self) -> bool:
        """Whether it went as the test expects."""
        return self.matches is not None and self.matches == (self.test.expect == "match")


def run_tests(rule: Rule) -> list[Trial]:
    """Evaluate the rule's conditions on each of its tests. Nothing is fetched: a fact that is left out is missing."""
    return [_try(rule, test) for test in rule.tests]


def _try(rule: Rule, test: RuleTest) -> Trial:
    try:
        evaluation = evaluate(rule.conditions, {**test.facts, "event": test.event})
    except IncomparableValuesError as error:
        return Trial(test, None, (), f"{error}.")
    return Trial(test, evaluation.holds, evaluation.findings)


def trial_problems(tests: JSON) -> Iterator[Problem]:
    """Everything that makes no sense in a rule's tests, as far as these can be read."""
    for index, test in enumerate(tests if isinstance(tests, list) else []):
        facts = test.get("facts") if isinstance(test, dict) else None
        for name, value in facts.items() if isinstance(facts, dict) else ():
            problem = fact_problem(name, value, ("tests", index, "facts", name))
            if problem is not None:
                yield problem

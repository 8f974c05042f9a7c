"""What a rule may spend: what can be wrong with it, what cannot be meant, and how it is read aloud."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from igny8.rules import Problem, check_rule, differences, in_words, warnings
from igny8.rules.limits import Limits

Document = dict[str, Any]
Problems = Callable[[Document], dict[str, Problem]]


def test_everything_that_is_wrong_with_limits(document: Document, problems: Problems) -> None:
    wrong = {
        "credits_per_rum": 5,
        "credits_per_day": "many",
        "credits_per_run": 0,
        "approve_above": True,
        "approval_timeout_hours": 10_000,
    }
    found = problems({**document, "limits": wrong})
    assert {path: (problem.code, problem.suggestion) for path, problem in found.items()} == {
        "limits.credits_per_rum": ("unknown_field", "credits_per_run"),
        "limits.credits_per_day": ("wrong_type", None),
        "limits.credits_per_run": ("out_of_range", None),
        "limits.approve_above": ("wrong_type", None),
        "limits.approval_timeout_hours": ("out_of_range", None),
    }
    assert list(problems({**document, "limits": 300})) == ["limits"]
    named = problems(
        {**document, "actions": [{"id": "budget", "type": "optimize_content", "params": {"content_ids": [1]}}]}
    )
    assert [problem.code for problem in named.values()] == ["reserved_id"]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"credits_per_run": 300, "credits_per_day": 1000, "approve_above": 200}, []),
        ({}, [("no_limit", "limits")]),
        ({"credits_per_run": 300, "credits_per_day": 200}, [("no_limit", "limits.credits_per_run")]),
        ({"credits_per_run": 300, "approve_above": 300}, [("no_limit", "limits.approve_above")]),
        ({"credits_per_run": 300, "approval_timeout_hours": 2}, [("no_limit", "limits.approval_timeout_hours")]),
        ({"credits_per_run": 9}, [("too_dear", "actions[0]")]),
        ({"credits_per_day": 10}, []),
    ],
)
def test_limits_that_cannot_be_meant(document: Document, limits: Document, told: list[tuple[str, str]]) -> None:
    optimise = [{"type": "optimize_content", "params": {"content_ids": [1]}}]
    rule = check_rule({**document, "actions": optimise, "limits": limits})
    assert [(problem.code, problem.path) for problem in warnings(rule)] == told


def test_limits_are_read_aloud(document: Document) -> None:
    before = {**document, "limits": {"credits_per_run": 300, "credits_per_day": 1000}}
    after = {**document, "limits": {"approve_above": 200, "approval_timeout_hours": 1}}
    assert in_words(check_rule(before)).endswith(" With limits: up to 300 credits a run and 1,000 credits a day.")
    was = "up to 300 credits a run and 1,000 credits a day"
    becomes = "a person's approval of runs that may cost more than 200 credits, waited for 1 hour"
    assert differences(before, after) == [f"limits: {was} → {becomes}"]
    assert differences(after, document)[0].endswith(" → none")


def test_what_the_jobs_of_a_run_are_held_to() -> None:
    limits = Limits(credits_per_run=300, approve_above=200)
    budget = limits.budget("weekly", "rule__demo__weekly/1", "Europe/Berlin", 250)
    assert budget is not None
    assert (budget.credits_per_run, budget.approved, budget.credits_per_day) == (300, 250, None)
    assert Limits().budget("weekly", "run", "UTC", None) is None


def test_an_approval_hands_on_to_what_comes_after_it(document: Document) -> None:
    actions = [
        {"id": "pick", "type": "request_approval", "params": {"content_ids": [1, 2], "timeout_hours": 48}},
        {"type": "publish_to_wordpress", "params": {"integration_id": 1}},
    ]
    told = in_words(check_rule({**document, "actions": actions}))
    assert (
        "have a person approve the articles 1 and 2 within 48 hours, then publish those articles to WordPress" in told
    )

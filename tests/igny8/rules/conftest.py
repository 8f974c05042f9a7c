"""A rule to start from."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from igny8.rules import Problem, RuleInvalidError, check_rule

Document = dict[str, Any]


@pytest.fixture
def document() -> Document:
    """A rule that is right, as plain data."""
    return {
        "id": "weekly",
        "name": "Weekly",
        "account": "demo",
        "site": "shop",
        "trigger": "manual",
        "actions": [
            {"type": "cluster_keywords", "params": {"keyword_ids": [1]}},
            {"type": "generate_ideas"},
            {"type": "generate_content"},
        ],
    }


@pytest.fixture
def problems() -> Callable[[Document], dict[str, Problem]]:
    """Everything that is wrong with a document, by path."""

    def check(wrong: Document) -> dict[str, Problem]:
        with pytest.raises(RuleInvalidError) as caught:
            check_rule(wrong)
        found = {problem.path: problem for problem in caught.value.problems}
        assert len(found) == len(caught.value.problems), "no place is complained about twice"
        return found

    return check

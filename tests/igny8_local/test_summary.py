"""What a run's summary tells besides its numbers."""

from __future__ import annotations

from typing import Any, cast

from igny8.cli.progress import GATE
from igny8_local.rule_run import Progress, RuleRun, Step
from igny8_local.summary import _problems

PUBLISH = Step("publish_to_wordpress", "success", Progress(job=7, done=2, total=2))
ITEMS = [
    {"id": 1, "label": "Grinding", "state": "done", "result": {"warnings": []}},
    {
        "id": 2,
        "label": "Dosing",
        "state": "done",
        "result": {"warnings": [{"name": "slug", "message": "It is taken."}]},
    },
]


class Run:
    def xcom(self, step: str, key: str) -> Any:
        assert (step, key) == (PUBLISH.id, "return_value")
        return {"items": ITEMS}


def test_what_a_site_has_otherwise_is_told_for_each_article() -> None:
    told = _problems(cast("RuleRun", Run()), [PUBLISH], cast("Any", None))
    assert told == ["Publish to wordpress: Dosing: It is taken."]


def test_a_run_that_has_nothing_to_do_says_why() -> None:
    class Skipped:
        def xcom(self, step: str, key: str) -> Any:
            assert (step, key) == (GATE, "ledger")
            return {"reason": "keywords.new is 2, and more than 20 was asked for."}

    gate = Step(GATE, "skipped", Progress())
    assert _problems(cast("RuleRun", Skipped()), [gate], cast("Any", None)) == [
        "keywords.new is 2, and more than 20 was asked for."
    ]

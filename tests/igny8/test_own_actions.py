"""Actions of one's own: how they get in, what is wrong with those that don't, and the guide's example."""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from pydantic import Field

from igny8.actions import (
    BUILT_IN,
    FREE,
    ActionOutputs,
    ActionParams,
    ActionRun,
    ActionType,
    Price,
    outputs_of,
)
from igny8.actions.registry import load_actions
from igny8.dagfactory.quarantine import quarantine
from igny8_local.paths import REPOSITORY
from own_package import BROKEN, GUIDE, guide_block, install


class Params(ActionParams):
    """Params as they should be."""

    text: str = Field(description="A text.")

    def price(self) -> Price:
        return FREE


class Outputs(ActionOutputs):
    """Outputs of each type."""

    number: int = Field(description="A number.")
    texts: list[str] = Field(description="Texts.")
    anything: dict[str, Any] | None = Field(description="Whatever.")


async def run(params: Params, run: ActionRun) -> Outputs:
    return Outputs(number=1, texts=[], anything=None)


def not_async(params: Params, run: ActionRun) -> Outputs:
    return Outputs(number=1, texts=[], anything=None)


class Nameless(Params):
    """Params of which one is not described."""

    other: int = 1


class Dear(Params):
    """Params with a price that nobody would take."""

    def price(self) -> Price:
        return Price(5, "text")


GOOD = ActionType(
    name="good",
    title="Good",
    description="Does nothing.",
    params=Params,
    outputs=outputs_of(Outputs),
    prices=(str(FREE),),
    emits=(),
    phrase="say {text}",
    run=run,
)
OTHERS: dict[str, Any] = {
    name: dataclasses.replace(GOOD, **{"name": name, **changes})
    for name, changes in {
        "run_alone": {"run": None},
        "blocking": {"run": not_async},
        "undescribed": {"params": Nameless},
        "dear": {"params": Dear},
        "phrased": {"phrase": "say {words}"},
        "misnamed": {"name": "another"},
        "cluster_keywords": {},
        "Capital": {},
        "params_less": {"params": dict},
        "telling": {"emits": BUILT_IN["generate_content"].emits},
    }.items()
}
globals().update(OTHERS, number=7)


def entry(name: str, value: str | None = None) -> EntryPoint:
    return EntryPoint(name, value or f"{__name__}:{name}", "igny8.actions")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("run_alone", "It has no run"),
        ("blocking", "Its run is no async function"),
        ("undescribed", "These params have no description: other."),
        ("dear", "It costs 5 credits per text, which nobody would charge"),
        ("phrased", "Its phrase names params that it does not have: words."),
        ("misnamed", "Its name is 'another', and its entry point is called 'misnamed'"),
        ("cluster_keywords", "'cluster_keywords' comes along already"),
        ("Capital", "'Capital' is no name"),
        ("params_less", "Its params are no model"),
        ("telling", "the engine tells events"),
        ("number", "It is a int, and should be"),
        ("missing", "It cannot be imported: AttributeError"),
        ("nowhere", "It cannot be imported: ModuleNotFoundError"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said_and_harms_no_other(name: str, words: str) -> None:
    value = "no_such_module:NONE" if name == "nowhere" else None
    usable, broken = load_actions([entry(name, value), entry("good", f"{__name__}:GOOD")])
    assert usable == {"good": GOOD}
    (found,) = broken
    assert found.name == name
    assert words in found.reason
    assert str(found).startswith(f"The action '{name}' (")


def test_of_two_actions_of_one_name_one_is_used_and_the_other_said_to_be_broken() -> None:
    usable, broken = load_actions([entry("good", f"{__name__}:GOOD"), entry("good", f"{__name__}:GOOD ")])
    assert list(usable) == ["good"]
    assert "Another package" in broken[0].reason


def test_outputs_have_the_types_of_their_fields() -> None:
    assert [(output.name, output.type) for output in outputs_of(Outputs)] == [
        ("number", "integer"),
        ("texts", "list"),
        ("anything", "anything"),
    ]


def test_a_broken_action_has_a_file_among_those_of_broken_rules(tmp_path: Path) -> None:
    _, broken = load_actions([entry("missing")])
    quarantine([], tmp_path / "broken_rules", broken)
    (file,) = (tmp_path / "broken_rules").iterdir()
    assert file.name.startswith("action.missing.")
    assert "It cannot be imported" in file.read_text()
    quarantine([], tmp_path / "broken_rules", ())
    assert list((tmp_path / "broken_rules").iterdir()) == []


SEEN = """
import asyncio, json, sys
from igny8.actions import ACTION_TYPES, BROKEN_ACTIONS, BUILT_IN
from igny8.api.routes.documents import _view
from igny8.cli.doctor import _actions
from igny8.rules import RuleInvalidError, check_rule, in_words, read_rule, warnings, wire
from igny8.rules.schema import rule_schema

rule = read_rule(sys.argv[1])
kind = ACTION_TYPES["draw_lots"]

class Run:
    key, shown = "a key", []
    async def progress(self, *told): self.shown.append(told)

def drawn(many):
    return asyncio.run(kind.run(kind.params(content_ids=list(range(1, 9)), how_many=many), Run())).content_ids

try:
    wrong = [{"type": "broken_action"}, {"type": "draw_lots", "params": {"how_many": 0}}]
    check_rule({**rule.document(), "actions": wrong})
except RuleInvalidError as error:
    problems = [str(problem) for problem in error.problems]
print(json.dumps({
    "own": [name for name in ACTION_TYPES if name not in BUILT_IN],
    "broken": [str(action) for action in BROKEN_ACTIONS],
    "words": in_words(rule),
    "warnings": len(warnings(rule)),
    "wired": wire(rule)[2].params,
    "view": _view(kind).model_dump(mode="json"),
    "schema": "draw_lots" in json.dumps(rule_schema()),
    "drawn": [drawn(3), drawn(3)],
    "problems": problems,
    "doctor": [_actions().state, _actions().found],
}))
"""


def test_the_guide_s_action_is_checked_described_read_aloud_and_runs(tmp_path: Path) -> None:
    paths = [str(REPOSITORY / "plugins"), str(REPOSITORY / "include"), str(install(tmp_path / "site"))]
    rule = guide_block("yaml", "id: three-by-lot")
    done = subprocess.run(
        [sys.executable, "-c", SEEN, rule],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    assert seen["own"] == ["draw_lots"]
    (broken,) = seen["broken"]
    assert "It cannot be imported: RuntimeError: no licence for this machine." in broken
    assert "of newsletter)" in broken
    (told,) = re.findall(r"It is read aloud as `… (.*)`\.", GUIDE.read_text(encoding="utf-8"))
    assert seen["words"].endswith(f"{told}.")
    assert seen["warnings"] == 0
    assert seen["wired"] == {"content_id": "{{ actions.draw_lots.content_ids }}"}
    view = seen["view"]
    assert (view["params"], view["credits"], view["runs_in"]) == (
        ["content_ids", "how_many"],
        ["free"],
        "airflow",
    )
    assert view["outputs"] == [
        {
            "name": "content_ids",
            "description": "The articles that were drawn.",
            "collection": "content",
            "type": "list",
        }
    ]
    assert seen["schema"] is True
    assert seen["drawn"][0] == seen["drawn"][1], "the same ones in every try"
    assert len(set(seen["drawn"][0])) == 3
    assert seen["problems"] == [
        f"actions[0].type: {broken}",
        "actions[1].params.how_many: how_many is at least 1; 0 is less.",
    ]
    assert seen["doctor"] == ["fail", broken]
    assert BROKEN in broken

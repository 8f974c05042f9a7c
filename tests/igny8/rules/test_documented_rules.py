"""The rules that the documentation shows can be used as they stand."""

from __future__ import annotations

import re

import pytest
from pydantic import JsonValue

from igny8.actions import ACTION_TYPES
from igny8.rules import in_words, read_rule, wire
from igny8.rules.presets import Gallery, instantiate, read_preset
from igny8.rules.presets.model import INPUT_TYPES
from igny8_local.paths import REPOSITORY

DOCUMENTS = ("README.md", "docs/rules.md", "docs/wordpress.md", "docs/webhooks.md", "docs/own-actions.md")


def documented_rules() -> list[tuple[str, str]]:
    found = []
    for name in DOCUMENTS:
        blocks = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / name).read_text(encoding="utf-8"), re.DOTALL)
        found += [
            (name, block)
            for block in blocks
            if re.search(r"^id:", block, re.MULTILINE) and "draw_lots" not in block  # the guide's own: see its test
        ]
    return found


@pytest.mark.parametrize(("document", "text"), documented_rules(), ids=lambda value: value[:20])
def test_a_documented_rule_is_valid_and_can_be_wired(document: str, text: str) -> None:
    assert wire(read_rule(text, document))


def test_every_document_shows_a_rule() -> None:
    assert {document for document, _ in documented_rules()} == set(DOCUMENTS)


def test_a_rule_is_told_as_it_is_documented() -> None:
    text = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    shown = re.search(r"```yaml\n([^`]*)```\n\nis\n\n```\n([^`]*)\n```", text)
    assert shown is not None
    assert in_words(read_rule(shown[1])) == shown[2]


def test_the_documented_preset_is_one() -> None:
    text = (REPOSITORY / "docs" / "presets.md").read_text(encoding="utf-8")
    (shown,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    own: dict[str, JsonValue] = {"id": "mine", "account": "demo", "site": "home-espresso"}
    rule = instantiate(read_preset(shown), {"images": 7}, own)
    assert wire(rule)
    assert rule.name == "Up to 7 images"
    assert "sector_id" not in str(rule.document())


def test_the_table_of_presets_is_the_gallery() -> None:
    text = (REPOSITORY / "docs" / "presets.md").read_text(encoding="utf-8")
    usable, _ = Gallery(REPOSITORY / "rules" / "presets").all()
    rows = re.findall(r"^\| `([a-z-]+)` \| \w", text.partition("## Using")[0], re.MULTILINE)
    assert sorted(rows) == [stored.preset.id for stored in usable]
    types = next(line for line in text.splitlines() if line.startswith("| `type`"))
    assert re.findall(r"`(\w+)`", types)[1:] == list(INPUT_TYPES)


def test_the_table_of_actions_is_that_of_the_contract() -> None:
    text = (REPOSITORY / "docs" / "rules.md").read_text(encoding="utf-8")
    for action in ACTION_TYPES.values():
        row = next(line for line in text.splitlines() if line.startswith(f"| `{action.name}` |"))
        _, _, params, outputs, _, _ = row.split("|")
        assert re.findall(r"`(\w+)`", params) == list(action.params.model_fields)
        assert re.findall(r"`(\w+)`", outputs) == [output.name for output in action.outputs]

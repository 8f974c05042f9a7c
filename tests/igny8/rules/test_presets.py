"""Presets: what is wrong with one, what it becomes, and how a rule becomes one."""

from __future__ import annotations

import copy
import itertools
import json
import uuid
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from upath import UPath

from igny8.dagfactory.build import build_dag
from igny8.rules import RuleInvalidError, StoredRule, check_rule, in_words, warnings
from igny8.rules.document import parse
from igny8.rules.presets import (
    Gallery,
    Preset,
    PresetNotFoundError,
    StoredPreset,
    as_text,
    check_preset,
    dump_preset,
    instantiate,
    preset_of,
    read_preset,
)
from igny8_local.paths import REPOSITORY

Document = dict[str, Any]

PRESETS = REPOSITORY / "rules" / "presets"
OWN: Document = {"id": "mine", "account": "acme", "site": "blog"}

TEXT = """\
id: polish
name: Polish
description: Optimises some articles.
inputs:
  - {name: many, type: integer, title: How many, default: 5}
  - {name: status, type: text, title: Which, choices: [draft, optimized]}
  - {name: cluster, type: id, title: Of which cluster, default: null}
rule:
  # Runs by hand.
  name: Polish {{ inputs.many }} articles
  trigger: manual
  actions:
    - type: optimize_content
      params: # the worst ones
        content_ids:
          where:
            - {field: status, operator: equals, value: "{{ inputs.status }}"}
          limit: "{{ inputs.many }}"
          order_by: seo_score
    - type: cluster_keywords
      needs: []
      params: {keyword_ids: [1], sector_id: "{{ inputs.cluster }}"}
"""


@pytest.fixture
def written() -> Document:
    return copy.deepcopy(dict(parse(TEXT).data))


def faults_of(document: Document) -> dict[str, str]:
    with pytest.raises(RuleInvalidError) as caught:
        check_preset(document)
    return {problem.path: problem.code for problem in caught.value.problems}


def answers(preset: Preset) -> Document:
    return {each.name: each.sample for each in preset.must_set}


def shipped() -> list[StoredPreset]:
    usable, broken = Gallery(PRESETS).all()
    assert not broken, [str(problem) for each in broken for problem in each.problems]
    return usable


def test_the_gallery_has_what_it_should() -> None:
    names = {stored.preset.id for stored in shipped()}
    assert {path.stem for path in PRESETS.glob("*.yaml")} == names, "each is named after its id"
    assert len(names) >= 8


@pytest.mark.parametrize("stored", shipped(), ids=lambda stored: stored.preset.id)
def test_a_shipped_preset_becomes_a_dag(stored: StoredPreset) -> None:
    preset = stored.preset
    assert all(each.title and (each.description or not each.is_required) for each in preset.inputs)
    rule = instantiate(preset, answers(preset), OWN)
    text = as_text(rule, stored.text)
    dag = build_dag(StoredRule(rule, text, Path("mine.yaml"), 1))
    assert {action.id for action in rule.actions} <= set(dag.task_ids)
    assert dag.doc_md is not None
    assert "{{ inputs." not in dag.doc_md
    assert warnings(rule) == []
    assert check_rule(parse(text).data) == rule


@pytest.mark.parametrize("stored", shipped(), ids=lambda stored: stored.preset.id)
def test_every_choice_of_a_shipped_preset_is_a_rule(stored: StoredPreset) -> None:
    for each in stored.preset.inputs:
        for choice in each.choices or []:
            rule = instantiate(stored.preset, {**answers(stored.preset), each.name: choice}, OWN)
            assert json.dumps(choice) in json.dumps(rule.document())


def test_the_schema_knows_presets(written: Document) -> None:
    schema = json.loads((PRESETS / "preset.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    for document in (written, *(dict(parse(stored.text).data) for stored in shipped())):
        validator.validate(document)
    written["rule"]["actions"][0]["type"] = "optimise_content"
    assert not validator.is_valid(written)
    written["rule"]["actions"][0] = {"type": "optimize_content", "parms": {}}
    assert not validator.is_valid(written)


def test_places_keep_the_type_and_the_comments_stay() -> None:
    rule = instantiate(read_preset(TEXT), {"status": "draft", "many": 3}, OWN)
    assert rule.name == "Polish 3 articles"
    assert (rule.account, rule.site, rule.description) == ("acme", "blog", "Optimises some articles.")
    assert "up to 3 draft articles (lowest seo score first)" in in_words(rule)
    assert "sector_id" not in rule.document()["actions"][1]["params"]  # type: ignore[call-overload, index, operator]
    text = as_text(rule, TEXT)
    assert "# Runs by hand." in text
    assert "# the worst ones" in text
    assert "{{" not in text


def test_everything_that_is_wrong_with_the_answers_is_told_at_once(written: Document) -> None:
    with pytest.raises(RuleInvalidError) as caught:
        instantiate(check_preset(written), {"mny": 1, "many": 0, "cluster": "x"}, {"id": "Mine", "account": "acme"})
    found = {problem.path: (problem.code, problem.suggestion) for problem in caught.value.problems}
    assert found == {
        "inputs.mny": ("unknown_input", "many"),
        "inputs.cluster": ("wrong_input", None),
        "inputs.status": ("missing", None),
        "inputs.many": ("out_of_range", None),  # what the rule says of its limit
        "id": ("bad_id", "mine"),
        "site": ("missing", None),
    }


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("text", "x", " "),
        ("integer", 3, True),
        ("number", 1.5, "1"),
        ("boolean", False, 0),
        ("schedule", "@daily", "0 25 * * *"),
        ("timezone", "Europe/Berlin", "Europe/Berlim"),
        ("integration", 1, 0),
        ("id", 7, -7),
        ("ids", [1, 2], []),
    ],
)
def test_inputs_are_typed(written: Document, kind: str, good: object, bad: object) -> None:
    written["inputs"][2] = {"name": "cluster", "type": kind, "title": "T", "default": bad, "choices": [good, bad]}
    found = faults_of(written)
    assert {path: code for path, code in found.items() if path.startswith("inputs")} == {
        "inputs[2].default": "wrong_input",
        "inputs[2].choices[1]": "wrong_input",
    }


def test_everything_that_is_wrong_with_a_preset_is_told_at_once(written: Document) -> None:
    written["descripton"] = written.pop("description")
    written["inputs"] += [
        {"name": "many", "type": "integer", "title": "Again"},
        {"name": "Odd", "type": "int", "titel": "T"},
    ]
    written["rule"] |= {"account": "acme", "name": "{{ inputs.mny }}"}
    assert faults_of(written) == {
        "description": "missing",
        "descripton": "unknown_field",
        "inputs[3].name": "duplicate",
        "inputs[4].name": "bad_name",
        "inputs[4].type": "not_an_option",
        "inputs[4].title": "missing",
        "inputs[4].titel": "unknown_field",
        "rule.account": "does_not_belong",
        "rule.name": "unknown_input",
        "inputs[4]": "unused_input",
    }


def test_a_preset_whose_rule_is_wrong_is_wrong_there() -> None:
    text = TEXT.replace("optimize_content", "optimise_content").replace("default: 5", "default: 0")
    with pytest.raises(RuleInvalidError) as caught:
        read_preset(text, "polish.yaml")
    assert [str(problem) for problem in caught.value.problems] == [
        ("13:13: rule.actions[0].type: 'optimise_content' is not an action. Did you mean 'optimize_content'?"),
    ]


@pytest.mark.parametrize("value", ["", "- a", "id: [", "id: 1\nrule: 5\ninputs: x\n", "a: b"])
def test_what_is_no_preset(value: str) -> None:
    with pytest.raises(RuleInvalidError):
        read_preset(value)


def test_a_rule_is_shared_without_account_ids_and_secrets(document: Document) -> None:
    document |= {
        "id": "acme-weekly-shop",
        "account": "acme-media",
        "site": "shop",
        "name": "Weekly for Acme Media",
        "description": "Ours, see shop. Ask acme-media for workshops.",
        "status": "paused",
        "trigger": "event",
        "event": "content.imported",
        "assets": ["https://user:hunter2@files.example/feed", "s3://bucket/feed?sig=abcdef", "s3://open/feed"],
        "conditions": [
            {"field": "event.content_id", "operator": "equals", "value": 4711},
            {"any": [{"field": "event.token", "operator": "equals", "value": "hunter3"}]},
            {"not": {"field": "event.site_ids.0", "operator": "equals", "value": 8807}},
        ],
    }
    document["actions"] = [
        {"type": "cluster_keywords", "params": {"keyword_ids": [8801, 8802], "sector_id": 8803}},
        {
            "id": "polish",
            "type": "optimize_content",
            "needs": [],
            "params": {"content_ids": {"where": [{"field": "cluster_id", "operator": "in", "value": [8804]}]}},
            "when": [{"field": "keywords.total", "operator": "greater_than", "value": 3}],
        },
        {"type": "publish_to_wordpress", "params": {"content_ids": 8805, "integration_id": 8806}},
    ]
    rule = check_rule(document)
    preset = preset_of(rule)
    text = dump_preset(preset)
    for secret in ("acme-media", "Acme Media", "hunter", "abcdef", "4711", "880", "paused"):
        assert secret not in text
    assert "workshops" in text, "only whole words are the site's name"
    assert "s3://open/feed" in text
    assert all(each.is_required for each in preset.inputs)
    assert {each.name for each in preset.inputs} == {
        "assets",
        "assets_2",
        "content_id",
        "site_ids",
        "event_token",
        "keyword_ids",
        "sector_id",
        "cluster_id",
        "content_ids",
        "integration_id",
    }
    again = read_preset(text)
    assert again == preset
    back = instantiate(
        again,
        {
            "assets": document["assets"][0],
            "assets_2": document["assets"][1],
            "content_id": 4711,
            "site_ids": 8807,
            "event_token": "hunter3",
            "keyword_ids": [8801, 8802],
            "sector_id": 8803,
            "cluster_id": [8804],
            "content_ids": [8805],
            "integration_id": 8806,
        },
        {name: document[name] for name in ("id", "name", "account", "site")},
    )
    assert back.actions == check_rule(json.loads(json.dumps(document).replace("8805", "[8805]"))).actions
    assert (back.conditions, back.assets) == (rule.conditions, rule.assets)


def test_the_shipped_rule_survives_being_shared() -> None:
    rule = check_rule(parse((REPOSITORY / "rules" / "keywords-to-articles.yaml").read_text("utf-8")).data)
    preset = preset_of(rule)
    assert [each.name for each in preset.must_set] == ["integration_id"]
    own = {"id": rule.id, "account": rule.account, "site": rule.site}
    assert instantiate(preset, {"integration_id": 1}, own) == rule


def test_a_gallery_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(TEXT)
    (tmp_path / "b.yaml").write_text(TEXT)
    (tmp_path / "broken.yaml").write_text("id: broken\nrule: {}\n")
    (tmp_path / "readme.md").write_text("no preset")
    usable, broken = Gallery(tmp_path).all()
    assert [stored.preset.id for stored in usable] == ["polish"]
    assert {(each.name, each.preset_id, each.problems[0].code) for each in broken} == {
        ("b.yaml", "polish", "duplicate_preset"),
        ("broken.yaml", "broken", "missing"),
    }
    assert Gallery(tmp_path).get("broken") in broken
    with pytest.raises(PresetNotFoundError, match=r"There is no preset 'polisj'\. Did you mean 'polish'\?"):
        Gallery(tmp_path).get("polisj")
    assert Gallery(tmp_path / "nowhere").all() == ([], [])


def test_a_gallery_in_object_storage() -> None:
    root = UPath(f"memory://gallery-{uuid.uuid4().hex}")
    root.mkdir()
    (root / "polish.yaml").write_text(TEXT)
    stored = Gallery(root).get("polish")
    assert isinstance(stored, StoredPreset)
    assert stored.preset == read_preset(TEXT)


def test_no_two_shipped_presets_say_the_same() -> None:
    texts = [in_words(instantiate(stored.preset, answers(stored.preset), OWN)) for stored in shipped()]
    assert all(one != other for one, other in itertools.combinations(texts, 2))

"""The schema that editors complete rules by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from igny8.actions import ACTION_TYPES
from igny8.rules.document import parse
from igny8.rules.schema import main, rule_schema, schema_text

RULES = Path(__file__).parents[3] / "rules"


def test_the_stored_schema_is_current(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["--check", str(RULES / "rule.schema.json")]) == 0, "write it anew: python -m igny8.rules.schema"
    old = tmp_path / "old.json"
    assert main(["--check", str(old)]) == 1
    old.write_text("{}")
    assert main(["--check", str(old)]) == 1
    assert "is not current" in capsys.readouterr().err
    assert main([str(old)]) == 0
    assert old.read_text("utf-8") == schema_text()


def test_it_is_a_schema_and_describes_every_field() -> None:
    schema = rule_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    properties: Any = schema["properties"]
    assert all("description" in field for field in properties.values())
    text = json.dumps(schema)
    for name in ACTION_TYPES:
        assert f'"const": "{name}"' in text
    assert '"x-collection": "keywords"' in text
    assert '"x-supplied-by": ["content_ids"]' in text


def validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((RULES / "rule.schema.json").read_text("utf-8")))


@pytest.mark.parametrize("path", sorted(RULES.glob("*.yaml")), ids=lambda path: path.name)
def test_the_rules_that_are_there_fit_it(path: Path) -> None:
    validator().validate(parse(path.read_text("utf-8")).data)


@pytest.mark.parametrize(
    "change",
    [
        {"conditions": {"not": {"field": "a.b", "operator": "in", "value": [1]}}},
        {"trigger": "schedule", "schedule": ["@daily"]},
        {"trigger": "event", "assets": ["s3://x"]},
        {"quiet_hours": [{"from": "22:00", "to": "24:00", "days": ["SAT"]}], "excluded_dates": ["12-25", "2026-12-24"]},
        {"overlap": "skip"},
        {"overlap": {"parallel": 3}},
        {"actions": [{"type": "optimize_content", "params": {"content_ids": "{{ event.id }}"}, "when": {"any": []}}]},
    ],
)
def test_other_forms_fit_it(document: dict[str, Any], change: dict[str, Any]) -> None:
    validator().validate({**document, **change})


@pytest.mark.parametrize(
    "change",
    [
        {"statuss": 1},
        {"trigger": "schedule"},
        {"trigger": "event"},
        {"quiet_hours": [{"from": "24:00", "to": "06:00"}]},
        {"excluded_dates": ["25.12."]},
        {"overlap": "parallel"},
        {"overlap": {"parallel": 0}},
        {"actions": []},
        {"actions": [{"type": "generate_contents"}]},
        {"actions": [{"type": "publish_to_wordpress"}]},
        {"actions": [{"type": "publish_to_wordpress", "params": {"integration_id": 1, "status": "live"}}]},
        {"actions": [{"type": "optimize_content", "params": {"content_ids": "all"}}]},
        {"conditions": [{"field": "a", "operator": "is", "value": 1}]},
    ],
)
def test_mistakes_do_not_fit_it(document: dict[str, Any], change: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        validator().validate({**document, **change})

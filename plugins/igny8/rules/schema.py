"""The JSON Schemas of rules and presets, with which editors complete and check the YAML while it is written.

``python -m igny8.rules.schema PATH`` writes the rule's, and the preset's into ``presets/`` beside it; with ``--check``
it says whether those that are there are current.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from igny8.rules.folders import PRESETS
from igny8.rules.model import Rule
from igny8.rules.presets.schema import preset_schema


def rule_schema() -> dict[str, JsonValue]:
    """The schema, in the dialect 2020-12."""
    schema: dict[str, JsonValue] = Rule.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text(schema: dict[str, JsonValue] | None = None) -> str:
    """A schema as it is stored in a file; left out, the rule's."""
    return json.dumps(rule_schema() if schema is None else schema, indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the schemas, or check those that are there; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m igny8.rules.schema", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?", default=Path("rules/rule.schema.json"))
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not current")
    options = parser.parse_args(arguments)
    stale = False
    for path, text in (
        (options.path, schema_text()),
        (options.path.parent / PRESETS / "preset.schema.json", schema_text(preset_schema())),
    ):
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale = True
            sys.stderr.write(
                f"{path} is not current; write it anew with: python -m igny8.rules.schema {options.path}\n"
            )
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

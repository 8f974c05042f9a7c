"""The JSON Schema of a rule, with which editors complete and check the YAML while it is written.

``python -m igny8.rules.schema PATH`` writes it; with ``--check`` it says whether the one that is there is current.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import JsonValue

from igny8.rules.model import Rule


def rule_schema() -> dict[str, JsonValue]:
    """The schema, in the dialect 2020-12."""
    schema: dict[str, JsonValue] = Rule.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_text() -> str:
    """The schema as it is stored in ``rules/rule.schema.json``."""
    return json.dumps(rule_schema(), indent=2, ensure_ascii=False) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the schema, or check the one that is there; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m igny8.rules.schema", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("path", type=Path, nargs="?", default=Path("rules/rule.schema.json"))
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the file is not current")
    options = parser.parse_args(arguments)
    text = schema_text()
    if not options.check:
        options.path.write_text(text, encoding="utf-8")
        return 0
    if options.path.is_file() and options.path.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(
        f"{options.path} is not current; write it anew with: python -m igny8.rules.schema {options.path}\n"
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())

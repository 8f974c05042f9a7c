"""The Dag files that rules are spread over, each a few dozen of many: a saved rule has only its own file read again."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from airflow.configuration import conf

ShardRules = Mapping[str, tuple[int, str]]
"""The rules whose Dags a file makes: the revision and the text of each, by Dag id."""

SHARDS: Final = 32
"""How many files there are at most; one without rules is not there."""
CURRENT: Final = "current"
"""The name of the folder with the files of now, beside those that are kept for the runs that were made from them."""
_PARSED: Final = ".parsed"
RULES_FILE: Final = "rules.py"
"""The one Dag file that makes all rules' Dags where no bundle of rules is configured, in the Dags folder."""
DAGS_FOLDER: Final = "dags-folder"
"""Airflow's name for the bundle that is the Dags folder."""
BUNDLE_CLASS: Final = "igny8.dagfactory.bundle.RuleBundle"

_FILE: Final = '''"""Made by igny8.dagfactory.bundle: the Dags of the rules below. Change the rules, not this file."""

# airflow dag: the words that make Airflow's file search look into this file
from igny8.dagfactory.load import load_shard

# The revision and the text of each rule: the file is all that its Dags are made of, so it can be kept for their runs.
RULES = {{
{rules}
}}

globals().update(load_shard(RULES, __file__))
'''


def shard_of(dag_id: str) -> str:
    """The name of the file that makes the Dag."""
    return f"shard_{zlib.crc32(dag_id.encode()) % SHARDS:02}.py"


def shard_text(rules: ShardRules) -> str:
    """What stands in the file that makes the Dags of these rules."""
    entries = (f"    {name!r}: {_entry(revision, text)}," for name, (revision, text) in sorted(rules.items()))
    return _FILE.format(rules="\n".join(entries))


def _entry(revision: int, text: str) -> str:
    # Line for line, for those who look at the file in Airflow.
    lines = "\n".join(f"        {line!r}" for line in text.splitlines(keepends=True))
    return f"({revision}, (\n{lines}\n    ))"


def note_parsed(file: Path, rules: ShardRules) -> None:
    """Leave beside a file what of it has been read, for whoever has to know whether that was the latest."""
    if file.parent.name == CURRENT:
        with suppress(OSError):  # then it is read some more times than it has to be
            file.with_suffix(_PARSED).write_text(_digest(rules), encoding="utf-8")


def is_parsed(file: Path, rules: ShardRules) -> bool:
    """Whether a file was read, by whoever read it last, as it is to be read now."""
    try:
        return file.with_suffix(_PARSED).read_text(encoding="utf-8") == _digest(rules)
    except OSError:
        return False


def _digest(rules: ShardRules) -> str:
    return sha256(repr(sorted(rules.items())).encode()).hexdigest()


def made_in(dag_id: str) -> tuple[str, str]:
    """The names of the bundle and of the file in it that make a rule's Dag, by Airflow's configuration."""
    bundle = rule_bundle()
    return (DAGS_FOLDER, RULES_FILE) if bundle is None else (bundle, shard_of(dag_id))


def rule_bundle() -> str | None:
    """The name of the bundle of rules, if one is configured."""
    configured = conf.getjson("dag_processor", "dag_bundle_config_list", fallback=[])
    for bundle in configured if isinstance(configured, list) else []:
        if isinstance(bundle, dict) and bundle.get("classpath") == BUNDLE_CLASS:
            return str(bundle["name"])
    return None

"""The Dag files that rules are spread over, each a few dozen of many: a saved rule has only its own file read again."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Final

from airflow.configuration import conf

from igny8.dagfactory.ids import dag_id_of
from igny8.rules import StoredRule

SHARDS: Final = 32
"""How many files there are at most; one without rules is not there."""
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

globals().update(load_shard(RULES))
'''


def shard_of(dag_id: str) -> str:
    """The name of the file that makes the Dag."""
    return f"shard_{zlib.crc32(dag_id.encode()) % SHARDS:02}.py"


def shard_text(rules: Sequence[StoredRule]) -> str:
    """What stands in the file that makes the Dags of these rules."""
    entries = {dag_id_of(stored.rule.account, stored.rule.id): _entry(stored) for stored in rules}
    return _FILE.format(rules="\n".join(f"    {name!r}: {entry}," for name, entry in sorted(entries.items())))


def _entry(stored: StoredRule) -> str:
    # Line for line, for those who look at the file in Airflow.
    lines = "\n".join(f"        {line!r}" for line in stored.text.splitlines(keepends=True))
    return f"({stored.revision}, (\n{lines}\n    ))"


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

"""All Dags of the rules' store, and where broken rules go."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import cast

from airflow.sdk import DAG, ObjectStoragePath, get_parsing_context
from upath import UPath

from igny8.actions import BROKEN_ACTIONS
from igny8.dagfactory.build import build_dag, dag_id
from igny8.dagfactory.quarantine import BROKEN, quarantine
from igny8.dagfactory.shards import ShardRules, note_parsed, rule_bundle, shard_of
from igny8.rules import RuleStore, Scan, StoredRule, read_rule
from igny8.rules.folders import PRESETS, RulePath


def rules_path() -> RulePath:
    """Where the rules are stored: ``IGNY8_RULES_PATH``, a folder or any URL that ``ObjectStoragePath`` opens."""
    return _opened(_configured())


def presets_path() -> RulePath:
    """Where the presets are: ``IGNY8_PRESETS_PATH``, a folder or such a URL; unless set, ``presets`` with the rules."""
    path = os.environ.get("IGNY8_PRESETS_PATH")
    return _opened(path) if path else rules_path() / PRESETS


def _opened(path: str) -> RulePath:
    # Airflow's paths act like UPath, with Airflow's connections for credentials, but don't say so in their type.
    return cast("UPath", ObjectStoragePath(path)) if "://" in path else Path(path)


def load_dags(dags_folder: Path) -> dict[str, DAG]:
    """A Dag for every rule that is not inactive, by Dag id; none where a bundle of rules makes them.

    A broken rule never stops the others: it gets a file of its own in ``dags_folder/broken_rules`` that raises its
    errors, and so shows among Airflow's import errors under its own name. When a task's process parses the file for
    one Dag, only that Dag is built, and the quarantine is left alone.
    """
    if rule_bundle() is not None:
        return {}
    scan = _store(_configured()).scan()
    wanted = get_parsing_context().dag_id
    if wanted is None:
        quarantine(scan.broken, dags_folder / BROKEN, BROKEN_ACTIONS)
    return {name: build_dag(stored) for name, stored in _with_dag(scan).items() if wanted in {None, name}}


_read: dict[str, StoredRule] = {}
"""The rules, by Dag id, that this process read last, or the one that it was forked from."""


def load_shard(rules: ShardRules, file: str) -> dict[str, DAG]:
    """The Dags of the rules whose revisions and texts a file of the bundle holds.

    Raises:
        RuleInvalidError: one was kept for runs that were made from it, and is no usable rule any more.
    """
    wanted = get_parsing_context().dag_id
    if wanted is None:
        note_parsed(Path(file), rules)
    return {
        name: build_dag(_reread(name, revision, text))
        for name, (revision, text) in rules.items()
        if wanted in {None, name}
    }


def _reread(name: str, revision: int, text: str) -> StoredRule:
    known = _read.get(name)
    if known is not None and (known.revision, known.text) == (revision, text):
        return known
    rule = read_rule(text)
    return StoredRule(rule, text, rules_path() / f"{rule.id}.yaml", revision)


def shards_of_store(folder: Path) -> dict[str, ShardRules]:
    """The rules of each Dag file that the stored rules want, by file name; the broken ones are put in quarantine."""
    scan = _store(_configured()).scan()
    quarantine(scan.broken, folder / BROKEN, BROKEN_ACTIONS)
    _read.clear()
    _read.update(_with_dag(scan))
    shards: dict[str, dict[str, tuple[int, str]]] = {}
    for name, stored in _read.items():
        shards.setdefault(shard_of(name), {})[name] = (stored.revision, stored.text)
    return dict(shards)


def _with_dag(scan: Scan) -> dict[str, StoredRule]:
    return {dag_id(stored.rule): stored for stored in scan.rules if stored.rule.status != "inactive"}


def _configured() -> str:
    return os.environ.get("IGNY8_RULES_PATH", "rules")


@cache
def _store(path: str) -> RuleStore:
    # One for the process: it remembers what it has read, and so do the processes that are forked from it.
    return RuleStore(_opened(path))

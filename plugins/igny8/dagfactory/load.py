"""All Dags of the rules' store, and where broken rules go."""

from __future__ import annotations

import os
from pathlib import Path
from typing import cast

from airflow.sdk import DAG, ObjectStoragePath, get_parsing_context
from upath import UPath

from igny8.actions import BROKEN_ACTIONS
from igny8.dagfactory.build import build_dag, dag_id
from igny8.dagfactory.quarantine import quarantine
from igny8.rules import RuleStore
from igny8.rules.folders import PRESETS, RulePath


def rules_path() -> RulePath:
    """Where the rules are stored: ``IGNY8_RULES_PATH``, a folder or any URL that ``ObjectStoragePath`` opens."""
    return _opened(os.environ.get("IGNY8_RULES_PATH", "rules"))


def presets_path() -> RulePath:
    """Where the presets are: ``IGNY8_PRESETS_PATH``, a folder or such a URL; unless set, ``presets`` with the rules."""
    path = os.environ.get("IGNY8_PRESETS_PATH")
    return _opened(path) if path else rules_path() / PRESETS


def _opened(path: str) -> RulePath:
    # Airflow's paths act like UPath, with Airflow's connections for credentials, but don't say so in their type.
    return cast("UPath", ObjectStoragePath(path)) if "://" in path else Path(path)


def load_dags(dags_folder: Path) -> dict[str, DAG]:
    """A Dag for every rule that is not inactive, by Dag id.

    A broken rule never stops the others: it gets a file of its own in ``dags_folder/broken_rules`` that raises its
    errors, and so shows among Airflow's import errors under its own name. When a task's process parses the file for
    one Dag, only that Dag is built, and the quarantine is left alone.
    """
    scan = RuleStore(rules_path()).scan()
    wanted = get_parsing_context().dag_id
    if wanted is None:
        quarantine(scan.broken, dags_folder / "broken_rules", BROKEN_ACTIONS)
    return {
        dag_id(stored.rule): build_dag(stored)
        for stored in scan.rules
        if stored.rule.status != "inactive" and wanted in {None, dag_id(stored.rule)}
    }

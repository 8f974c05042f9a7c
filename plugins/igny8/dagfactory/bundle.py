"""The rules as a Dag bundle of Airflow's: it watches the store and keeps a few small Dag files for it.

Configured by ``[dag_processor] dag_bundle_config_list``. Every process that runs tasks imports this module, so what
building Dags needs is imported only when it is used. The Dag processor forks for each file that it parses: what
:meth:`RuleBundle.refresh` has imported and read in it, its children need not import and read again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion

from igny8.dagfactory.shards import CURRENT, ShardRules, is_parsed, shard_text
from igny8.dagfactory.writing import write_changed

log = logging.getLogger(__name__)

_AGAIN: Final = 2.0
"""After how many seconds a changed file is made new once more, unless it was read since.

A parse that had begun before the change and ends after it makes Airflow take the file for read.
"""
_GONE: Final = 5.0
"""After how many seconds a file that has lost a Dag is read for a last time.

Airflow takes a Dag out only by a parse that comes ``[dag_processor] stale_dag_threshold`` after the last that had it.
"""
_GIVEN_UP: Final = 120.0
"""After how many seconds a file is left to Airflow's own rounds, though nobody has read it."""
_KEPT: Final = 500
"""How many versions are kept at least, the newest. Those are names for the same files, as far as these are alike."""


@dataclass(frozen=True, slots=True)
class _Change:
    at: float
    """When the file was written, on the monotonic clock."""
    gone: bool
    """Whether it has lost a Dag."""


class RuleBundle(BaseDagBundle):
    """The Dags of all stored rules, and a file for each broken rule, in a folder of Airflow's bundle storage.

    Its version is what its files say. The files of a version are kept, and a run keeps the version that it was made
    from: saving a rule changes none of its runs.
    """

    supports_versioning = True
    _changed: dict[str, _Change]
    """The files of which it is not known that Airflow has read them as they are now."""
    _dags: dict[str, set[str]]
    """The ids of the Dags that each file makes."""

    @property
    def path(self) -> Path:
        """The folder of the Dag files: those of the version that was asked for, or of now where it is not kept."""
        if self.version is not None:
            kept = self._folder_of(self.version)
            if kept.is_dir():
                return kept
        return self.base_dir / CURRENT

    def get_current_version(self) -> BundleVersion:
        """What the files of now say, as a digest."""
        found = hashlib.sha256()
        for file in sorted(self.path.rglob("*.py")):
            found.update(f"{file.name}\0".encode() + file.read_bytes())
        return BundleVersion(version=found.hexdigest()[:16])

    def initialize(self) -> None:
        """Make the files, unless the version that was asked for has them."""
        self._changed, self._dags = {}, {}
        if self.version is None or not self._folder_of(self.version).is_dir():
            if self.version is not None:
                log.warning("The rules' version %s is not kept any more: the rules of now are used.", self.version)
            self.refresh()
        super().initialize()

    def refresh(self) -> None:
        """Make the folder hold the files of the stored rules; those that are right already are not touched."""
        from igny8.dagfactory.load import shards_of_store  # noqa: PLC0415 - see the module's docstring

        with self.lock():
            self.path.mkdir(parents=True, exist_ok=True)
            wanted = shards_of_store(self.path)
            for name, rules in wanted.items():
                gone = bool(self._dags.get(name, set()) - rules.keys())
                self._dags[name] = set(rules)
                if write_changed(self.path / name, shard_text(rules)):
                    self._changed[name] = _Change(time.monotonic(), gone)
                elif name in self._changed and self._has_to_be_read(name, rules):
                    os.utime(self.path / name)
            for file in self.path.glob("shard_*"):
                if file.with_suffix(".py").name not in wanted:
                    file.unlink(missing_ok=True)
                    self._dags.pop(file.name, None)
                    self._changed.pop(file.name, None)
            self._keep(wanted)

    def _keep(self, names: Iterable[str]) -> None:
        kept = self._folder_of(self.get_current_version().version)
        if kept.is_dir():
            return
        draft = kept.with_name(f".{kept.name}")
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        for name in names:
            (draft / name).hardlink_to(self.path / name)
        draft.rename(kept)
        versions = sorted(self.versions_dir.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
        for old in versions[_KEPT:]:
            shutil.rmtree(old, ignore_errors=True)

    def _folder_of(self, version: str) -> Path:
        return self.versions_dir / version

    def _has_to_be_read(self, name: str, rules: ShardRules) -> bool:
        """Whether Airflow has to read a changed file once more; one of which nothing more is wanted is forgotten."""
        change, file = self._changed[name], self.path / name
        age = time.monotonic() - change.at
        if not is_parsed(file, rules) and age < _GIVEN_UP:
            return time.time() - file.stat().st_mtime >= _AGAIN
        if change.gone and age < _GONE:
            return False
        del self._changed[name]
        return change.gone

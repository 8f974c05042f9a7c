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
from pathlib import Path
from typing import Final

from airflow.dag_processing.bundles.base import BaseDagBundle, BundleVersion

from igny8.dagfactory.writing import write_changed

log = logging.getLogger(__name__)

_SETTLED: Final = 16.0
"""For how long a file counts as changed, in seconds."""
_AGAIN: Final = 5.0
"""How often such a file is made new once more, in seconds.

A parse that had begun before the change and ends after it makes Airflow take the file for read. And a Dag that is gone
is taken out only by a parse that comes some time after the last one that had it.
"""


_KEPT: Final = 500
"""How many versions are kept at least, the newest. Those are names for the same files, as far as these are alike."""


class RuleBundle(BaseDagBundle):
    """The Dags of all stored rules, and a file for each broken rule, in a folder of Airflow's bundle storage.

    Its version is what its files say. The files of a version are kept, and a run keeps the version that it was made
    from: saving a rule changes none of its runs.
    """

    supports_versioning = True
    _changed: dict[str, float]
    """When each file was written, on the monotonic clock."""

    @property
    def path(self) -> Path:
        """The folder of the Dag files: those of the version that was asked for, or of now where it is not kept."""
        if self.version is not None:
            kept = self._folder_of(self.version)
            if kept.is_dir():
                return kept
        return self.base_dir / "current"

    def get_current_version(self) -> BundleVersion:
        """What the files of now say, as a digest."""
        found = hashlib.sha256()
        for file in sorted(self.path.rglob("*.py")):
            found.update(f"{file.name}\0".encode() + file.read_bytes())
        return BundleVersion(version=found.hexdigest()[:16])

    def initialize(self) -> None:
        """Make the files, unless the version that was asked for has them."""
        self._changed = {}
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
            for name, text in wanted.items():
                if write_changed(self.path / name, text):
                    self._changed[name] = time.monotonic()
                elif self._is_unsettled(name):
                    os.utime(self.path / name)
            for file in self.path.glob("shard_*.py"):
                if file.name not in wanted:
                    file.unlink(missing_ok=True)
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

    def _is_unsettled(self, name: str) -> bool:
        changed = self._changed.get(name)
        if changed is None or time.monotonic() - changed > _SETTLED:
            return False
        return time.time() - (self.path / name).stat().st_mtime >= _AGAIN

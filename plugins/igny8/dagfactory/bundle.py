"""The rules as a Dag bundle of Airflow's: it watches the store and keeps a few small Dag files for it.

Configured by ``[dag_processor] dag_bundle_config_list``. Every process that runs tasks imports this module, so what
building Dags needs is imported only when it is used. The Dag processor forks for each file that it parses: what
:meth:`RuleBundle.refresh` has imported and read in it, its children need not import and read again.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

from airflow.dag_processing.bundles.base import BaseDagBundle

from igny8.dagfactory.writing import write_changed

_SETTLED: Final = 16.0
"""For how long a file counts as changed, in seconds."""
_AGAIN: Final = 5.0
"""How often such a file is made new once more, in seconds.

A parse that had begun before the change and ends after it makes Airflow take the file for read. And a Dag that is gone
is taken out only by a parse that comes some time after the last one that had it.
"""


class RuleBundle(BaseDagBundle):
    """The Dags of all stored rules, and a file for each broken rule, in a folder of Airflow's bundle storage."""

    supports_versioning = False
    _changed: dict[str, float]
    """When each file was written, on the monotonic clock."""

    @property
    def path(self) -> Path:
        """The folder of the Dag files."""
        return self.base_dir

    def get_current_version(self) -> None:
        """Rules have revisions each; the bundle as a whole has no version."""

    def initialize(self) -> None:
        """Make the files."""
        self._changed = {}
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

    def _is_unsettled(self, name: str) -> bool:
        changed = self._changed.get(name)
        if changed is None or time.monotonic() - changed > _SETTLED:
            return False
        return time.time() - (self.path / name).stat().st_mtime >= _AGAIN

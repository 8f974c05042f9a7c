"""What one of the engine's processes in tests does once it has been forked from one that has imported the engine."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path


def run(environment: Mapping[str, str], log: Path, arguments: Sequence[str]) -> None:
    """Be ``python -m igny8_engine <arguments>`` in that environment."""
    import engine_imported

    from igny8_engine.__main__ import cli

    assert os.getppid() == engine_imported.PROCESS, "the engine was imported anew, which is what this is to save"
    signal.signal(signal.SIGINT, signal.default_int_handler)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(output, stream)
    os.environ.clear()
    os.environ.update(environment)
    cli(list(arguments))

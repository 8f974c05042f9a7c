"""What an operator of the system can set for the running of rules, by environment variable."""

from __future__ import annotations

import os


def engine_patience() -> float:
    """How long a task waits for an engine that is away before it fails, in seconds (``IGNY8_ENGINE_PATIENCE``)."""
    return float(os.environ.get("IGNY8_ENGINE_PATIENCE", "300"))

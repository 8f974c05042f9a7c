"""What an operator of the system can set for the running of rules, by environment variable."""

from __future__ import annotations

import os

from igny8.targets import read_hosts


def engine_patience() -> float:
    """How long a task waits for an engine that is away before it fails, in seconds (``IGNY8_ENGINE_PATIENCE``)."""
    return float(os.environ.get("IGNY8_ENGINE_PATIENCE", "300"))


def notify_patience() -> float:
    """How long a notification is tried to be delivered, in seconds (``IGNY8_NOTIFY_PATIENCE``)."""
    return float(os.environ.get("IGNY8_NOTIFY_PATIENCE", "14400"))


def allowed_hosts() -> tuple[str, ...]:
    """The hosts on private networks that may be notified (``IGNY8_ALLOWED_HOSTS``)."""
    return read_hosts(os.environ.get("IGNY8_ALLOWED_HOSTS", ""))

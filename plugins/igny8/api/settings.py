"""What an operator of the system can set for the REST API, by environment variable."""

from __future__ import annotations

import os


def default_account() -> str | None:
    """The account of new rules that name none (``IGNY8_DEFAULT_ACCOUNT``)."""
    return os.environ.get("IGNY8_DEFAULT_ACCOUNT") or None


def default_site() -> str | None:
    """The site of new rules that name none (``IGNY8_DEFAULT_SITE``)."""
    return os.environ.get("IGNY8_DEFAULT_SITE") or None


def events_secret() -> str:
    """What sources of events for all rules sign with (``IGNY8_EVENTS_SECRET``): secrets separated by white space."""
    return os.environ.get("IGNY8_EVENTS_SECRET", "")


def hook_rate() -> int:
    """How many runs of one rule webhooks may start within a minute (``IGNY8_HOOK_RATE``)."""
    return int(os.environ.get("IGNY8_HOOK_RATE", "60"))

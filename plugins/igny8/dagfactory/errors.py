"""How a broken rule shows in Airflow."""

from __future__ import annotations


class BrokenRuleError(Exception):
    """A rule that cannot become a Dag; the message lists everything that is wrong with it."""

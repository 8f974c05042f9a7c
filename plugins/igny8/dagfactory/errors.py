"""How a broken rule shows in Airflow."""

from __future__ import annotations


class BrokenRuleError(Exception):
    """A rule that cannot become a Dag, or an action that no rule can use; the message says what is wrong with it."""

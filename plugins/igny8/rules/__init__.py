"""Rules: what they are, how they are written, checked, wired and stored. Knows neither Airflow nor the engine."""

from igny8.rules.advice import warnings
from igny8.rules.aloud import differences, in_words
from igny8.rules.check import check_rule, dump_rule, read_rule
from igny8.rules.errors import (
    Problem,
    RevisionConflictError,
    RevisionNotFoundError,
    RuleError,
    RuleInvalidError,
    RuleNotFoundError,
    RuleStoreError,
    UnresolvedReferenceError,
)
from igny8.rules.limits import Limits
from igny8.rules.loops import Link, Loop, find_loop
from igny8.rules.model import Action, Rule, RuleTest
from igny8.rules.resolve import references, resolve
from igny8.rules.revisions import Revision
from igny8.rules.store import BrokenRule, RuleStore, Scan, StoredRule
from igny8.rules.trials import Trial, run_tests
from igny8.rules.wiring import WiredAction, wire

__all__ = [
    "Action",
    "BrokenRule",
    "Limits",
    "Link",
    "Loop",
    "Problem",
    "Revision",
    "RevisionConflictError",
    "RevisionNotFoundError",
    "Rule",
    "RuleError",
    "RuleInvalidError",
    "RuleNotFoundError",
    "RuleStore",
    "RuleStoreError",
    "RuleTest",
    "Scan",
    "StoredRule",
    "Trial",
    "UnresolvedReferenceError",
    "WiredAction",
    "check_rule",
    "differences",
    "dump_rule",
    "find_loop",
    "in_words",
    "read_rule",
    "references",
    "resolve",
    "run_tests",
    "warnings",
    "wire",
]

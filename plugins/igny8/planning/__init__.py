"""What a rule would do and cost if it ran now. Changes nothing, and knows nothing of Airflow."""

from igny8.planning.asking import request_text
from igny8.planning.dry_run import DryRun, DryRunAction, DryRunItem, dry_run
from igny8.planning.estimate import ActionEstimate, Estimate, estimate
from igny8.planning.verdict import Verdict, judge

__all__ = [
    "ActionEstimate",
    "DryRun",
    "DryRunAction",
    "DryRunItem",
    "Estimate",
    "Verdict",
    "dry_run",
    "estimate",
    "judge",
    "request_text",
]

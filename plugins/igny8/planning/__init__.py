"""What a rule would do and cost if it ran now. Changes nothing, and knows nothing of Airflow."""

from igny8.planning.dry_run import DryRun, DryRunAction, DryRunItem, dry_run
from igny8.planning.estimate import ActionEstimate, Estimate, estimate

__all__ = ["ActionEstimate", "DryRun", "DryRunAction", "DryRunItem", "Estimate", "dry_run", "estimate"]

"""What rules may spend, and what they have spent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("jobs", sa.Column("budget", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("jobs", sa.Column("day", sa.Date(), nullable=True))
    op.add_column("ledger", sa.Column("rule", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("run", sa.Text(), nullable=True))
    op.add_column("ledger", sa.Column("day", sa.Date(), nullable=True))
    op.create_index(
        "ix_ledger_of_day", "ledger", ["account_id", "rule", "day"], postgresql_where=sa.text("rule is not null")
    )
    op.create_index("ix_ledger_of_run", "ledger", ["account_id", "run"], postgresql_where=sa.text("run is not null"))


def downgrade() -> None:
    """Undo the step."""
    op.drop_index("ix_ledger_of_run", "ledger")
    op.drop_index("ix_ledger_of_day", "ledger")
    op.drop_column("ledger", "day")
    op.drop_column("ledger", "run")
    op.drop_column("ledger", "rule")
    op.drop_column("jobs", "day")
    op.drop_column("jobs", "budget")

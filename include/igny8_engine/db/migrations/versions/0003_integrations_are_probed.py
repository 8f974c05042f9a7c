"""What was found out about an integration."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column(
        "integrations",
        sa.Column("findings", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
    )
    op.add_column("integrations", sa.Column("probed_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo the step."""
    op.drop_column("integrations", "probed_at")
    op.drop_column("integrations", "findings")

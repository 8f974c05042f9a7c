"""Publications know when their posts go live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("publications", sa.Column("live_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Undo the step."""
    op.drop_column("publications", "live_at")

"""Publications know where their posts were before they were taken down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("publications", sa.Column("left_url", sa.Text(), nullable=True))


def downgrade() -> None:
    """Undo the step."""
    op.drop_column("publications", "left_url")

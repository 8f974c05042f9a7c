"""Publications know the internal links that were put into them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("publications", sa.Column("links", postgresql.JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    """Undo the step."""
    op.drop_column("publications", "links")

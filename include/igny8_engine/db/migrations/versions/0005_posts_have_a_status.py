"""Publications know the status of their posts, so that what is taken down is known to be down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.add_column("publications", sa.Column("post_status", sa.Text(), nullable=True))
    # Only what is live has an address without a question mark; the rest is known when it is published again.
    op.execute("update publications set post_status = 'publish' where position('?' in post_url) = 0")


def downgrade() -> None:
    """Undo the step."""
    op.drop_column("publications", "post_status")

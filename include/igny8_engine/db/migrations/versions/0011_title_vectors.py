"""What titles are compared by, so that each is read once and not once for each process."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "title_vectors",
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name="fk_title_vectors_site_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "digest", name="pk_title_vectors"),
    )


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("title_vectors")

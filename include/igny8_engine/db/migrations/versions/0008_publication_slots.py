"""When posts go live that are not to go live all at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "publication_slots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("content_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name="fk_publication_slots_integration_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["content_id"], ["content.id"], name="fk_publication_slots_content_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_publication_slots"),
        sa.UniqueConstraint("integration_id", "content_id", name="uq_publication_slots_integration_id_content_id"),
        sa.UniqueConstraint("integration_id", "at", name="uq_publication_slots_integration_id_at"),
    )


def downgrade() -> None:
    """Undo the step."""
    op.drop_table("publication_slots")

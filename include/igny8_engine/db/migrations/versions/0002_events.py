"""Events, to be delivered and to be pulled."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ANNOUNCE = """
create function announce_event() returns trigger language plpgsql as $$
begin
    perform pg_notify('igny8_events', '');
    return null;
end
$$
"""


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "events",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("site_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "uid",
            sa.Text(),
            server_default=sa.text("'evt_' || replace(gen_random_uuid()::text, '-', '')"),
            nullable=False,
        ),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.Column("delivered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_events_account_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["site_id"], ["sites.id"], name=op.f("fk_events_site_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("uid", name=op.f("uq_events_uid")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_events_account_id_key")),
        sa.UniqueConstraint("account_id", "position", name=op.f("uq_events_account_id_position")),
    )
    op.create_index(
        "ix_events_due", "events", ["next_try_at"], unique=False, postgresql_where=sa.text("next_try_at is not null")
    )
    op.create_index(
        "ix_events_without_position",
        "events",
        ["account_id", "id"],
        unique=False,
        postgresql_where=sa.text("position is null"),
    )
    op.create_index(op.f("ix_events_account_id_created_at"), "events", ["account_id", "created_at"], unique=False)
    op.execute("create sequence event_positions")
    op.execute(_ANNOUNCE)
    op.execute(
        "create trigger announce_event after insert on events for each statement execute function announce_event()"
    )
    op.add_column("job_items", sa.Column("told", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    """Take the step back."""
    op.drop_column("job_items", "told")
    op.execute("drop trigger announce_event on events")
    op.execute("drop function announce_event")
    op.execute("drop sequence event_positions")
    op.drop_table("events")

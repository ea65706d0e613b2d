"""Notices to customers and tenants: the outbox, how far the log was read, what each tenant wants.

Code of before tells nobody anything, and leaves the tables as they are.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
phase = "pre-deploy"


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "log_readers",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_log_readers")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("code", sa.String(length=64), server_default="", nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("settled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint(
            "registration_id",
            "sequence",
            "channel",
            "kind",
            "days",
            name=op.f("uq_notices_registration_id_sequence_channel_kind_days"),
        ),
    )
    waiting = sa.text("state = 'waiting'")
    op.create_index(
        "ix_notices_due",
        "notices",
        ["channel", "due_at"],
        postgresql_where=waiting,
        sqlite_where=waiting,
    )
    op.create_index(
        op.f("ix_notices_tenant_id_created_at_id"), "notices", ["tenant_id", "created_at", "id"]
    )
    op.create_index(op.f("ix_notices_settled_at"), "notices", ["settled_at"])
    op.create_table(
        "bounced_addresses",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("address_index", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("bounced_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "address_index", name=op.f("pk_bounced_addresses")),
    )
    op.create_table(
        "tenant_notifications",
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenant_notifications")),
    )


def downgrade() -> None:
    """Drop them; what was not told yet stays untold."""
    for name in ("tenant_notifications", "bounced_addresses", "notices", "log_readers"):
        op.drop_table(name)

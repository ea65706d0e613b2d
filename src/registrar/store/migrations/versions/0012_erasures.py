"""Customers can be forgotten: by their mailbox too, and whatever fails meanwhile.

Registrations of before are found by the caller's name for the customer alone: their mailboxes are
sealed, and have no index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
phase = "pre-deploy"


def upgrade() -> None:
    """Add what finds a customer, what was asked, and the keys that are to be destroyed."""
    op.add_column("registrations", sa.Column("email_index", sa.LargeBinary))
    op.create_index(
        "ix_registrations_tenant_id_email_index", "registrations", ["tenant_id", "email_index"]
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("index", sa.LargeBinary),
        sa.Column("by_email", sa.Boolean, nullable=False),
        sa.Column("done", sa.Boolean, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.UniqueConstraint("tenant_id", "request_id", name="uq_erasures_tenant_id_request_id"),
    )
    where = sa.text("NOT done")
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["requested_at"],
        postgresql_where=where,
        sqlite_where=where,
    )
    op.create_table("doomed_keys", sa.Column("id", sa.String(32), primary_key=True))


def downgrade() -> None:
    """Drop them; what is open is forgotten, and not done."""
    op.drop_table("doomed_keys")
    op.drop_table("erasures")
    op.drop_index("ix_registrations_tenant_id_email_index", "registrations")
    with op.batch_alter_table("registrations") as table:
        table.drop_column("email_index")

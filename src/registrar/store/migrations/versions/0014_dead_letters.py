"""Failures that nobody has answered are found by their cause; and one wish for many registrations.

What has failed before gets its cause from the dispatcher, and so does what the release before this
one fails while both run. Its successor it gets here.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
phase = "pre-deploy"

_SUCCESSORS = """
UPDATE registrations SET successor_id = (
    SELECT later.id FROM registrations AS later
    WHERE later.tenant_id = registrations.tenant_id
      AND later.serial_index = registrations.serial_index
      AND later.created_at > registrations.created_at
    ORDER BY later.created_at LIMIT 1
) WHERE state = 'failed'
"""
"""The first that came after it."""


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    chosen = sa.text(where)
    op.create_index(name, table, columns, postgresql_where=chosen, sqlite_where=chosen)


def upgrade() -> None:
    """Add the causes of failures, and operations with what they have taken."""
    op.add_column("registrations", sa.Column("cause", sa.String(16)))
    op.add_column("registrations", sa.Column("failed_at", sa.BigInteger))
    op.add_column("registrations", sa.Column("successor_id", sa.String(64)))
    op.execute(_SUCCESSORS)
    named = ["tenant_id", "manufacturer_id", "cause", "failed_at", "id"]
    _index("ix_registrations_dead", "registrations", named, "cause <> ''")
    _index("ix_registrations_untold", "registrations", ["id"], "cause IS NULL AND NOT blocks")
    op.create_table(
        "bulk_operations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("tenant_id", sa.String(64), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("requested_at", sa.BigInteger, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("fence", sa.BigInteger, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        sa.UniqueConstraint(
            "tenant_id", "request_id", name="uq_bulk_operations_tenant_id_request_id"
        ),
    )
    op.create_index(
        "ix_bulk_operations_tenant_id_requested_at_id",
        "bulk_operations",
        ["tenant_id", "requested_at", "id"],
    )
    _index("ix_bulk_operations_open", "bulk_operations", ["due_at"], "open")
    op.create_table(
        "bulk_items",
        sa.Column("operation_id", sa.String(64), primary_key=True),
        sa.Column("registration_id", sa.String(64), primary_key=True),
    )


def downgrade() -> None:
    """Drop them; an operation that is under way ends where it is."""
    op.drop_table("bulk_items")
    op.drop_table("bulk_operations")
    op.drop_index("ix_registrations_untold", "registrations")
    op.drop_index("ix_registrations_dead", "registrations")
    with op.batch_alter_table("registrations") as table:
        for name in ("successor_id", "failed_at", "cause"):
            table.drop_column(name)

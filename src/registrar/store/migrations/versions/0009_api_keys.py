"""What an API key may do, and how long.

A key of before could do everything, and still can: take it back by rotating to keys with fewer
scopes. Code of before heeds neither scopes nor ends: a revoked key works on until every `serve` is
of this version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
phase = "pre-deploy"

EVERYTHING = "admin,operate,read,submit"


def upgrade() -> None:
    """Add the columns, and the index for a tenant's list."""
    with op.batch_alter_table("api_keys") as table:
        scopes = sa.Column("scopes", sa.String(64), nullable=False, server_default=EVERYTHING)
        table.add_column(scopes)
        table.add_column(sa.Column("name", sa.String(100), nullable=False, server_default=""))
        for name in ("created_at", "expires_at", "revoked_at", "used_at"):
            table.add_column(sa.Column(name, sa.BigInteger(), nullable=True))
    op.create_index("ix_api_keys_tenant_id", "api_keys", ["tenant_id"])


def downgrade() -> None:
    """Drop them. Whatever was revoked works again: delete such rows first."""
    op.drop_index("ix_api_keys_tenant_id", "api_keys")
    with op.batch_alter_table("api_keys") as table:
        for name in ("scopes", "name", "created_at", "expires_at", "revoked_at", "used_at"):
            table.drop_column(name)

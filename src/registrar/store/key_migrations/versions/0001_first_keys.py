"""The store of keys: what it is called, its masters, and the keys of records."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
phase = "pre-deploy"


def upgrade() -> None:
    """Make the tables."""
    op.create_table("key_store", sa.Column("id", sa.String(64), primary_key=True))
    op.create_table(
        "master_keys",
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("kek", sa.String(256), nullable=False),
        sa.Column("wrapped", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "data_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("master", sa.Integer, nullable=False),
        sa.Column("wrapped", sa.LargeBinary),
        sa.Column("successor", sa.String(32)),
        sa.Column("retired_at", sa.BigInteger),
    )
    op.create_index("ix_data_keys_successor", "data_keys", ["successor"])
    op.create_index("ix_data_keys_retired_at", "data_keys", ["retired_at"])


def downgrade() -> None:
    """Drop them: whatever they opened is unreadable then."""
    for name in ("data_keys", "master_keys", "key_store"):
        op.drop_table(name)

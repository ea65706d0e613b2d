"""Records have keys of their own, in a store of keys that this data names.

What was sealed before stays readable, and gets a key of its own by `registrar keys-at-rest rotate`.
Code of before cannot read what is sealed from now on.
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
phase = "pre-deploy"


def upgrade() -> None:
    """Name the store of keys, and each artifact's key."""
    op.create_table("key_stores", sa.Column("id", sa.String(64), primary_key=True))
    key = sa.Column("key_id", sa.String(32), nullable=False, server_default="")
    op.add_column("artifacts", key)
    op.add_column("artifacts", sa.Column("other_key_id", sa.String(32)))


def downgrade() -> None:
    """Drop both; what was sealed meanwhile is unreadable for the code of before."""
    with op.batch_alter_table("artifacts") as table:
        table.drop_column("other_key_id")
        table.drop_column("key_id")
    op.drop_table("key_stores")

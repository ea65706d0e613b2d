"""What gates must not forget with Redis.

Code of before neither keeps nor heeds it: a hold and a day's quota outlive a loss of Redis once all
dispatchers are of this version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
phase = "pre-deploy"

NAMES = ("gate_until", "gate_trips", "gate_cause", "gate_day", "gate_used")


def upgrade() -> None:
    """Add what nothing is known of yet."""
    with op.batch_alter_table("connectors") as table:
        for name in NAMES:
            kind = sa.String(length=64) if name == "gate_cause" else sa.BigInteger()
            table.add_column(sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Drop them; a gate that has lost its memory knows nothing again."""
    with op.batch_alter_table("connectors") as table:
        for name in NAMES:
            table.drop_column(name)

"""What operators have said of circuit breakers.

Code of before does not heed it: a ruling outlives a loss of Redis once all dispatchers are of this
version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
phase = "pre-deploy"

_COLUMNS = (
    ("ruled_mode", sa.String(length=16)),
    ("ruled_at", sa.BigInteger()),
    ("ruled_until", sa.BigInteger()),
    ("ruling_reason", sa.String(length=256)),
    ("ruled_by", sa.String(length=128)),
)


def upgrade() -> None:
    """Add the columns."""
    for name, kind in _COLUMNS:
        op.add_column("connectors", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    """Drop them; every breaker decides by itself again."""
    for name, _ in reversed(_COLUMNS):
        op.drop_column("connectors", name)

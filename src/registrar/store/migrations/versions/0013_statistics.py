"""What happened is counted, from the event log.

The first dispatcher counts the whole log that there is; what an older release writes meanwhile is
counted too, without its tier.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
phase = "pre-deploy"


def _text(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), primary_key=True)


def _keys() -> list[Any]:
    return [
        _text("tenant_id", 64),
        _text("grain", 8),
        _text("measure", 16),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        _text("manufacturer_id", 64),
        _text("tier", 16),
    ]


def upgrade() -> None:
    """Add the counts, and how far the log is counted."""
    for name, more in (("rollups", []), ("rollup_details", [("code", 64), ("country", 2)])):
        op.create_table(
            name,
            *_keys(),
            _text("status", 32),
            *(_text(*one) for one in more),
            sa.Column("n", sa.BigInteger, nullable=False),
            sqlite_with_rowid=False,
        )
        op.create_index(f"ix_{name}_grain_at", name, ["grain", "at"])
    op.create_table(
        "rollup_timings",
        *_keys(),
        sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("n", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_rollup_timings_grain_at", "rollup_timings", ["grain", "at"])
    op.create_table(
        "rollup_levels",
        _text("tenant_id", 64),
        _text("manufacturer_id", 64),
        _text("state", 32),
        sa.Column("n", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    op.add_column("log_readers", sa.Column("as_of", sa.BigInteger))


def downgrade() -> None:
    """Drop them: a later upgrade counts the log from its beginning."""
    op.drop_table("rollup_levels")
    op.drop_table("rollup_timings")
    op.drop_table("rollup_details")
    op.drop_table("rollups")
    op.execute("DELETE FROM log_readers WHERE name = 'statistics'")
    with op.batch_alter_table("log_readers") as table:
        table.drop_column("as_of")

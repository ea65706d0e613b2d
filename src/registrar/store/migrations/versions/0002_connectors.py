"""The state of connectors, and what a pause has put off.

Code of before leaves the new columns of `jobs` at their defaults: it knows no other tier, and no
pause. It does not heed one either, so a pause holds once all dispatchers are of this version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
phase = "pre-deploy"


def upgrade() -> None:
    """Add what pauses and probes need."""
    op.create_table(
        "connectors",
        sa.Column("manufacturer_id", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("paused_at", sa.BigInteger(), nullable=True),
        sa.Column("paused_until", sa.BigInteger(), nullable=True),
        sa.Column("pause_reason", sa.String(length=256), nullable=True),
        sa.Column("paused_by", sa.String(length=128), nullable=True),
        sa.Column("probed_at", sa.BigInteger(), nullable=True),
        sa.Column("probe_code", sa.String(length=64), nullable=True),
        sa.Column("probe_micros", sa.BigInteger(), nullable=True),
        sa.Column("probe_failures", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("probe_due", sa.BigInteger(), nullable=True),
        sa.Column("probe_lease", sa.BigInteger(), nullable=True),
        sa.Column("probe_fence", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("manufacturer_id", "tier", name=op.f("pk_connectors")),
    )
    op.add_column(
        "jobs", sa.Column("tier", sa.String(length=16), nullable=False, server_default="api")
    )
    op.add_column(
        "jobs", sa.Column("paused", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index(
        "ix_jobs_paused",
        "jobs",
        ["manufacturer_id", "tier"],
        unique=False,
        postgresql_where=sa.text("paused"),
        sqlite_where=sa.text("paused = 1"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("ix_jobs_paused", table_name="jobs")
    op.drop_column("jobs", "paused")
    op.drop_column("jobs", "tier")
    op.drop_table("connectors")

"""How forms look, and tiers that the system has stopped.

Code of before knows nothing of either. It takes a stop for an operator's pause without an end: jobs
wait, and go on when it is resumed; whoever resumes it by old code leaves the two marks of the stop
behind, which mean nothing without a pause.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
phase = "pre-deploy"


def upgrade() -> None:
    """Add the tables, and two columns."""
    op.add_column("connectors", sa.Column("stopped_version", sa.String(length=128), nullable=True))
    op.add_column("connectors", sa.Column("stopped_step", sa.String(length=128), nullable=True))
    op.create_table(
        "form_pages",
        sa.Column("manufacturer_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("step", sa.String(length=128), nullable=False),
        sa.Column("baseline", sa.JSON(), nullable=True),
        sa.Column("baseline_at", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("artifact_id", sa.String(length=64), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("manufacturer_id", "version", "step", name=op.f("pk_form_pages")),
    )
    op.create_table(
        "form_runs",
        sa.Column("manufacturer_id", sa.String(length=64), nullable=False),
        sa.Column("version", sa.String(length=128), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failed", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("manufacturer_id", name=op.f("pk_form_runs")),
    )


def downgrade() -> None:
    """Drop them; what is stopped is then paused."""
    op.drop_table("form_runs")
    op.drop_table("form_pages")
    op.drop_column("connectors", "stopped_step")
    op.drop_column("connectors", "stopped_version")

"""What is known of artifacts. Their bytes lie in a blob store, under the same ids.

Code of before knows no artifacts, and leaves the table as it is.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
phase = "pre-deploy"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "artifacts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("registration_id", sa.String(length=64), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("ready", sa.Boolean(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=True),
        sa.Column("claim", sa.String(length=64), nullable=True),
        sa.Column("claimed_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifacts")),
        sa.UniqueConstraint(
            "tenant_id", "request_id", name=op.f("uq_artifacts_tenant_id_request_id")
        ),
    )
    for columns in (["tenant_id", "registration_id"], ["tenant_id", "claim"], ["expires_at"]):
        op.create_index(op.f(f"ix_artifacts_{'_'.join(columns)}"), "artifacts", columns)
    unsettled = sa.text("registration_id IS NULL")
    op.create_index(
        "ix_artifacts_unsettled",
        "artifacts",
        ["claimed_at"],
        postgresql_where=unsettled,
        sqlite_where=unsettled,
    )


def downgrade() -> None:
    """Drop it. The files stay where they are."""
    op.drop_table("artifacts")

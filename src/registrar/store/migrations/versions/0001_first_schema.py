"""The first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
phase = "pre-deploy"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "api_keys",
        sa.Column("key_id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "attempts",
        sa.Column("registration_id", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "events",
        sa.Column(
            "position",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            sa.Identity(always=False),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("registration_id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_events")),
        sa.UniqueConstraint(
            "registration_id", "sequence", name=op.f("uq_events_registration_id_sequence")
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_events_epoch_position"), "events", ["epoch", "position"], unique=False)
    op.create_table(
        "jobs",
        sa.Column("registration_id", sa.String(length=64), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=64), nullable=False),
        sa.Column("queue", sa.String(length=16), nullable=False),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("run_at", sa.BigInteger(), nullable=False),
        sa.Column("hinted_at", sa.BigInteger(), nullable=True),
        sa.Column("lease_until", sa.BigInteger(), nullable=True),
        sa.Column("complete_by", sa.BigInteger(), nullable=True),
        sa.Column("fence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_jobs")),
    )
    op.create_index(
        "ix_jobs_deadline",
        "jobs",
        ["complete_by"],
        unique=False,
        postgresql_where=sa.text("state IN ('ready', 'hinted')"),
        sqlite_where=sa.text("state IN ('ready', 'hinted')"),
    )
    op.create_index(
        "ix_jobs_due",
        "jobs",
        ["queue", "run_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
        sqlite_where=sa.text("state = 'ready'"),
    )
    op.create_index(
        "ix_jobs_hinted",
        "jobs",
        ["queue", "hinted_at"],
        unique=False,
        postgresql_where=sa.text("state = 'hinted'"),
        sqlite_where=sa.text("state = 'hinted'"),
    )
    op.create_index(
        "ix_jobs_in_flight",
        "jobs",
        ["queue", "manufacturer_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('hinted', 'leased')"),
        sqlite_where=sa.text("state IN ('hinted', 'leased')"),
    )
    op.create_index(
        "ix_jobs_leased",
        "jobs",
        ["lease_until"],
        unique=False,
        postgresql_where=sa.text("state = 'leased'"),
        sqlite_where=sa.text("state = 'leased'"),
    )
    op.create_index(
        "ix_jobs_ready",
        "jobs",
        ["queue", "priority", "manufacturer_id", "run_at"],
        unique=False,
        postgresql_where=sa.text("state = 'ready'"),
        sqlite_where=sa.text("state = 'ready'"),
    )
    op.create_table(
        "registrations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("body_digest", sa.LargeBinary(), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("complete_by", sa.BigInteger(), nullable=True),
        sa.Column("serial_index", sa.LargeBinary(), nullable=True),
        sa.Column("reference_index", sa.LargeBinary(), nullable=True),
        sa.Column("user_index", sa.LargeBinary(), nullable=True),
        sa.Column("blocks", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registrations")),
        sa.UniqueConstraint(
            "tenant_id", "request_id", name=op.f("uq_registrations_tenant_id_request_id")
        ),
    )
    op.create_index(
        op.f("ix_registrations_tenant_id_created_at_id"),
        "registrations",
        ["tenant_id", "created_at", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_tenant_id_reference_index"),
        "registrations",
        ["tenant_id", "reference_index"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_tenant_id_serial_index"),
        "registrations",
        ["tenant_id", "serial_index"],
        unique=False,
    )
    op.create_index(
        op.f("ix_registrations_tenant_id_user_index"),
        "registrations",
        ["tenant_id", "user_index"],
        unique=False,
    )
    op.create_index(
        "uq_registrations_blocking",
        "registrations",
        ["tenant_id", "serial_index"],
        unique=True,
        postgresql_where=sa.text("blocks"),
        sqlite_where=sa.text("blocks = 1"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index(
        "uq_registrations_blocking",
        table_name="registrations",
        postgresql_where=sa.text("blocks"),
        sqlite_where=sa.text("blocks = 1"),
    )
    op.drop_index(op.f("ix_registrations_tenant_id_user_index"), table_name="registrations")
    op.drop_index(op.f("ix_registrations_tenant_id_serial_index"), table_name="registrations")
    op.drop_index(op.f("ix_registrations_tenant_id_reference_index"), table_name="registrations")
    op.drop_index(op.f("ix_registrations_tenant_id_created_at_id"), table_name="registrations")
    op.drop_table("registrations")
    op.drop_index(
        "ix_jobs_ready",
        table_name="jobs",
        postgresql_where=sa.text("state = 'ready'"),
        sqlite_where=sa.text("state = 'ready'"),
    )
    op.drop_index(
        "ix_jobs_leased",
        table_name="jobs",
        postgresql_where=sa.text("state = 'leased'"),
        sqlite_where=sa.text("state = 'leased'"),
    )
    op.drop_index(
        "ix_jobs_in_flight",
        table_name="jobs",
        postgresql_where=sa.text("state IN ('hinted', 'leased')"),
        sqlite_where=sa.text("state IN ('hinted', 'leased')"),
    )
    op.drop_index(
        "ix_jobs_hinted",
        table_name="jobs",
        postgresql_where=sa.text("state = 'hinted'"),
        sqlite_where=sa.text("state = 'hinted'"),
    )
    op.drop_index(
        "ix_jobs_due",
        table_name="jobs",
        postgresql_where=sa.text("state = 'ready'"),
        sqlite_where=sa.text("state = 'ready'"),
    )
    op.drop_index(
        "ix_jobs_deadline",
        table_name="jobs",
        postgresql_where=sa.text("state IN ('ready', 'hinted')"),
        sqlite_where=sa.text("state IN ('ready', 'hinted')"),
    )
    op.drop_table("jobs")
    op.drop_index(op.f("ix_events_epoch_position"), table_name="events")
    op.drop_table("events")
    op.drop_table("attempts")
    op.drop_table("api_keys")

"""Overrides of error rules, and their audit, to which the database lets nobody do but append.

Code of before does not heed overrides: they hold once all workers are of this version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
phase = "pre-deploy"

_ROWID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_SQLITE = (
    "CREATE TRIGGER override_changes_no_{0} BEFORE {0} ON override_changes"
    " BEGIN SELECT RAISE(ABORT, 'override_changes is append-only'); END"
)
_FUNCTION = (
    "CREATE FUNCTION override_changes_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION 'override_changes is append-only'; END $$"
)
_POSTGRES = (
    "CREATE TRIGGER override_changes_append_only"
    " BEFORE UPDATE OR DELETE OR TRUNCATE ON override_changes"
    " FOR EACH STATEMENT EXECUTE FUNCTION override_changes_append_only()"
)


def upgrade() -> None:
    """Add both tables, and guard the audit."""
    op.create_table(
        "error_overrides",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("manufacturer_id", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=16), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("created_by", sa.String(length=128), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_error_overrides")),
    )
    op.create_index(op.f("ix_error_overrides_expires_at"), "error_overrides", ["expires_at"])
    op.create_table(
        "override_changes",
        sa.Column("position", _ROWID, sa.Identity(), autoincrement=True, nullable=False),
        sa.Column("override_id", sa.String(length=64), nullable=False),
        sa.Column("change", sa.String(length=16), nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("changed_by", sa.String(length=128), nullable=False),
        sa.Column("reason", sa.String(length=256), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_override_changes")),
    )
    op.create_index(
        op.f("ix_override_changes_override_id_position"),
        "override_changes",
        ["override_id", "position"],
    )
    if op.get_bind().dialect.name == "postgresql":
        statements = [_FUNCTION, _POSTGRES]
    else:
        statements = [_SQLITE.format("UPDATE"), _SQLITE.format("DELETE")]
    for one in statements:
        op.execute(one)


def downgrade() -> None:
    """Drop both; the triggers go with their table."""
    op.drop_table("override_changes")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION override_changes_append_only()")
    op.drop_table("error_overrides")

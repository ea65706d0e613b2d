"""The audit log, to which the database lets nobody do but append, and its head.

Code of before appends nothing: what operators do is told by every `serve` of this version.
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
phase = "pre-deploy"

_SQLITE = (
    "CREATE TRIGGER audit_log_no_{0} BEFORE {0} ON audit_log"
    " BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
)
# INSERT OR REPLACE drops a row without asking the trigger for DELETE.
_SQLITE_NEXT = (
    "CREATE TRIGGER audit_log_next BEFORE INSERT ON audit_log"
    " WHEN NEW.position IS NOT (SELECT position + 1 FROM audit_head)"
    " BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
)
_SQLITE_HEAD = (
    "CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head"
    " WHEN NEW.position IS NOT OLD.position + 1"
    " BEGIN SELECT RAISE(ABORT, 'audit_head is append-only'); END"
)
_SQLITE_STAYS = (
    "CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head"
    " BEGIN SELECT RAISE(ABORT, 'audit_head is append-only'); END"
)
_FUNCTION = (
    "CREATE FUNCTION audit_append_only() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
)
_POSTGRES = (
    "CREATE TRIGGER audit_log_append_only"
    " BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
)
_POSTGRES_HEAD = (
    "CREATE TRIGGER audit_head_moves_on BEFORE UPDATE ON audit_head"
    " FOR EACH ROW WHEN (NEW.position IS DISTINCT FROM OLD.position + 1)"
    " EXECUTE FUNCTION audit_append_only()"
)
_POSTGRES_STAYS = (
    "CREATE TRIGGER audit_head_stays BEFORE DELETE OR TRUNCATE ON audit_head"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_append_only()"
)


def upgrade() -> None:
    """Add both tables, with a head of no entry, and guard them."""
    op.create_table(
        "audit_log",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("tenant_id", sa.String(length=64), nullable=False),
        sa.Column("actor", sa.String(length=128), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=256), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_log")),
    )
    for column in ("tenant_id", "subject"):
        op.create_index(op.f(f"ix_audit_log_{column}_position"), "audit_log", [column, "position"])
    op.create_table(
        "audit_head",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
    )
    op.execute("INSERT INTO audit_head (position, hash) VALUES (0, '')")
    if op.get_bind().dialect.name == "postgresql":
        statements = [_FUNCTION, _POSTGRES, _POSTGRES_HEAD, _POSTGRES_STAYS]
    else:
        statements = [_SQLITE.format("UPDATE"), _SQLITE.format("DELETE")]
        statements += [_SQLITE_NEXT, _SQLITE_HEAD, _SQLITE_STAYS]
    for one in statements:
        op.execute(one)


def downgrade() -> None:
    """Drop both; the triggers go with their tables."""
    op.drop_table("audit_log")
    op.drop_table("audit_head")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION audit_append_only()")

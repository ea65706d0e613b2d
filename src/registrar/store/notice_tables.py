"""The tables of notices. Instants are microseconds since the epoch; nothing personal."""

from __future__ import annotations

import sqlalchemy as sa

from registrar.domain.notification import TenantNotifications
from registrar.store.tables import Record, metadata

__all__ = ["bounced_addresses", "metadata", "notices", "tenant_notifications"]

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("tenant_id", sa.String(64), nullable=False),
    sa.Column("registration_id", sa.String(64), nullable=False),
    sa.Column("sequence", sa.BigInteger, nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("days", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("fence", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("code", sa.String(64), nullable=False, server_default=""),
    sa.Column("created_at", sa.BigInteger, nullable=False),
    sa.Column("due_at", sa.BigInteger, nullable=False),
    sa.Column("expires_at", sa.BigInteger, nullable=False),
    sa.Column("settled_at", sa.BigInteger),
    sa.UniqueConstraint("registration_id", "sequence", "channel", "kind", "days"),
)
_waiting = notices.c.state == sa.literal_column("'waiting'")
sa.Index(
    "ix_notices_due",
    notices.c.channel,
    notices.c.due_at,
    postgresql_where=_waiting,
    sqlite_where=_waiting,
)
sa.Index(None, notices.c.tenant_id, notices.c.created_at, notices.c.id)
sa.Index(None, notices.c.settled_at)

bounced_addresses = sa.Table(
    "bounced_addresses",
    metadata,
    sa.Column("tenant_id", sa.String(64), primary_key=True),
    sa.Column("address_index", sa.LargeBinary, primary_key=True),
    sa.Column("code", sa.String(64), nullable=False),
    sa.Column("bounced_at", sa.BigInteger, nullable=False),
)

tenant_notifications = sa.Table(
    "tenant_notifications",
    metadata,
    sa.Column("tenant_id", sa.String(64), primary_key=True),
    sa.Column("settings", Record(TenantNotifications), nullable=False),
    sa.Column("sealed", sa.LargeBinary, nullable=False),
    sa.Column("revision", sa.BigInteger, nullable=False),
    sa.Column("changed_by", sa.String(128), nullable=False),
    sa.Column("changed_at", sa.BigInteger, nullable=False),
    sa.Column("failing_since", sa.BigInteger),
    sa.Column("disabled_at", sa.BigInteger),
)

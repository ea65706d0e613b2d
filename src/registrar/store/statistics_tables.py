"""The tables of statistics. Instants are microseconds since the epoch; nothing personal."""

from __future__ import annotations

import sqlalchemy as sa

from registrar.store.tables import metadata

__all__ = ["levels", "metadata", "rollups", "timings"]


def _key(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), primary_key=True)


# In the order in which they are asked for: of one tenant, some measures, in a time.
rollups = sa.Table(
    "rollups",
    metadata,
    _key("tenant_id", 64),
    _key("grain", 8),
    _key("measure", 16),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    _key("manufacturer_id", 64),
    _key("tier", 16),
    _key("status", 32),
    _key("code", 64),
    _key("country", 2),
    sa.Column("n", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
sa.Index(None, rollups.c.grain, rollups.c.at)

timings = sa.Table(
    "rollup_timings",
    metadata,
    _key("tenant_id", 64),
    _key("grain", 8),
    _key("measure", 16),
    sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
    _key("manufacturer_id", 64),
    _key("tier", 16),
    sa.Column("bucket", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("n", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
sa.Index(None, timings.c.grain, timings.c.at)

levels = sa.Table(
    "rollup_levels",
    metadata,
    _key("tenant_id", 64),
    _key("manufacturer_id", 64),
    _key("state", 32),
    sa.Column("n", sa.BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

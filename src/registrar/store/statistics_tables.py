"""The tables of statistics. Instants are microseconds since the epoch; nothing personal."""

from __future__ import annotations

import sqlalchemy as sa

from registrar.store.tables import metadata

__all__ = ["details", "levels", "metadata", "rollups", "timings"]


def _key(name: str, length: int) -> sa.Column[str]:
    return sa.Column(name, sa.String(length), primary_key=True)


def _counts(name: str, *more: sa.Column[str]) -> sa.Table:
    """The key is in the order in which it is asked for: of a tenant, some measures, in a time."""
    made = sa.Table(
        name,
        metadata,
        _key("tenant_id", 64),
        _key("grain", 8),
        _key("measure", 16),
        sa.Column("at", sa.BigInteger, primary_key=True, autoincrement=False),
        _key("manufacturer_id", 64),
        _key("tier", 16),
        _key("status", 32),
        *more,
        sa.Column("n", sa.BigInteger, nullable=False),
        sqlite_with_rowid=False,
    )
    sa.Index(None, made.c.grain, made.c.at)
    return made


rollups = _counts("rollups")
"""For who asks neither for codes nor for countries: a fifteenth of the rows."""
details = _counts("rollup_details", _key("code", 64), _key("country", 2))

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

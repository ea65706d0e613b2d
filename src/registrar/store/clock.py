"""The database's clock, which decides when a job is due and when a lease has run out.

Instants are microseconds since the epoch. A job's due time crosses the wire as one number: an
instant that a caller named is positive, a pause is zero or less, and the database makes it an
instant by its own clock.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from registrar.domain.registration import NextJob
from registrar.ports import plain

# Not clock_timestamp(): it is volatile, and so never the bound of an index range.
POSTGRES_NOW: sa.ColumnElement[int] = sa.literal_column(
    "(extract(epoch from statement_timestamp()) * 1000000)::bigint", sa.BigInteger
)
SQLITE_NOW: sa.ColumnElement[int] = sa.literal_column(
    "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)", sa.BigInteger
)
_ZERO = sa.literal_column("0", sa.BigInteger)


def now(*, postgres: bool) -> sa.ColumnElement[int]:
    """In microseconds since the epoch."""
    return POSTGRES_NOW if postgres else SQLITE_NOW


def wired(job: NextJob | None) -> int:
    """A job's due time as it crosses the wire."""
    if job is None:
        return 0
    if isinstance(job.due, datetime):
        return plain.to_micros(job.due)
    return -(job.due // timedelta(microseconds=1))


def due(wire: sa.ColumnElement[Any], now: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    """As it is stored: not earlier than now, so that nothing overtakes what waits already."""
    return sa.case((wire > now, wire), (wire > _ZERO, now), else_=now - wire)

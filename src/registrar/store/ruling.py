"""What an operator has said of a circuit breaker, as rows. The database's clock decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from registrar.domain.connector import Ruling
from registrar.ports import plain
from registrar.store.engine import Database
from registrar.store.tables import connectors

COLUMNS = ("ruled_mode", "ruled_at", "ruled_until", "ruling_reason", "ruled_by")

_row = connectors.c


def in_force(db: Database) -> sa.ColumnElement[bool]:
    """Of a row of `connectors`."""
    ends = sa.or_(_row.ruled_until.is_(None), _row.ruled_until > db.now)
    return sa.and_(_row.ruled_mode.is_not(None), ends)


def left(db: Database) -> sa.ColumnElement[int]:
    """Microseconds until its end."""
    return _row.ruled_until - db.now


def read(row: Any) -> Ruling | None:  # noqa: ANN401 - a row with `ruled` and `ruling_left`
    """None where none is in force."""
    if not row.ruled:
        return None
    ends = row.ruled_until is not None
    return Ruling(
        mode=row.ruled_mode,
        reason=row.ruling_reason,
        by=row.ruled_by,
        since=plain.from_micros(row.ruled_at),
        until=plain.from_micros(row.ruled_until) if ends else None,
        left=timedelta(microseconds=row.ruling_left) if ends else None,
    )


def given(db: Database, mode: str, reason: str, by: str, until: datetime | None) -> dict[str, Any]:
    """A new one."""
    ends = None if until is None else plain.to_micros(until)
    said = {"ruled_mode": mode, "ruling_reason": reason, "ruled_by": by, "ruled_until": ends}
    return {"ruled_at": db.now, **said}


def over(db: Database, new: Any) -> dict[str, Any]:  # noqa: ANN401 - the row that was to be added
    """The place of the one before: the same mode goes on, the same ruling stays as it is."""
    goes_on = sa.and_(in_force(db), _row.ruled_mode == new.ruled_mode)
    same = sa.and_(
        goes_on,
        _row.ruling_reason == new.ruling_reason,
        _row.ruled_until.is_not_distinct_from(new.ruled_until),
    )
    values = {name: new[name] for name in COLUMNS}
    return values | {
        "ruled_at": sa.case((goes_on, _row.ruled_at), else_=new.ruled_at),
        "ruled_by": sa.case((same, _row.ruled_by), else_=new.ruled_by),
    }

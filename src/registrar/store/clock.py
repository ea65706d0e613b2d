"""The database's clock, which decides when a job is due and when a lease has run out."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles

# Not clock_timestamp(): it is volatile, and so never the bound of an index range.
POSTGRES_NOW = "(extract(epoch from statement_timestamp()) * 1000000)::bigint"
SQLITE_NOW = "CAST((julianday('now') - 2440587.5) * 86400000000 AS INTEGER)"


class DatabaseNow(sa.ColumnElement[int]):
    """Microseconds since the epoch, on either database."""

    inherit_cache = True
    type = sa.BigInteger()


@compiles(DatabaseNow, "postgresql")
def _postgres(element: DatabaseNow, compiler: Any, **_options: Any) -> str:  # noqa: ANN401
    del element, compiler
    return POSTGRES_NOW


@compiles(DatabaseNow, "sqlite")
def _sqlite(element: DatabaseNow, compiler: Any, **_options: Any) -> str:  # noqa: ANN401
    del element, compiler
    return SQLITE_NOW

"""Many rows by one statement, the same statement for every number of them.

PostgreSQL gets one array a column. A text that names every value would be another text for every
number of rows: compiled here, planned there, each time. SQLite is in this process and takes row by
row what it has prepared once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql import ARRAY

from registrar.store.engine import Database

Rows = Sequence[Mapping[str, Any]]
Insert = postgresql.Insert | sqlite.Insert


def insert(
    db: Database, table: sa.Table, names: Sequence[str], **fixed: sa.ColumnElement[Any]
) -> Insert:
    """Rows with these columns, and the same `fixed` in each; to execute with `parameters`."""
    if db.postgres:
        return _of_arrays(table, tuple(names), tuple(fixed.items()))
    return sqlite.insert(table).values(**fixed)


@cache
def _of_arrays(
    table: sa.Table, names: tuple[str, ...], fixed: tuple[tuple[str, sa.ColumnElement[Any]], ...]
) -> postgresql.Insert:
    """From one array a column, named and typed as in `table`. Made once: that takes its time."""
    columns = [sa.column(name, table.c[name].type) for name in names]
    arrays = [sa.bindparam(one.name, type_=ARRAY(one.type, dimensions=1)) for one in columns]
    given = sa.func.unnest(*arrays).table_valued(*columns, name="given").render_derived()
    rows = sa.select(*given.c, *(value for _, value in fixed))
    return postgresql.insert(table).from_select([*names, *(name for name, _ in fixed)], rows)


def parameters(db: Database, rows: Rows) -> Any:  # noqa: ANN401 - what `execute` takes
    """Of a statement of this module; at least one row, and all of the same columns."""
    if not db.postgres:
        return rows
    return {name: [row[name] for row in rows] for name in rows[0]}

"""Many rows by one statement, the same statement for every number of them, on PostgreSQL.

One array a column. A text that names every value would be another text for every number of rows:
compiled here, planned there, each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.sql.selectable import TableValuedAlias

Column = sa.ColumnElement[Any]


def of(table: sa.Table, *left_out: str) -> dict[str, Any]:
    """Names and types of a table's columns."""
    return {one.name: one.type for one in table.c if one.name not in left_out}


def given(name: str, columns: Mapping[str, Any]) -> TableValuedAlias:
    """Rows as a table; their parameters are called `name_column`, see `arrays`."""
    held = [
        sa.bindparam(f"{name}_{column}", type_=ARRAY(kind, dimensions=1))
        for column, kind in columns.items()
    ]
    shown = [sa.column(column, kind) for column, kind in columns.items()]
    return sa.func.unnest(*held).table_valued(*shown, name=name).render_derived()


def arrays(
    name: str, columns: Iterable[str], rows: Sequence[Mapping[str, Any]]
) -> dict[str, list[Any]]:
    """The parameters of `given`, for any number of rows."""
    return {f"{name}_{column}": [row[column] for row in rows] for column in columns}

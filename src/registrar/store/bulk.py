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
from sqlalchemy.dialects.postgresql import ARRAY

Rows = Sequence[Mapping[str, Any]]


@cache
def given(table: sa.Table, names: tuple[str, ...], prefix: str = "") -> sa.TableValuedAlias:
    """Rows as a table on PostgreSQL: one array a column, named and typed as in `table`.

    Their parameters have the names of the columns behind `prefix`; see `arrays`.
    """
    columns = [sa.column(name, table.c[name].type) for name in names]
    held = [sa.bindparam(prefix + one.name, type_=ARRAY(one.type, dimensions=1)) for one in columns]
    alias = f"given_{table.name}"
    return sa.func.unnest(*held).table_valued(*columns, name=alias).render_derived()


def arrays(rows: Rows, prefix: str = "") -> dict[str, list[Any]]:
    """The parameters of `given`; at least one row, and all of the same columns."""
    return {prefix + name: [row[name] for row in rows] for name in rows[0]}

"""Many rows by one statement, the same statement for every number of them, on PostgreSQL.

One array a column. A text that names every value would be another text for every number of rows:
compiled here, planned there, each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.selectable import TableValuedAlias

from registrar.ports import plain
from registrar.store.tables import Record

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


class Statement:
    """A statement as its text. Its parameters are those of `given`, by name, and scalars."""

    def __init__(self, statement: sa.Select[Any]) -> None:
        driver = dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's
        compiled = statement.compile(dialect=driver)
        self.text = str(compiled)
        self._fixed = compiled.params
        self._names = compiled.positiontup or []
        self._records = {name for name, bind in compiled.binds.items() if _holds_records(bind)}

    def values(self, given: Mapping[str, Any]) -> list[Any]:
        """In the order of the text; records as JSON."""
        return [
            [plain.to_json(one).decode() for one in given[name]]
            if name in self._records
            else given.get(name, self._fixed[name])
            for name in self._names
        ]


def _holds_records(bind: sa.BindParameter[Any]) -> bool:
    return isinstance(bind.type, ARRAY) and isinstance(bind.type.item_type, Record)

"""The tables of the store of keys. Instants are microseconds since the epoch."""

from __future__ import annotations

import sqlalchemy as sa

from registrar.store.tables import metadata as data_metadata

metadata = sa.MetaData(naming_convention=data_metadata.naming_convention)

key_store = sa.Table(
    "key_store",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
)

master_keys = sa.Table(
    "master_keys",
    metadata,
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("purpose", sa.String(16), nullable=False),
    sa.Column("kek", sa.String(256), nullable=False),
    sa.Column("wrapped", sa.LargeBinary, nullable=False),
)

data_keys = sa.Table(
    "data_keys",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("master", sa.Integer, nullable=False),
    sa.Column("wrapped", sa.LargeBinary),
    sa.Column("successor", sa.String(32)),
    sa.Column("retired_at", sa.BigInteger),
)
sa.Index(None, data_keys.c.successor)
sa.Index(None, data_keys.c.retired_at)

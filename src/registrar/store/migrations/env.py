"""Alembic's entry: migrations run on the connection, and in the transaction, they are given."""

from alembic import context

from registrar.store import notice_tables, statistics_tables  # noqa: F401 - they are in the metadata
from registrar.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()

"""Bring a database to this version's schema; safe for several processes at once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.domain.errors import ConfigurationError
from registrar.store import audit, trouble
from registrar.store.engine import Database

DATA = Path(__file__).parent / "migrations"
KEYS = Path(__file__).parent / "key_migrations"
"""Those of the store of keys, which is a database of its own."""
_THERE = "42P04"
"""SQLSTATE of a database that another process has made meanwhile."""
_LOCK = 0x7265676973747261
"""Advisory lock of PostgreSQL: "registra" in ASCII."""


def _configuration(connection: sa.Connection, scripts: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(scripts))
    config.attributes["connection"] = connection
    return config


def _database(address: str) -> Database:
    """A long migration, and whoever waits for it, must not be cut short."""
    return Database(address, pool_size=1, statement_timeout=None)


async def _alone(connection: AsyncConnection, db: Database) -> None:
    if db.postgres:
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


async def current(address: str) -> str | None:
    """The revision of the database; None where nothing was applied yet."""
    db = _database(address)
    try:
        async with db.read() as connection:
            return await connection.run_sync(_revision)
    finally:
        await db.close()


def _revision(plain: sa.Connection) -> str | None:
    return MigrationContext.configure(plain).get_current_revision()


async def made(address: str) -> None:
    """Make the database where its server has none of this name; SQLite does so by itself.

    Raises ConfigurationError where this user may not, StoreUnavailable where nobody answers.
    """
    url = sa.make_url(address)
    if url.get_backend_name() != "postgresql":
        return
    name = url.database or ""
    db = _database(url.set(database="postgres").render_as_string(hide_password=False))
    there = sa.text("SELECT 1 FROM pg_database WHERE datname = :name")
    try:
        async with db.read() as connection:
            if (await connection.execute(there, {"name": name})).first() is None:
                quoted = connection.dialect.identifier_preparer.quote_identifier(name)
                await connection.execute(sa.text(f"CREATE DATABASE {quoted}"))
    except IntegrityError:
        # Another process was faster.
        return
    except ProgrammingError as error:
        if trouble.sqlstate(error) != _THERE:
            raise ConfigurationError(f"keys_url: CREATE DATABASE {name} is needed") from error
    finally:
        await db.close()


async def upgrade(
    address: str, revision: str = "head", act: Act | None = None, *, scripts: Path = DATA
) -> None:
    """Apply what is missing. Raises StoreUnavailable when the database does not answer.

    With an act, and where anything was missing, the audit log tells of it.
    """
    db = _database(address)
    try:
        async with db.write() as connection:
            await _alone(connection, db)
            before = await connection.run_sync(_revision)
            await connection.run_sync(
                lambda plain: command.upgrade(_configuration(plain, scripts), revision)
            )
            after = await connection.run_sync(_revision)
            if act is not None and after != before:
                await audit.append(connection, db, act, before, after)
    finally:
        await db.close()


async def downgrade(address: str, revision: str = "base", *, scripts: Path = DATA) -> None:
    """Take migrations back."""
    db = _database(address)
    try:
        async with db.write() as connection:
            await _alone(connection, db)
            await connection.run_sync(
                lambda plain: command.downgrade(_configuration(plain, scripts), revision)
            )
    finally:
        await db.close()

"""Bring a database to this version's schema; safe for several processes at once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.audit import Act
from registrar.store import audit
from registrar.store.engine import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x7265676973747261
"""Advisory lock of PostgreSQL: "registra" in ASCII."""


def _configuration(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
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


async def upgrade(address: str, revision: str = "head", act: Act | None = None) -> None:
    """Apply what is missing. Raises StoreUnavailable when the database does not answer.

    With an act, and where anything was missing, the audit log tells of it.
    """
    db = _database(address)
    try:
        async with db.write() as connection:
            await _alone(connection, db)
            before = await connection.run_sync(_revision)
            await connection.run_sync(
                lambda plain: command.upgrade(_configuration(plain), revision)
            )
            after = await connection.run_sync(_revision)
            if act is not None and after != before:
                await audit.append(connection, db, act, before, after)
    finally:
        await db.close()


async def downgrade(address: str, revision: str = "base") -> None:
    """Take migrations back."""
    db = _database(address)
    try:
        async with db.write() as connection:
            await _alone(connection, db)
            await connection.run_sync(
                lambda plain: command.downgrade(_configuration(plain), revision)
            )
    finally:
        await db.close()

"""Bring a database to this version's schema; safe for several processes at once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from registrar.store.engine import Database

_SCRIPTS = Path(__file__).parent / "migrations"
_LOCK = 0x7265676973747261
"""Advisory lock of PostgreSQL: "registra" in ASCII."""


def _configuration(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


async def upgrade(address: str, revision: str = "head") -> None:
    """Apply what is missing. Raises StoreUnavailable when the database does not answer."""
    db = Database(address)
    try:
        async with db.write() as connection:
            if db.postgres:
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
            await connection.run_sync(
                lambda plain: command.upgrade(_configuration(plain), revision)
            )
    finally:
        await db.close()


async def downgrade(address: str, revision: str = "base") -> None:
    """Take migrations back."""
    db = Database(address)
    try:
        async with db.write() as connection:
            await connection.run_sync(
                lambda plain: command.downgrade(_configuration(plain), revision)
            )
    finally:
        await db.close()

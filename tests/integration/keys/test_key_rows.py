"""One suite, three stores of keys."""

from collections.abc import AsyncIterator

import pytest

from registrar.ports.key_rows import KeyRows
from registrar.store import migrate
from registrar.store.key_rows import SqlKeyRows
from registrar.store.memory_key_rows import MemoryKeyRows
from registrar.testing.key_rows_suite import *  # noqa: F403 - the suite


@pytest.fixture(params=["memory", "sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
async def rows(request: pytest.FixtureRequest) -> AsyncIterator[KeyRows]:
    """Empty."""
    if request.param == "memory":
        yield MemoryKeyRows()
        return
    address: str = request.getfixturevalue(f"{request.param}_url")
    await migrate.upgrade(address, scripts=migrate.KEYS)
    made = SqlKeyRows(address)
    yield made
    await made.close()

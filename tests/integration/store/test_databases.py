"""What only real databases can show."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from registrar.domain.errors import ConfigurationError, StoreUnavailable
from registrar.ports.store import Position
from registrar.store import migrate
from registrar.store.engine import Database
from registrar.store.sql import SqlStore
from registrar.store.tables import metadata
from registrar.testing.records import new_registration


def difference(connection: sa.Connection) -> list[object]:
    """What the migrations leave to be done."""
    context = MigrationContext.configure(connection)
    found: list[object] = compare_metadata(context, metadata)
    return found


async def test_the_migrations_make_the_tables_of_the_code(address: str) -> None:
    """Up, nothing left to do; down, nothing left; up again."""
    await migrate.upgrade(address)
    await migrate.downgrade(address)
    await migrate.upgrade(address)
    db = Database(address)
    async with db.write() as connection:
        assert await connection.run_sync(difference) == []
    await db.close()


async def test_several_processes_may_migrate_at_once(address: str) -> None:
    """The second waits for the first and finds nothing to do."""
    await asyncio.gather(*(migrate.upgrade(address) for _ in range(4)))
    store = SqlStore(address)
    await store.ping()
    await store.close()


async def test_a_database_that_is_away_is_unavailable() -> None:
    """Nothing was accepted, and the caller may try again."""
    store = SqlStore("postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(StoreUnavailable):
        await store.insert([new_registration()])
    await store.close()


def test_an_unknown_database_is_named() -> None:
    """At start, not at the first query."""
    with pytest.raises(ConfigurationError, match="database_url"):
        Database("mysql://nowhere/none")


@pytest.mark.postgres
async def test_the_log_waits_for_a_late_commit(postgres_url: str) -> None:
    """A serial position alone would skip the event that numbered first and committed last."""
    await migrate.upgrade(postgres_url)
    store = SqlStore(postgres_url)
    slow = await asyncpg.connect(postgres_url)
    plain = await asyncpg.connect(postgres_url)
    event = (
        "INSERT INTO events (epoch, registration_id, tenant_id, sequence, body)"
        " SELECT pg_current_xact_id()::text::bigint, 'late', 'tenant-a', 1, body FROM events"
        " ORDER BY position LIMIT 1"
    )
    await store.insert([new_registration()])
    (first,) = await store.log(Position(), 10)
    await slow.execute("BEGIN")
    await slow.execute(event)
    await store.insert([new_registration()])

    by_position = await plain.fetchval("SELECT max(position) FROM events")
    seen = await store.log(first.position, 10)
    await slow.execute("COMMIT")
    skipped = await plain.fetchval(
        "SELECT count(*) FROM events WHERE registration_id = 'late' AND position < $1", by_position
    )
    after = seen[-1].position if seen else first.position
    rest = await store.log(after, 10)
    assert skipped == 1
    assert len(seen) + len(rest) == 2

    await asyncio.gather(slow.close(), plain.close(), store.close())


@pytest.mark.postgres
@pytest.mark.slow
async def test_no_event_is_missed_under_concurrent_writers(postgres_url: str) -> None:
    """A tailer beside eight writers reads every event exactly once."""
    await migrate.upgrade(postgres_url)
    store = SqlStore(postgres_url)
    items = [[new_registration() for _ in range(5)] for _ in range(80)]
    wanted = {item.transition.registration.id for batch in items for item in batch}
    seen: list[str] = []

    async def writer(share: int) -> None:
        for batch in items[share::8]:
            await store.insert(batch)

    async def tailer() -> None:
        place = Position()
        while len(seen) < len(wanted):
            for one in await store.log(place, 50):
                seen.append(one.event.registration_id)
                place = one.position

    await asyncio.wait_for(asyncio.gather(tailer(), *(writer(n) for n in range(8))), 40)
    assert len(seen) == len(set(seen))
    assert set(seen) == wanted
    await store.close()


@pytest.mark.postgres
async def test_a_killed_connection_is_unavailable_and_then_recovers(postgres_url: str) -> None:
    """The backend is killed under the pool: one clear error, then service again."""
    await migrate.upgrade(postgres_url)
    store = SqlStore(postgres_url)
    await store.ping()
    plain = await asyncpg.connect(postgres_url)
    await plain.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await asyncio.sleep(0.1)
    with pytest.raises(StoreUnavailable):
        await store.ping()
    (done,) = await store.insert([new_registration()])
    assert await store.renew([(done.registration.id, 0)], timedelta(1)) == [False]
    await asyncio.gather(plain.close(), store.close())

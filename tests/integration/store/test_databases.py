"""What only real databases can show."""

import asyncio
import itertools
import threading
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.config.settings import load
from registrar.domain import lifecycle
from registrar.domain.errors import ConfigurationError, StoreUnavailable
from registrar.ports.api_keys import EVERY_SCOPE
from registrar.ports.store import Inserted, InsertStatus, NewRegistration, Position
from registrar.store import backlog, inserting, key_tables, migrate
from registrar.store.engine import Database
from registrar.store.sql import SqlStore, open_store
from registrar.store.tables import api_keys, metadata
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_overrides_suite import override
from registrar.testing.store_suite import LEASE, moment


def difference(connection: sa.Connection, tables: sa.MetaData) -> list[object]:
    """What the migrations leave to be done."""
    context = MigrationContext.configure(connection)
    found: list[object] = compare_metadata(context, tables)
    return found


async def test_the_migrations_make_the_tables_of_the_code(address: str) -> None:
    """Up, nothing left to do; down, nothing left; up again."""
    assert await migrate.current(address) is None
    await migrate.upgrade(address)
    assert await migrate.current(address) == "0014"
    await migrate.downgrade(address)
    assert await migrate.current(address) is None
    await migrate.upgrade(address)
    db = Database(address)
    async with db.write() as connection:
        assert await connection.run_sync(difference, metadata) == []
    await db.close()


async def test_the_migrations_make_the_store_of_keys(address: str) -> None:
    """As those of the data do."""
    for _ in range(2):
        await migrate.upgrade(address, scripts=migrate.KEYS)
        db = Database(address)
        async with db.write() as connection:
            assert await connection.run_sync(difference, key_tables.metadata) == []
        await db.close()
        await migrate.downgrade(address, scripts=migrate.KEYS)
        assert await migrate.current(address) is None


async def test_a_store_of_keys_is_made_beside_the_data(address: str) -> None:
    """Where its server has none of that name; by several at once, too."""
    beside = load(database_url=address).key_store
    await asyncio.gather(*(migrate.made(beside) for _ in range(3)))
    await migrate.upgrade(beside, scripts=migrate.KEYS)
    assert await migrate.current(beside) == "0001"
    assert await migrate.current(address) is None


async def test_the_audit_of_overrides_is_append_only(address: str) -> None:
    """The database itself refuses to change or drop a line."""
    store = SqlStore(address)
    await migrate.upgrade(address)
    await store.overrides.add(override())
    db = Database(address)
    for statement in ("UPDATE override_changes SET reason = 'x'", "DELETE FROM override_changes"):
        with pytest.raises(DBAPIError, match="append-only"):
            async with db.write() as connection:
                await connection.execute(sa.text(statement))
    assert len(await store.overrides.changes("ovr_1")) == 1
    await asyncio.gather(db.close(), store.close())


async def test_several_processes_may_migrate_at_once(address: str) -> None:
    """The second waits for the first and finds nothing to do."""
    await asyncio.gather(*(migrate.upgrade(address) for _ in range(4)))
    store = SqlStore(address)
    await store.ping()
    await store.close()


async def test_a_caller_that_is_cancelled_cuts_no_transaction_in_two(address: str) -> None:
    """It is written to its end: a lock that nobody gives back would stop every other writer."""
    await migrate.upgrade(address)
    db = Database(address)
    begun, may_end = asyncio.Event(), asyncio.Event()
    key = {"key_id": "k", "tenant_id": "t", "digest": b"d"}

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(api_keys.insert().values(**key))
        begun.set()
        await may_end.wait()

    caller = asyncio.create_task(db.transact(work))
    await begun.wait()
    caller.cancel()
    with pytest.raises(asyncio.CancelledError):
        await caller
    asyncio.get_running_loop().call_later(0.05, may_end.set)
    await db.close()
    store = SqlStore(address)
    found = await store.api_keys.find("k")
    assert found is not None
    assert (found.tenant_id, found.digest, found.scopes) == ("t", b"d", EVERY_SCOPE)
    await store.close()


@pytest.mark.parametrize("after", [0, 0.1], ids=["connecting", "reading"])
def test_a_read_that_is_cut_off_has_ended_when_the_database_is_closed(
    tmp_path: Path, after: float
) -> None:
    """SQLite's driver goes on with it in a thread, which answers to the loop it was asked by.

    The first cancellation is waited for by the pool, the second is not.
    """
    numbers = sa.select(sa.literal(1).label("n")).cte(recursive=True)
    numbers = numbers.union_all(sa.select(numbers.c.n + 1).where(numbers.c.n < 2_000_000))
    count = sa.select(sa.func.count()).select_from(numbers)
    before = set(threading.enumerate())

    async def cut_off() -> None:
        db = Database(f"sqlite:///{tmp_path / 'registrar.db'}")

        async def read() -> None:
            async with db.read() as connection:
                await connection.execute(count)

        reading = asyncio.create_task(read())
        for moments in (after, 0.01):
            await asyncio.sleep(moments)
            reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        await db.close()

    asyncio.run(cut_off())
    assert set(threading.enumerate()) <= before


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


@pytest.mark.postgres
async def test_a_blocker_cancelled_meanwhile_makes_room(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood in the way of the row, and is gone before it can be read: the row goes in."""
    await migrate.upgrade(postgres_url)
    store, other = open_store(postgres_url, pool_size=2), open_store(postgres_url, pool_size=2)
    (done,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    gone = lifecycle.cancel(done.registration, "", moment())
    read = inserting._in_the_way  # noqa: SLF001 - the moment between two statements
    cancels = iter([[gone]])

    async def late(
        connection: AsyncConnection, waiting: dict[int, NewRegistration]
    ) -> dict[int, Inserted]:
        for change in cancels:
            assert await other.write(change, LEASE) == [True]
        return await read(connection, waiting)

    monkeypatch.setattr(inserting, "_in_the_way", late)
    (again,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    assert again.status is InsertStatus.CREATED
    await asyncio.gather(store.close(), other.close())


@pytest.mark.postgres
async def test_batches_that_cross_do_not_fail(postgres_url: str) -> None:
    """The same products in any order: PostgreSQL breaks the deadlocks, and they are run again."""
    await migrate.upgrade(postgres_url)
    stores = [open_store(postgres_url, pool_size=2) for _ in range(4)]
    orders = list(itertools.islice(itertools.permutations(range(5)), 0, 120, 15))

    async def submit(place: int, turn: int) -> int:
        serials = [bytes([turn, n]) for n in orders[place]]
        done = await stores[place % 4].insert(
            [new_registration(Wanted(serial=serial)) for serial in serials]
        )
        return sum(one.status is InsertStatus.CREATED for one in done)

    for turn in range(10):
        assert sum(await asyncio.gather(*(submit(n, turn) for n in range(8)))) == 5
    await asyncio.gather(*(store.close() for store in stores))


@pytest.mark.postgres
async def test_connections_that_a_restart_has_closed_fail_no_batch(postgres_url: str) -> None:
    """They wait for the next batch, and are looked at before it."""
    await migrate.upgrade(postgres_url)
    store = open_store(postgres_url)
    kept = await store.insert([new_registration(Wanted())])
    other = await asyncpg.connect(postgres_url)
    mine = "pid <> pg_backend_pid() AND datname = current_database()"
    closed = await other.fetchval(
        f"SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE {mine}"  # noqa: S608 - our own text
    )
    while await other.fetchval(f"SELECT count(*) FROM pg_stat_activity WHERE {mine}"):  # noqa: ASYNC110, S608 - the server's work
        await asyncio.sleep(0.01)
    await other.close()
    await asyncio.sleep(0.05)  # the driver hears of it
    again = await store.insert([new_registration(Wanted())])
    assert (closed, [one.status for one in kept + again]) == (1, [InsertStatus.CREATED] * 2)
    await store.close()


@pytest.mark.postgres
async def test_a_server_that_refuses_is_unavailable(postgres_url: str) -> None:
    """No such database is no false OK, and no unknown error either."""
    store = open_store(postgres_url.replace("/test_", "/gone_"))
    with pytest.raises(StoreUnavailable):
        await store.ping()
    await store.close()


@pytest.mark.postgres
async def test_a_stopped_writer_does_not_hold_back_the_log(postgres_url: str) -> None:
    """A transaction left open would stay below every later event; the server ends it."""
    db = Database(postgres_url, statement_timeout=0.2)

    async def stop(connection: AsyncConnection) -> None:
        await connection.execute(sa.select(sa.func.pg_current_xact_id()))
        await asyncio.sleep(0.6)
        await connection.execute(sa.select(sa.literal(1)))

    with pytest.raises(StoreUnavailable):
        await db.transact(stop)
    await db.close()


async def test_the_next_due_job_is_found_by_its_index(address: str) -> None:
    """Not by a walk over the backlog."""
    await migrate.upgrade(address)
    db = Database(address)
    async with db.read() as connection:
        if db.postgres:
            await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN" if db.postgres else "EXPLAIN QUERY PLAN"
        query = "SELECT min(run_at) FROM jobs WHERE queue = 'api' AND state = 'ready'"
        found = await connection.execute(sa.text(f"{explain} {query}"))
        assert "ix_jobs_due" in " ".join(str(row) for row in found)
    await db.close()


async def test_how_late_work_is_is_read_from_the_head_of_an_index(address: str) -> None:
    """Each class of each manufacturer: not by a walk over the backlog."""
    await migrate.upgrade(address)
    db = Database(address)
    statement = backlog.oldest(("acme",), db.postgres)
    async with db.read() as connection:
        given = {"dialect": connection.dialect, "compile_kwargs": {"literal_binds": True}}
        text = str(statement.compile(**given))
        if db.postgres:
            await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        explain = "EXPLAIN" if db.postgres else "EXPLAIN QUERY PLAN"
        found = await connection.exec_driver_sql(f"{explain} {text}")
        plan = " ".join(str(row) for row in found)
    assert plan.count("ix_jobs_ready") == 2 * 3
    await db.close()


@pytest.mark.postgres
async def test_the_clock_bounds_an_index_range(postgres_url: str) -> None:
    """A volatile clock would make every sweep walk the whole backlog."""
    await migrate.upgrade(postgres_url)
    db = Database(postgres_url)
    async with db.read() as connection:
        await connection.execute(sa.text("SET LOCAL enable_seqscan = off"))
        query = f"SELECT 1 FROM jobs WHERE state = 'leased' AND lease_until < {db.now}"  # noqa: S608 - our own clock
        found = await connection.execute(sa.text(f"EXPLAIN {query}"))
        assert "Index Cond: (lease_until <" in " ".join(str(row) for row in found)
    await db.close()

"""How databases find dead letters, and what an older release has written of them."""

from typing import Any

import pytest
import sqlalchemy as sa

from registrar.domain.dead_letter import cause_of
from registrar.domain.registration import State
from registrar.ports.dead_letters import GroupPlace
from registrar.store import dead_letters, migrate
from registrar.store.engine import Database
from registrar.store.sql import SqlStore
from registrar.store.tables import DEAD, registrations
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_dead_letters_suite import failed, groups, ids, read

AFTER = GroupPlace("acme", "0123456789abcdef")
OLDER = "UPDATE registrations SET cause = NULL, failed_at = NULL, successor_id = NULL"
"""As a release wrote them that knew no dead letters."""


async def plan(db: Database, statement: sa.Select[Any, Any]) -> str:
    """How the database would find it; of an empty table PostgreSQL would read all."""
    async with db.read() as connection:
        given = {"dialect": connection.dialect, "compile_kwargs": {"literal_binds": True}}
        text = str(statement.compile(**given))
        if db.postgres:
            await connection.execute(sa.text("SET enable_seqscan = off"))
            await connection.execute(sa.text("SET enable_bitmapscan = off"))
        explain = "EXPLAIN" if db.postgres else "EXPLAIN QUERY PLAN"
        found = await connection.exec_driver_sql(f"{explain} {text}")
        return " ".join(str(row) for row in found)


async def test_dead_letters_are_found_by_an_index_of_nothing_else(address: str) -> None:
    """From group to group, their extent, and for a bulk operation: no walk over registrations."""
    await migrate.upgrade(address)
    db = Database(address)
    mine = sa.and_(registrations.c.tenant_id == "t", DEAD)
    these = dead_letters.of_group("t", AFTER)
    for statement, times in (
        (dead_letters.following(mine, None), 1),
        (dead_letters.following(mine, AFTER), 1),
        (dead_letters.extent(these), 2),
    ):
        found = await plan(db, statement)
        assert found.count("ix_registrations_dead") == times
        assert "SCAN registrations" not in found
    await db.close()


async def test_groups_are_reached_without_what_lies_between(sqlite_migrated: str) -> None:
    """The row values bound the range, so the next group is one look into the index."""
    db = Database(sqlite_migrated)
    mine = sa.and_(registrations.c.tenant_id == "t", DEAD)
    found = await plan(db, dead_letters.following(mine, AFTER))
    assert "COVERING INDEX ix_registrations_dead (tenant_id=? AND (manufacturer_id,cause)>" in found
    await db.close()


async def test_a_failure_of_an_older_release_is_told(address: str) -> None:
    """With its cause, whoever else has moved since; what was answered by then stays so."""
    await migrate.upgrade(address)
    store, db = SqlStore(address), Database(address)
    old = await failed(store, serial=b"s")
    other = await failed(store)
    (waits,) = await store.insert([new_registration(Wanted())])
    async with db.write() as connection:
        await connection.execute(sa.text(OLDER))
    assert await groups(store) == []
    assert await store.dead_letters.tell(1) == 1
    assert await store.dead_letters.tell(9) == 1
    assert await store.dead_letters.tell(9) == 0
    (group,) = await groups(store)
    assert (group.cause, group.count) == (cause_of(old), 2)
    assert group.newest == other.updated_at
    assert (await read(store, waits.registration)).state is State.PENDING
    await store.close()
    await db.close()


async def test_the_migration_finds_successors(address: str) -> None:
    """The first that came later, of the same tenant and product."""
    await migrate.upgrade(address)
    store, db = SqlStore(address), Database(address)
    old = await failed(store, serial=b"s")
    second = await failed(store, serial=b"s")
    (third,) = await store.insert([new_registration(Wanted(serial=b"s"))])
    await failed(store, serial=b"s", tenant_id="tenant-b")
    alone = await failed(store)
    await migrate.downgrade(address, "0012")
    await migrate.upgrade(address)
    assert (await read(store, old)).successor_id == second.id
    assert (await read(store, second)).successor_id == third.registration.id
    assert await store.dead_letters.tell(9) == 4
    assert await ids(store) == {alone.id}
    await store.close()
    await db.close()


async def test_nobody_counts_beyond_what_anybody_reads(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A group says that it has more."""
    await migrate.upgrade(address)
    store = SqlStore(address)
    for _ in range(3):
        await failed(store)
    for most, known in ((2, (2, True)), (3, (3, False))):
        monkeypatch.setattr(dead_letters, "MOST_COUNTED", most)
        (group,) = await groups(store)
        assert (group.count, group.is_capped) == known
    await store.close()


async def test_a_group_that_is_answered_between_two_looks_is_left_out(sqlite_migrated: str) -> None:
    """It was the next one a moment ago."""
    db = Database(sqlite_migrated)
    async with db.read() as connection:
        assert await dead_letters._group(connection, "t", AFTER) is None  # noqa: SLF001 - the moment between
    await db.close()

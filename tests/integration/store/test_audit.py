"""The audit log in real databases: one chain of many processes, and what an intruder leaves."""

import asyncio
import sys
from collections.abc import AsyncIterator, Sequence

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError

from registrar.app.audit import BY_CLI, Audit, signing
from registrar.domain.audit import Act, Action
from registrar.domain.outcome import Tier
from registrar.ports.connector_states import ConnectorKey
from registrar.store import migrate
from registrar.store.engine import Database
from registrar.store.keyring import Keyring
from registrar.store.sql import SqlStore

RING = Keyring(b"k" * 32)
API = ConnectorKey("acme", Tier.API)
TABLES = ("audit_log", "audit_head")


class Scene:
    """A database with five entries, and an intruder who may do everything in it."""

    def __init__(self, address: str) -> None:
        self.store = SqlStore(address)
        self.audit = Audit(self.store.audit, RING)
        self.db = Database(address)

    async def entries(self, count: int) -> None:
        """By the command line."""
        for number in range(count):
            act = self.audit.by(BY_CLI, "tenant-a", Action.PAUSE, number)
            await self.store.audit.append(act, {"number": number})

    async def done(self, *statements: str) -> None:
        """One after another, in one transaction."""
        async with self.db.write() as connection:
            for one in statements:
                await connection.execute(sa.text(one))

    async def unguarded(self) -> None:
        """Whoever owns the tables can take their triggers away."""
        if self.db.postgres:
            await self.done(*(f"ALTER TABLE {one} DISABLE TRIGGER ALL" for one in TABLES))
            return
        async with self.db.read() as connection:
            asked = (
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name LIKE 'audit%'"
            )
            names = list((await connection.execute(sa.text(asked))).scalars())
        assert len(names) == 5
        await self.done(*(f"DROP TRIGGER {one}" for one in names))

    async def close(self) -> None:
        """Both."""
        await asyncio.gather(self.store.close(), self.db.close())


@pytest.fixture
async def scene(address: str) -> AsyncIterator[Scene]:
    """With five entries."""
    await migrate.upgrade(address)
    made = Scene(address)
    await made.entries(5)
    yield made
    await made.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET actor = 'key:b' WHERE position = 2",
        "DELETE FROM audit_log WHERE position = 5",
        "DELETE FROM audit_head",
        "UPDATE audit_head SET position = 4",
        "UPDATE audit_head SET hash = 'x'",
    ],
)
async def test_the_database_lets_nobody_do_but_append(scene: Scene, statement: str) -> None:
    """Who is careless hears of it."""
    with pytest.raises(DBAPIError, match="append-only"):
        await scene.done(statement)
    assert (await scene.audit.verify()).problem == ""


async def test_an_entry_is_not_replaced_either(scene: Scene) -> None:
    """SQLite drops a row that is replaced without asking who guards against deletes."""
    replace = "INSERT" if scene.db.postgres else "INSERT OR REPLACE"
    copied = f"{replace} INTO audit_log SELECT * FROM audit_log WHERE position = 2"  # noqa: S608 - ours
    with pytest.raises(IntegrityError):
        await scene.done(copied)
    assert (await scene.audit.verify()).problem == ""


MOVED = "UPDATE audit_log SET position = position + 100 WHERE position >= 3"
BACK = "UPDATE audit_log SET position = position - 99 WHERE position > 100"
COPIED = (
    "INSERT INTO audit_log SELECT {}, at, tenant_id, actor, action, subject, stage,"
    " before, after, previous, hash FROM audit_log WHERE position = 1"
)
TURNED = (
    "UPDATE audit_head SET position = 3,"
    " hash = (SELECT hash FROM audit_log WHERE audit_log.position = 3)"
)


@pytest.mark.parametrize(
    ("statements", "position"),
    [
        (["UPDATE audit_log SET actor = 'key:b' WHERE position = 2"], 2),
        (["UPDATE audit_log SET before = '' WHERE position = 5"], 5),
        (["DELETE FROM audit_log WHERE position = 3"], 3),
        (["DELETE FROM audit_log WHERE position > 3"], 4),
        (["DELETE FROM audit_log"], 1),
        (
            [
                "UPDATE audit_log SET position = 99 WHERE position = 2",
                "UPDATE audit_log SET position = 2 WHERE position = 3",
                "UPDATE audit_log SET position = 3 WHERE position = 99",
            ],
            2,
        ),
        (
            [
                *(MOVED, BACK),
                COPIED.format(3),
            ],
            3,
        ),
        ([TURNED], 4),
        (["DELETE FROM audit_head", "DELETE FROM audit_log WHERE position = 1"], 1),
    ],
    ids=["changed", "last", "middle", "tail", "all", "swapped", "inserted", "head", "first"],
)
async def test_an_intruder_is_found(scene: Scene, statements: Sequence[str], position: int) -> None:
    """At the first position that is wrong."""
    await scene.unguarded()
    await scene.done(*statements)
    found = await scene.audit.verify()
    assert (found.position, found.problem != "") == (position, True)


async def test_a_tail_that_is_gone_with_its_head_is_found_by_the_head_that_was_noted(
    scene: Scene,
) -> None:
    """The database alone cannot tell."""
    noted = (await scene.audit.verify()).head
    await scene.unguarded()
    await scene.done(TURNED, "DELETE FROM audit_log WHERE position > 3")
    assert (await scene.audit.verify()).problem == ""
    found = await scene.audit.verify(noted)
    assert (found.position, found.problem) == (4, "missing, with all that followed")


async def test_what_cannot_be_told_is_not_done(scene: Scene) -> None:
    """The change is taken back with its entry."""
    await scene.unguarded()
    act = scene.audit.by("key:a", "tenant-a", Action.PAUSE, API)
    await scene.done(COPIED.format(6))
    with pytest.raises(IntegrityError):
        await scene.store.connectors.pause(API, "maintenance", "key:a", None, act)
    assert await scene.store.connectors.all() == {}


PROGRAM = """
import asyncio, sys
from registrar.app.audit import Audit
from registrar.domain.audit import Action
from registrar.domain.outcome import Tier
from registrar.ports.connector_states import ConnectorKey
from registrar.store.keyring import Keyring
from registrar.store.sql import open_store

async def main():
    store = open_store(sys.argv[1])
    audit = Audit(store.audit, Keyring(b"k" * 32))
    sys.stdin.readline()

    async def paused(number):
        key = ConnectorKey(f"maker{number % 3}", Tier.API)
        actor = f"key:{sys.argv[2]}"
        act = audit.by(actor, "tenant-a", Action.PAUSE, key)
        await store.connectors.pause(key, f"{sys.argv[2]} {number}", actor, None, act)

    await asyncio.gather(*(paused(number) for number in range(10)))
    await store.close()

asyncio.run(main())
"""


async def test_four_processes_make_one_chain(address: str) -> None:
    """Forty pauses at once: each entry begins where the one before it has ended."""
    await migrate.upgrade(address)
    pipe = asyncio.subprocess.PIPE
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", PROGRAM, address, str(number), stdin=pipe
        )
        for number in range(4)
    ]
    await asyncio.gather(*(child.communicate(b"go\n") for child in children))
    assert [child.returncode for child in children] == [0] * 4
    scene = Scene(address)
    verdict = await scene.audit.verify()
    assert (verdict.problem, verdict.head.position) == ("", 40)
    last: dict[str, str] = {}
    for entry in await scene.store.audit.after(0, 100):
        assert entry.before == last.get(entry.subject, "")
        last[entry.subject] = entry.after
    await scene.close()


async def test_a_migration_is_told_once(address: str) -> None:
    """From which schema to which."""
    act = Act("", BY_CLI, Action.MIGRATE, "schema", signing(RING))
    for _ in range(2):
        await migrate.upgrade(address, act=act)
    scene = Scene(address)
    (entry,) = await scene.store.audit.after(0, 10)
    assert (entry.actor, entry.before) == ("cli", "")
    assert entry.after == f'"{await migrate.current(address)}"'
    assert (await scene.audit.verify()).problem == ""
    await scene.close()

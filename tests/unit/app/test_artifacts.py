"""Keeping, opening and forgetting artifacts, and what becomes of it when a place fails."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
from structlog.testing import capture_logs

from registrar.app import artifacts as use_cases
from registrar.app.artifact_sweep import ArtifactSweep
from registrar.app.artifacts import Artifacts
from registrar.app.uploads import Upload
from registrar.artifacts.memory import MemoryBlobs
from registrar.domain.artifact import LARGEST_KEPT, RETENTION, UNBOUND, Artifact, ArtifactKind
from registrar.domain.errors import (
    ArtifactsUnavailable,
    InvalidRequest,
    NotFound,
    RegistrarError,
    RequestIdReused,
    StoreUnavailable,
)
from registrar.ports.key_provider import Wrapped
from registrar.ports.key_rows import DataKey, Master, Purpose
from registrar.store.memory import MemoryStore
from registrar.store.memory_artifacts import MemoryArtifacts
from registrar.store.memory_key_rows import MemoryKeyRows
from registrar.testing.proofs import PDF, PNG, pieces
from registrar.testing.vault import MemoryVault

SHOT = ArtifactKind.SCREENSHOT
REQUEST = str(uuid.uuid4())
RECEIPT = Upload(REQUEST, "application/pdf")


class Later:
    """A clock that can be put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        """The present instant."""
        return datetime.now(UTC) + self.ahead


class AwayRows(MemoryArtifacts):
    """`error` is raised before a row is shown."""

    def __init__(self, error: Exception, clock: Later) -> None:
        super().__init__(clock, {})
        self.error = error

    async def complete(self, artifact: Artifact, request_id: str = "") -> Artifact | None:
        """Never comes to it."""
        del artifact, request_id
        raise self.error


class Keeping:
    """The use cases on memory, with what they stand on."""

    def __init__(self) -> None:
        self.clock = Later()
        self.blobs = MemoryBlobs()
        self.rows = MemoryStore(self.clock).artifacts
        self.vault = MemoryVault()
        self.key_rows = MemoryKeyRows()
        self.sweep = ArtifactSweep(self.rows, self.blobs, self.key_rows, self.clock, every=0.01)

    @property
    def artifacts(self) -> Artifacts:
        """Over what stands here now."""
        return Artifacts(self.rows, self.blobs, self.vault, self.clock)

    async def keep(self, data: bytes = PNG) -> Artifact | RegistrarError:
        """A screenshot of the second attempt."""
        return await self.artifacts.keep("reg_1", "tenant-a", 2, SHOT, "image/png", data)

    async def kept(self, data: bytes = PNG) -> Artifact:
        """It must be."""
        made = await self.keep(data)
        assert isinstance(made, Artifact)
        return made

    async def content(self, tenant_id: str, artifact_id: str) -> bytes:
        """All of it."""
        opened = self.artifacts.opened(tenant_id, artifact_id)
        return b"".join([chunk async for chunk in opened])

    async def upload(self, data: bytes = PDF, wanted: Upload = RECEIPT) -> Artifact:
        """As a caller would."""
        return await self.artifacts.upload("tenant-a", wanted, pieces(data))

    async def empty(self) -> bool:
        """Not a byte is kept."""
        return not self.blobs.kept


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """At most five seconds."""
    async with asyncio.timeout(5):
        while not await holds():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.01)


@pytest.fixture
def desk() -> Keeping:
    """Empty."""
    return Keeping()


async def test_what_was_kept_is_listed_and_opened(desk: Keeping) -> None:
    """With its size, digest and the time of its kind."""
    made = await desk.kept()
    assert made == Artifact(
        id=made.id,
        key_id=made.key_id,
        tenant_id="tenant-a",
        kind=SHOT,
        media_type="image/png",
        created_at=made.created_at,
        expires_at=made.expires_at,
        registration_id="reg_1",
        attempt=2,
        size=len(PNG),
        sha256=hashlib.sha256(PNG).hexdigest(),
    )
    assert made.expires_at - made.created_at == pytest.approx(RETENTION[SHOT], abs=timedelta(0, 1))
    assert await desk.artifacts.listed("tenant-a", "reg_1") == [made]
    assert await desk.artifacts.found("tenant-a", made.id) == made
    assert await desk.content("tenant-a", made.id) == PNG
    assert list(desk.blobs.kept) == [made.blob]
    assert PNG[:40] not in desk.blobs.kept[made.blob]


async def test_another_tenant_finds_nothing(desk: Keeping) -> None:
    """As if it were not there."""
    made = await desk.kept()
    assert await desk.artifacts.listed("tenant-b", "reg_1") == []
    with pytest.raises(NotFound):
        await desk.artifacts.found("tenant-b", made.id)
    with pytest.raises(NotFound):
        await desk.content("tenant-b", made.id)


async def test_a_place_that_is_away_costs_no_registration(desk: Keeping) -> None:
    """The caller is told, and goes on; nothing is shown."""
    desk.blobs.away = True
    assert isinstance(await desk.keep(), ArtifactsUnavailable)
    assert await desk.artifacts.listed("tenant-a", "reg_1") == []


async def test_a_full_place_keeps_no_half(desk: Keeping) -> None:
    """What was written of it is removed again."""
    desk.blobs.room = 100_000
    assert isinstance(await desk.keep(bytes(200_000)), ArtifactsUnavailable)
    assert desk.blobs.kept == {}
    assert await desk.artifacts.listed("tenant-a", "reg_1") == []


@pytest.mark.parametrize(
    ("error", "told"),
    [(StoreUnavailable(), StoreUnavailable), (ZeroDivisionError("x"), ArtifactsUnavailable)],
)
async def test_neither_the_database_nor_a_defect_costs_one(
    desk: Keeping, error: Exception, told: type[RegistrarError]
) -> None:
    """Its bytes are swept with the reservation, an hour later."""
    desk.rows = AwayRows(error, desk.clock)
    desk.sweep = ArtifactSweep(desk.rows, desk.blobs, desk.key_rows, desk.clock)
    failed = await desk.keep()
    assert type(failed) is told
    assert await desk.sweep.expire() == 0
    desk.clock.ahead = timedelta(hours=1, seconds=1)
    assert await desk.sweep.expire() == 1
    assert desk.blobs.kept == {}


async def test_nothing_too_large_is_kept(desk: Keeping) -> None:
    """A value, too."""
    assert isinstance(await desk.keep(bytes(LARGEST_KEPT + 1)), InvalidRequest)
    assert desk.blobs.kept == {}


class Stuck(MemoryBlobs):
    """Takes nothing, and says nothing."""

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """For ever."""
        del name, chunks
        await asyncio.Event().wait()

    async def get(self, name: str) -> AsyncGenerator[bytes, None]:
        """For ever, after nothing."""
        await asyncio.Event().wait()
        yield name.encode()


async def test_a_place_that_hangs_is_not_waited_for(
    desk: Keeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Longer than a registration can."""
    monkeypatch.setattr(use_cases, "PATIENCE", timedelta(seconds=0.05))
    there = await desk.kept()
    desk.blobs = Stuck()
    assert isinstance(await desk.keep(), ArtifactsUnavailable)
    with pytest.raises(ArtifactsUnavailable):
        await desk.artifacts.whole("tenant-a", there.id)


async def test_an_upload_waits_for_its_registration(desk: Keeping) -> None:
    """For a week."""
    made = await desk.upload()
    assert (made.registration_id, made.attempt, made.size) == ("", 0, len(PDF))
    assert made.expires_at - made.created_at == UNBOUND
    assert await desk.content("tenant-a", made.id) == PDF


async def test_an_upload_that_is_repeated_is_one(desk: Keeping) -> None:
    """Of the same content; nothing is kept twice."""
    first = await desk.upload()
    assert await desk.upload() == first
    assert list(desk.blobs.kept) == [first.blob]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (PDF + b"more", RECEIPT),
        (PNG, Upload(REQUEST, "image/png")),
        (PDF, Upload(REQUEST, "application/pdf", ArtifactKind.EVIDENCE)),
    ],
)
async def test_a_request_id_is_of_one_file(desk: Keeping, data: bytes, wanted: Upload) -> None:
    """Another one is refused, and not kept."""
    first = await desk.upload()
    with pytest.raises(RequestIdReused):
        await desk.upload(data, wanted)
    assert list(desk.blobs.kept) == [first.blob]


async def test_two_uploads_at_once_are_one(desk: Keeping) -> None:
    """Whoever is second removes its own bytes."""
    made = await asyncio.gather(*(desk.upload() for _ in range(5)))
    assert len({one.id for one in made}) == 1
    assert list(desk.blobs.kept) == [made[0].blob]


async def test_of_two_files_at_once_one_is_refused(desk: Keeping) -> None:
    """They met under one request_id."""
    answers = await asyncio.gather(
        desk.upload(), desk.upload(PDF + b"more"), return_exceptions=True
    )
    assert sorted(type(one).__name__ for one in answers) == ["Artifact", "RequestIdReused"]
    assert len(desk.blobs.kept) == 1


@pytest.mark.parametrize("wanted", [Upload("x", "application/pdf"), Upload(REQUEST, "image/png")])
async def test_a_refused_upload_leaves_nothing(desk: Keeping, wanted: Upload) -> None:
    """Whether its announcement or its content is wrong."""
    with pytest.raises(InvalidRequest):
        await desk.upload(wanted=wanted)
    assert desk.blobs.kept == {}


async def test_an_upload_that_is_cut_off_leaves_nothing(desk: Keeping) -> None:
    """And may be begun again under the same request_id."""

    async def cut_off() -> AsyncIterator[bytes]:
        yield PDF[:50] + bytes(100_000)
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await desk.artifacts.upload("tenant-a", RECEIPT, cut_off())
    assert desk.blobs.kept == {}
    made = await desk.upload()
    assert await desk.content("tenant-a", made.id) == PDF


async def test_an_upload_that_takes_too_long_is_not_shown(desk: Keeping) -> None:
    """Its reservation was over before its last byte."""

    async def slow() -> AsyncIterator[bytes]:
        yield PDF
        desk.clock.ahead = timedelta(hours=2)

    with pytest.raises(ArtifactsUnavailable, match="took too long"):
        await desk.artifacts.upload("tenant-a", RECEIPT, slow())
    assert desk.blobs.kept == {}


async def test_bytes_that_were_swallowed_are_not_found(desk: Keeping) -> None:
    """A file that somebody removed behind our back."""
    made = await desk.kept()
    desk.blobs.kept.clear()
    with pytest.raises(NotFound):
        await desk.content("tenant-a", made.id)


async def test_bytes_that_were_changed_are_not_shown(desk: Keeping) -> None:
    """Whoever can write the place cannot plant a file."""
    one, two = await desk.kept(), await desk.kept(PNG * 2)
    desk.blobs.kept[one.blob] = desk.blobs.kept[two.blob]
    with pytest.raises(ValueError, match="belongs elsewhere"):
        await desk.content("tenant-a", one.id)


async def test_what_has_expired_is_gone_bytes_first(desk: Keeping) -> None:
    """What has not stays. With the bytes goes their key: a copy of them is of no use."""
    shot = await desk.kept()
    receipt = await desk.upload()
    await desk.key_rows.begin("store-1", [Master(2, Purpose.DATA, Wrapped("kek-1", b"data"))])
    await desk.key_rows.add([DataKey(one.key_id, 2, b"wrapped") for one in (shot, receipt)])
    desk.clock.ahead = UNBOUND + timedelta(seconds=1)
    assert await desk.sweep.expire() == 1
    assert receipt.blob not in desk.blobs.kept
    assert len(desk.blobs.kept) == 1
    keys = await desk.key_rows.find([shot.key_id, receipt.key_id])
    assert keys[shot.key_id].wrapped == b"wrapped"
    assert keys[receipt.key_id].wrapped is None
    desk.clock.ahead = RETENTION[SHOT] + timedelta(seconds=1)
    assert await desk.sweep.expire() == 1
    assert desk.blobs.kept == {}
    assert await desk.rows.expired(10) == []


async def test_what_a_move_has_left_over_goes_with_it(desk: Keeping) -> None:
    """Whichever of its two forms is read."""
    made = await desk.kept()
    assert await desk.rows.moving(made, "b" * 24)
    desk.blobs.kept[f"{made.id}.{'b' * 24}"] = b"half of it"
    desk.clock.ahead = RETENTION[SHOT] + timedelta(seconds=1)
    assert await desk.sweep.expire() == 1
    assert desk.blobs.kept == {}


class Clinging(MemoryBlobs):
    """One of them cannot be removed."""

    held = ""

    async def delete(self, name: str) -> None:
        """Not that one."""
        if name == self.held:
            raise ArtifactsUnavailable
        await super().delete(name)


async def test_one_that_will_not_go_keeps_its_row_alone(desk: Keeping) -> None:
    """The others go; it is tried again."""
    clinging = Clinging()
    desk.blobs, desk.sweep = clinging, ArtifactSweep(desk.rows, clinging, desk.key_rows, desk.clock)
    stays, goes = await desk.kept(), await desk.kept()
    clinging.held = stays.blob
    desk.clock.ahead = RETENTION[SHOT] + timedelta(seconds=1)
    assert await desk.sweep.expire() == 1
    assert list(clinging.kept) == [stays.blob]
    assert [one.id for one in await desk.rows.expired(9)] == [stays.id]
    assert goes.blob not in clinging.kept
    clinging.held = ""
    assert await desk.sweep.expire() == 1


async def test_a_sweep_goes_on_after_an_outage(desk: Keeping) -> None:
    """It removes what it could not, as soon as it can, and settles claims."""
    receipt = await desk.upload()
    await desk.rows.claim("tenant-a", [receipt.id], "never")
    await desk.kept()
    desk.clock.ahead = RETENTION[SHOT] - timedelta(days=25)
    desk.blobs.away = True
    sweeping = asyncio.create_task(desk.sweep.run())
    await until(lambda: desk.rows.claim("tenant-a", [receipt.id], "other"))
    desk.clock.ahead = RETENTION[SHOT] + timedelta(seconds=1)
    await asyncio.sleep(0.05)
    assert len(desk.blobs.kept) == 2
    desk.blobs.away = False
    await until(desk.empty)
    assert not sweeping.done()
    sweeping.cancel()


async def test_a_place_that_is_away_is_told_of_once(desk: Keeping) -> None:
    """Before anybody needs it; and again, if it goes away again."""
    desk.blobs.away = True
    with capture_logs() as logged:
        sweeping = asyncio.create_task(desk.sweep.run())
        for _ in range(2):
            await asyncio.sleep(0.1)
            desk.blobs.away = not desk.blobs.away
        await asyncio.sleep(0.1)
    sweeping.cancel()
    told = [(one["event"], one["of"]) for one in logged]
    assert told == [("sweep_failed", "ArtifactsUnavailable")] * 2


async def test_a_full_batch_is_followed_by_the_next(desk: Keeping) -> None:
    """Without a pause."""
    desk.sweep = ArtifactSweep(desk.rows, desk.blobs, desk.key_rows, desk.clock, every=60)
    for _ in range(250):
        await desk.kept()
    desk.clock.ahead = RETENTION[SHOT] + timedelta(seconds=1)
    sweeping = asyncio.create_task(desk.sweep.run())
    await until(desk.empty)
    sweeping.cancel()


async def test_the_time_of_a_kind_is_a_setting(desk: Keeping) -> None:
    """Each has its own."""
    shorter = {**RETENTION, SHOT: timedelta(hours=1)}
    kept = Artifacts(desk.rows, desk.blobs, desk.vault, desk.clock, shorter)
    made = await kept.keep("reg_1", "tenant-a", 0, SHOT, "image/png", PNG)
    assert isinstance(made, Artifact)
    assert made.expires_at - made.created_at < timedelta(hours=1, seconds=1)

"""Places that are full, read-only, hanging or not there at all."""

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from registrar.app.artifacts import Artifacts
from registrar.artifacts.files import FileBlobs
from registrar.domain.artifact import ArtifactKind
from registrar.domain.errors import ArtifactsUnavailable, ConfigurationError
from registrar.ports.clock import SystemClock
from registrar.store.memory import MemoryStore
from registrar.testing.blobs_suite import content, pieces
from registrar.testing.proofs import PNG
from registrar.testing.vault import MemoryVault

NAME = "art_00000000000000000000000000000001"


def blob_path(folder: Path) -> Path:
    """Where NAME will be, in a folder that is there."""
    (folder / NAME[-2:]).mkdir(parents=True)
    return folder / NAME[-2:] / NAME


def files(folder: Path) -> dict[str, bytes]:
    """All of them, by path below the folder."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@contextmanager
def hanging(path: Path) -> Iterator[None]:
    """To write there waits for a reader, who comes at the end of the block."""
    os.mkfifo(path)
    try:
        yield
    finally:
        os.close(os.open(path, os.O_RDONLY | os.O_NONBLOCK))


async def test_a_full_disk_is_unavailable(tmp_path: Path) -> None:
    """Whether it shows at the first byte or at the last flush."""
    blob_path(tmp_path).symlink_to("/dev/full")
    blobs = FileBlobs(str(tmp_path))
    for data in (b"little", bytes(1_000_000)):
        with pytest.raises(ArtifactsUnavailable) as caught:
            await blobs.put(NAME, pieces(data))
        assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize("below", ["/proc/registrar", "/dev/null/registrar"])
async def test_a_place_that_takes_nothing_is_unavailable(below: str) -> None:
    """Said by the ping as well."""
    blobs = FileBlobs(below)
    with pytest.raises(ArtifactsUnavailable):
        await blobs.put(NAME, pieces(b"one"))
    with pytest.raises(ArtifactsUnavailable):
        await blobs.ping()


async def test_what_hangs_is_given_up(tmp_path: Path) -> None:
    """Its threads are counted: others wait their time, and go on when it goes on."""
    path = blob_path(tmp_path)
    blobs = FileBlobs(str(tmp_path), timeout=0.2, threads=1)
    with hanging(path):
        with pytest.raises(ArtifactsUnavailable):
            await blobs.put(NAME, pieces(b"one"))
        with pytest.raises(ArtifactsUnavailable):
            await blobs.put("art_other", pieces(b"two"))
    await asyncio.sleep(0.1)
    await blobs.put("art_other", pieces(b"two"))
    assert await content(blobs, "art_other") == b"two"


async def test_a_hung_call_is_no_reason_to_stay(tmp_path: Path) -> None:
    """The loop, and the process, end without it."""
    path = blob_path(tmp_path)

    def in_a_loop_of_its_own() -> None:
        async def one() -> None:
            with suppress(ArtifactsUnavailable):
                await FileBlobs(str(tmp_path), timeout=0.05).put(NAME, pieces(b"one"))

        asyncio.run(one())

    with hanging(path):
        async with asyncio.timeout(5):
            await asyncio.to_thread(in_a_loop_of_its_own)
    await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("url", "problem"), [("s3://bucket/folder", "s3fs"), ("nothing://x", "Protocol not known")]
)
def test_what_is_no_place_here_is_named_at_the_start(url: str, problem: str) -> None:
    """A package that is missing is a setting that is wrong."""
    with pytest.raises(ConfigurationError, match=f"artifacts_url: .*{problem}"):
        FileBlobs(url)


async def test_nothing_rests_in_the_clear(tmp_path: Path) -> None:
    """Neither in the files nor in their names; what is kept opens again."""
    data = b"<p>Yevgenia Okonkwo, 17 Quagmire Lane</p>" * 9_000
    artifacts = Artifacts(
        MemoryStore().artifacts, FileBlobs(str(tmp_path)), MemoryVault(), SystemClock()
    )
    kind = ArtifactKind.DOM_SNAPSHOT
    made = await artifacts.keep("reg_1", "tenant-a", 1, kind, "text/html", data)
    ((name, written),) = files(tmp_path).items()
    for word in (b"Yevgenia", b"Okonkwo", b"Quagmire", b"</p><p>"):
        assert word not in written
    for word in ("reg_1", "tenant-a", "html", "snapshot"):
        assert word not in name
    opened = artifacts.opened("tenant-a", getattr(made, "id", ""))
    assert b"".join([chunk async for chunk in opened]) == data


async def test_a_full_disk_costs_no_registration(tmp_path: Path) -> None:
    """A value says so; the place works again, and so does keeping."""
    place = tmp_path / "place"
    place.write_text("in the way")
    artifacts = Artifacts(
        MemoryStore().artifacts, FileBlobs(str(place)), MemoryVault(), SystemClock()
    )
    shot = ArtifactKind.SCREENSHOT
    failed = await artifacts.keep("reg_1", "tenant-a", 1, shot, "image/png", PNG)
    assert isinstance(failed, ArtifactsUnavailable)
    place.unlink()
    made = await artifacts.keep("reg_1", "tenant-a", 1, shot, "image/png", PNG)
    assert await artifacts.listed("tenant-a", "reg_1") == [made]

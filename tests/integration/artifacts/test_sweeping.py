"""Sweeping on every store, in a folder: what is over goes, and nothing else."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from registrar.app.artifact_sweep import ArtifactSweep
from registrar.artifacts.files import FileBlobs
from registrar.ports.clock import SystemClock
from registrar.ports.store import Store
from registrar.store.memory_key_rows import MemoryKeyRows
from registrar.testing.blobs_suite import content, pieces
from registrar.testing.store_artifacts_suite import artifact, shown

SECOND = timedelta(seconds=1)


def files(folder: Path) -> set[str]:
    """Names of those that are there."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


async def test_bytes_and_rows_go_together(store: Store, tmp_path: Path) -> None:
    """Of what has expired, and of a reservation that a killed process has left."""
    now = datetime.now(UTC)
    place = tmp_path / "blobs"
    blobs = FileBlobs(str(place))
    sweep = ArtifactSweep(store.artifacts, blobs, MemoryKeyRows(), SystemClock())
    alive = await shown(store, artifact())
    left, never_begun = artifact(expires_at=now - SECOND), artifact(expires_at=now - SECOND)
    for one in (left, never_begun):
        await store.artifacts.reserve(one)
    for one in (alive, left):
        await blobs.put(one.id, pieces(b"content of ", one.id.encode()))
    assert await sweep.expire() == 2
    assert files(place) == {alive.id}
    assert await store.artifacts.expired(10) == []
    assert await content(blobs, alive.id) == b"content of " + alive.id.encode()
    assert await sweep.expire() == 0

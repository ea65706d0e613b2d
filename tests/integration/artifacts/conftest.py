"""All blob stores behind one fixture."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from registrar.artifacts.files import FileBlobs
from registrar.artifacts.memory import MemoryBlobs
from registrar.ports.artifacts import Blobs


def places(folder: Path) -> dict[str, Blobs]:
    """Each empty; the last is a file system of fsspec that is no folder."""
    return {
        "memory": MemoryBlobs(),
        "folder": FileBlobs(str(folder / "blobs")),
        "url": FileBlobs((folder / "blobs of a URL").as_uri()),
        "fsspec-memory": FileBlobs(f"memory://{uuid.uuid4().hex}/blobs"),
    }


@pytest.fixture(params=["memory", "folder", "url", "fsspec-memory"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    """One suite, every place."""
    made = places(tmp_path)[request.param]
    yield made
    await made.close()

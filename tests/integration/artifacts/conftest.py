"""All blob stores behind one fixture."""

import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

from registrar.artifacts.files import FileBlobs
from registrar.artifacts.memory import MemoryBlobs
from registrar.ports.artifacts import Blobs


class Versioned(MemoryFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Takes a version where others take where to begin, as that of S3 does."""

    protocol = "versioned"

    def cat_file(  # pyright: ignore[reportIncompatibleMethodOverride] - as those of fsspec do
        self,
        path: str,
        *version: str,
        **rest: Any,  # noqa: ANN401 - a range
    ) -> bytes:
        """By name."""
        assert version == ()
        found: bytes = super().cat_file(path, **rest)
        return found


fsspec.register_implementation("versioned", Versioned, clobber=True)


def places(folder: Path) -> dict[str, Blobs]:
    """Each empty; the last two are file systems of fsspec that are no folder."""
    return {
        "memory": MemoryBlobs(),
        "folder": FileBlobs(str(folder / "blobs")),
        "url": FileBlobs((folder / "blobs of a URL").as_uri()),
        "fsspec-memory": FileBlobs(f"memory://{uuid.uuid4().hex}/blobs"),
        "versioned": FileBlobs(f"versioned://{uuid.uuid4().hex}/blobs"),
    }


@pytest.fixture(params=["memory", "folder", "url", "fsspec-memory", "versioned"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    """One suite, every place."""
    made = places(tmp_path)[request.param]
    yield made
    await made.close()

"""Blobs as files, in a folder or behind any URL that fsspec knows (s3://, gs://, abfs://, …)."""

from __future__ import annotations

import os
import secrets
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

import fsspec

from registrar.domain.errors import ArtifactsUnavailable, ConfigurationError, NotFound
from registrar.outbound.threads import Threads

TIMEOUT = 10.0
"""Seconds for each call of the file system."""

THREADS = 16
"""Calls at once; those that hang count."""

READ = 1024 * 1024
"""Bytes read by one call."""

BLOCK = 5 * 1024 * 1024
"""Bytes held back before they are sent, where files are sent in parts: the least that S3 takes."""

_PROBE = bytes(4096)
Answer = TypeVar("Answer")


class FileBlobs:
    """`url`: a folder, or what fsspec knows; its credentials are in the environment."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT, threads: int = THREADS) -> None:
        self._files, self._root = _opened(url)
        self._threads = Threads(threads, timeout)

    def _path(self, name: str) -> str:
        """In one of 256 folders, by its random part: none grows too large to be listed."""
        return f"{self._root}/{name[-2:]}/{name}"

    async def _call(self, work: Callable[[], Answer]) -> Answer:
        try:
            return await self._threads.run(work)
        except FileNotFoundError:
            raise
        except Exception as error:  # each file system raises what its library does
            raise ArtifactsUnavailable from error

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """A file that is on the disk when this returns."""
        try:
            file = await self._call(partial(self._create, self._path(name)))
            try:
                async for chunk in chunks:
                    await self._call(partial(file.write, chunk))
                await self._call(partial(_flush, file))
            finally:
                await self._call(file.close)
        except FileNotFoundError as error:
            raise ArtifactsUnavailable from error

    def _create(self, path: str) -> Any:  # noqa: ANN401 - the file of any file system
        self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
        return self._files.open(path, "wb", block_size=BLOCK)

    async def get(self, name: str) -> AsyncGenerator[bytes, None]:
        """Range by range: no file is held open for a reader who may be slow."""
        path = self._path(name)
        try:
            size = (await self._call(partial(self._files.info, path)))["size"]
            for start in range(0, size, READ):
                end = min(size, start + READ)
                # By name: what stands second differs from one file system to the other.
                read = partial(self._files.cat_file, path, start=start, end=end)
                yield await self._call(read)
        except FileNotFoundError as error:
            raise NotFound from error

    async def delete(self, name: str) -> None:
        """Also where there is none."""
        with suppress(FileNotFoundError):
            await self._call(partial(self._files.rm_file, self._path(name)))

    async def ping(self) -> None:
        """Writes a block, and removes it."""
        path = self._path(f"ping_{secrets.token_hex(16)}")
        try:
            await self._call(partial(self._probe, path))
        except FileNotFoundError as error:
            raise ArtifactsUnavailable from error

    def _probe(self, path: str) -> None:
        try:
            with self._create(path) as file:
                file.write(_PROBE)
        finally:
            with suppress(FileNotFoundError):
                self._files.rm_file(path)

    async def close(self) -> None:
        """Nothing is held between calls."""


def _opened(url: str) -> tuple[Any, str]:
    """Connects to nothing yet. ConfigurationError for what is no place for files here."""
    try:
        files, root = fsspec.url_to_fs(url)
    except (ImportError, ValueError) as error:
        raise ConfigurationError(f"artifacts_url: {error}") from error
    return files, str(root).rstrip("/")


def _flush(file: Any) -> None:  # noqa: ANN401 - the file of any file system
    """To the disk, where it is a file of this machine."""
    file.flush()
    with suppress(OSError, AttributeError):
        os.fsync(file.fileno())

"""Whether everything at rest can still be read: each record is opened with its key."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from registrar.app import sealing, segments
from registrar.domain.artifact import Artifact
from registrar.domain.errors import NotFound
from registrar.ports.artifacts import ArtifactRows, Blobs
from registrar.ports.sealed_rows import SealedRow, SealedRows
from registrar.ports.vault import Cipher, Vault

PAGE = 200


@dataclass(frozen=True, slots=True)
class Inspected:
    """Of one page: how many were looked at, and the ids of those that cannot be read."""

    seen: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """The use case."""

    sealed: SealedRows
    artifacts: ArtifactRows
    blobs: Blobs
    vault: Vault

    async def submissions(self) -> AsyncIterator[Inspected]:
        """All that are not erased."""
        after = ""
        while rows := await self.sealed.page(after, PAGE):
            yield await self._page(rows)
            after = rows[-1].registration_id

    async def files(self) -> AsyncIterator[Inspected]:
        """All that are shown, each read to its end and held against its digest."""
        after = ""
        while kept := await self.artifacts.kept(after, PAGE):
            broken = [one.id for one in kept if not await self._whole(one)]
            yield Inspected(len(kept), tuple(broken))
            after = kept[-1].id

    async def _page(self, rows: Sequence[SealedRow]) -> Inspected:
        broken: list[str] = []
        ciphers = await self.vault.of([one.sealed for one in rows])
        for row, cipher in zip(rows, ciphers, strict=True):
            if cipher is None or not _opens(cipher, row):
                broken.append(row.registration_id)
        return Inspected(len(rows), tuple(broken))

    async def _whole(self, one: Artifact) -> bool:
        digest = hashlib.sha256()
        try:
            async with aclosing(self.blobs.get(one.blob)) as sealed:
                async for chunk in segments.opened(self.vault, one.id, sealed):
                    digest.update(chunk)
        except (NotFound, ValueError):
            return False
        return digest.hexdigest() == one.sha256


def _opens(cipher: Cipher, row: SealedRow) -> bool:
    try:
        cipher.open(row.sealed, sealing.context(row.registration_id))
    except ValueError:
        return False
    return True

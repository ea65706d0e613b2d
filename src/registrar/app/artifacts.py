"""Artifacts: kept sealed, shown to their own tenant only, gone when their time is over.

A row is reserved before the bytes are kept and shown after: no bytes are ever without a row, and no
row that is shown is without its bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from datetime import timedelta

import structlog
from msgspec.structs import replace

from registrar.app import segments, tokens
from registrar.app.uploads import Upload, Verified, checked
from registrar.domain.artifact import LARGEST_KEPT, RETENTION, UNBOUND, Artifact, ArtifactKind
from registrar.domain.errors import (
    ArtifactsUnavailable,
    InvalidRequest,
    NotFound,
    RegistrarError,
    RequestIdReused,
    Violation,
)
from registrar.ports.artifacts import ArtifactRows, Blobs
from registrar.ports.clock import Clock
from registrar.ports.vault import Cipher, Vault

PATIENCE = timedelta(seconds=20)
"""A registration waits no longer than this for its evidence to be kept."""

RESERVED = timedelta(hours=1)
"""How long an upload may take; what is left of it is then removed."""

_log = structlog.get_logger("registrar.artifacts")


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The use cases."""

    rows: ArtifactRows
    blobs: Blobs
    vault: Vault
    clock: Clock
    retention: Mapping[ArtifactKind, timedelta] = field(default_factory=lambda: RETENTION)

    async def keep(  # noqa: PLR0913, PLR0917 - what is known of an artifact
        self,
        registration_id: str,
        tenant_id: str,
        attempt: int,
        kind: str,
        media_type: str,
        data: bytes,
    ) -> Artifact | RegistrarError:
        """The artifact, or why it was not kept. Never raises: evidence costs no registration.

        `kind` is a word of ArtifactKind; `attempt` is 0 for what no attempt made. `data` in the
        clear, LARGEST_KEPT bytes at most.
        """
        try:
            key = await self.vault.fresh()
            made = self._new(tenant_id, ArtifactKind(kind), media_type, key)
            made = replace(made, registration_id=registration_id, attempt=attempt)
            return await self._kept(made, data, key)
        except RegistrarError as error:
            failed = error
        except TimeoutError:
            failed = ArtifactsUnavailable()
        except Exception as error:  # noqa: BLE001 - a defect here may not cost a registration either
            failed = ArtifactsUnavailable()
            failed.__cause__ = error
        reason = type(failed.__cause__ or failed).__name__
        _log.warning("artifact_not_kept", registration_id=registration_id, kind=kind, of=reason)
        return failed

    def _new(self, tenant_id: str, kind: ArtifactKind, media_type: str, key: Cipher) -> Artifact:
        """Kept as long as its kind is."""
        now, kept = self.clock.now(), self.retention[kind]
        made = Artifact(tokens.artifact_id(), tenant_id, kind, media_type, now, now + kept)
        return replace(made, key_id=key.id)

    async def _kept(self, made: Artifact, data: bytes, key: Cipher) -> Artifact:
        if len(data) > LARGEST_KEPT:
            raise InvalidRequest((Violation("data", "size", f"At most {LARGEST_KEPT} bytes."),))
        made = replace(made, size=len(data), sha256=hashlib.sha256(data).hexdigest())
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await self._put(made, _at_once(data), key)
            return await self._completed(made)

    async def upload(
        self, tenant_id: str, wanted: Upload, chunks: AsyncIterator[bytes]
    ) -> Artifact:
        """A caller's file, once for each request_id.

        InvalidRequest for what is too large or not what it is said to be, RequestIdReused for
        another file, ArtifactsUnavailable.
        """
        wanted = checked(wanted)
        content = Verified(wanted, chunks)
        known = await self.rows.by_request(tenant_id, wanted.request_id)
        if known is None:
            return await self._uploaded(tenant_id, wanted, content)
        await content.drain()
        return _same(known, wanted, content)

    async def _uploaded(self, tenant_id: str, wanted: Upload, content: Verified) -> Artifact:
        key = await self.vault.fresh()
        made = self._new(tenant_id, wanted.kind, wanted.media_type, key)
        made = replace(made, expires_at=made.created_at + UNBOUND)
        await self._put(made, content.chunks(), key)
        made = replace(made, size=content.size, sha256=content.sha256)
        kept = await self._completed(made, wanted.request_id)
        return kept if kept.id == made.id else _same(kept, wanted, content)

    async def _put(self, made: Artifact, chunks: AsyncIterator[bytes], key: Cipher) -> None:
        """Its row, then its bytes."""
        await self.rows.reserve(replace(made, expires_at=made.created_at + RESERVED))
        try:
            await self.blobs.put(made.blob, segments.sealed(key, made.id, chunks))
        except BaseException:
            await self._discard(made)
            raise

    async def _completed(self, made: Artifact, request_id: str = "") -> Artifact:
        kept = await self.rows.complete(made, request_id)
        if kept is None:
            await self._discard(made)
            raise ArtifactsUnavailable("It took too long; nothing was kept.")
        if kept.id != made.id:
            await self._discard(made)
        return kept

    async def _discard(self, made: Artifact) -> None:
        """Its bytes; what cannot be removed now goes with its reservation, when that is over."""
        with suppress(RegistrarError):
            await self.blobs.delete(made.blob)

    async def listed(self, tenant_id: str, registration_id: str) -> Sequence[Artifact]:
        """Of one registration, oldest first."""
        return await self.rows.of(tenant_id, registration_id)

    async def found(self, tenant_id: str, artifact_id: str) -> Artifact:
        """What is known of it; raises NotFound, for what is another tenant's too."""
        known = tokens.is_artifact_id(artifact_id)
        found = await self.rows.find(tenant_id, [artifact_id]) if known else {}
        if artifact_id not in found:
            raise NotFound
        return found[artifact_id]

    async def several(self, tenant_id: str, artifact_ids: Sequence[str]) -> list[Artifact]:
        """Those that are there, in this order."""
        if not artifact_ids:
            return []
        found = await self.rows.find(tenant_id, artifact_ids)
        return [found[one] for one in artifact_ids if one in found]

    async def opened(self, tenant_id: str, artifact_id: str) -> AsyncGenerator[bytes, None]:
        """Its content in chunks of at most 64 KB; raises NotFound, ArtifactsUnavailable."""
        found = await self.found(tenant_id, artifact_id)
        kept = await self._reached(found)
        if kept is None:
            # It has moved to another key since: there it is.
            found = await self.found(tenant_id, artifact_id)
            kept = self.blobs.get(found.blob)
        async with aclosing(kept):
            async for chunk in segments.opened(self.vault, artifact_id, kept):
                yield chunk

    async def _reached(self, found: Artifact) -> AsyncGenerator[bytes, None] | None:
        """Its bytes, the first of them read; None where they are not there."""
        kept = self.blobs.get(found.blob)
        try:
            first = await anext(kept, b"")
        except NotFound:
            return None
        return _again(first, kept)

    async def whole(self, tenant_id: str, artifact_id: str) -> bytes:
        """Its content in one piece; raises NotFound, ArtifactsUnavailable, in bounded time."""
        try:
            async with asyncio.timeout(PATIENCE.total_seconds()):
                return b"".join([one async for one in self.opened(tenant_id, artifact_id)])
        except TimeoutError as error:
            raise ArtifactsUnavailable from error


async def _again(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """What was taken, and what is left."""
    async with aclosing(rest):
        yield first
        async for chunk in rest:
            yield chunk


async def _at_once(data: bytes) -> AsyncIterator[bytes]:
    yield data


def _same(known: Artifact, wanted: Upload, content: Verified) -> Artifact:
    there = (known.kind, known.media_type, known.sha256)
    if there != (wanted.kind, wanted.media_type, content.sha256):
        raise RequestIdReused
    return known

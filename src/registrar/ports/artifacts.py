"""Where artifacts are kept: their bytes in a blob store, what is known of them in the database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime
from typing import Protocol

from registrar.domain.artifact import Artifact


class Blobs(Protocol):
    """Sealed bytes by name. No method ever holds a whole blob in memory.

    Every one raises ArtifactsUnavailable where the place is away, slow, full or read-only.
    """

    async def put(self, name: str, chunks: AsyncIterator[bytes]) -> None:
        """Keep what `chunks` gives, instead of what was there.

        Where it fails, or where `chunks` raises (that error is passed on), what is left under the
        name is anyone's guess until `delete`.
        """
        ...

    def get(self, name: str) -> AsyncGenerator[bytes, None]:
        """In chunks of whatever size; NotFound where there is none."""
        ...

    async def delete(self, name: str) -> None:
        """Also where there is none."""
        ...

    async def ping(self) -> None:
        """Raises unless something can be kept there now."""
        ...

    async def close(self) -> None:
        """Give back what is held."""
        ...


class ArtifactRows(Protocol):
    """Part of the store. Raises StoreUnavailable when the database does not answer.

    What has expired by the database's clock is never shown, and is changed no more.
    """

    async def reserve(self, artifact: Artifact) -> None:
        """Before its bytes are kept, so that no bytes are without a row. Not shown yet."""
        ...

    async def complete(self, artifact: Artifact, request_id: str = "") -> Artifact | None:
        """Its bytes are kept: from now on it is shown.

        With a `request_id` of the tenant that another artifact has already: that one, and this
        one stays as it was. None where the reservation has expired.
        """
        ...

    async def find(self, tenant_id: str, artifact_ids: Sequence[str]) -> dict[str, Artifact]:
        """By id; those of others are left out."""
        ...

    async def by_request(self, tenant_id: str, request_id: str) -> Artifact | None:
        """What was uploaded with this request."""
        ...

    async def of(self, tenant_id: str, registration_id: str) -> list[Artifact]:
        """All of one registration, oldest first."""
        ...

    async def claim(self, tenant_id: str, artifact_ids: Sequence[str], request_id: str) -> bool:
        """Proofs of purchase for the registration that this request is about to make.

        All or none: False where one is unknown, no proof, or another request's. Once more for the
        same request does nothing.
        """
        ...

    async def bind(
        self, tenant_id: str, request_id: str, registration_id: str, expires_at: datetime
    ) -> None:
        """What the request has claimed belongs to the registration it has made."""
        ...

    async def release(self, tenant_id: str, request_id: str) -> None:
        """The request has made no registration: what it has claimed is free again."""
        ...

    async def settle(self, claimed_before: datetime, expires_at: datetime) -> int:
        """Bind or release what was claimed before then by requests that never came back to it.

        How many were settled.
        """
        ...

    async def expired(self, limit: int) -> list[Artifact]:
        """Those whose time is over, whatever the tenant; the longest expired first."""
        ...

    async def drop(self, artifact_ids: Sequence[str]) -> None:
        """Forget those of them whose time is over."""
        ...

    async def kept(self, after: str, limit: int) -> list[Artifact]:
        """Those that are shown, whatever the tenant, by id, greater than `after`."""
        ...

    async def moving(self, artifact: Artifact, key_id: str) -> bool:
        """Its bytes are about to lie under another key too. False unless it is as `artifact`."""
        ...

    async def moved(self, artifact: Artifact, key_id: str) -> bool:
        """They do, and are read there from now on; what is left over is what they were before."""
        ...

    async def cleared(self, artifact_id: str) -> None:
        """Nothing is left over any more."""
        ...

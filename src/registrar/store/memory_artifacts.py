"""The memory twin of the rows of artifacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.ports.clock import Clock


@dataclass(slots=True)
class _Row:
    artifact: Artifact
    request_id: str = ""
    ready: bool = False
    claim: str = ""
    claimed_at: datetime | None = None


class MemoryArtifacts:
    """By id. `registrations`: their ids by tenant and request."""

    def __init__(self, clock: Clock, registrations: Mapping[tuple[str, str], str]) -> None:
        self._clock = clock
        self._registrations = registrations
        self._rows: dict[str, _Row] = {}

    def _shown(self, tenant_id: str) -> list[_Row]:
        now = self._clock.now()
        return [
            row
            for row in self._rows.values()
            if row.ready and row.artifact.tenant_id == tenant_id and row.artifact.expires_at > now
        ]

    def _claimed(self, tenant_id: str, request_id: str) -> list[_Row]:
        shown = self._shown(tenant_id)
        return [
            one for one in shown if one.claim == request_id and not one.artifact.registration_id
        ]

    async def reserve(self, artifact: Artifact) -> None:
        """Not shown yet."""
        self._rows[artifact.id] = _Row(artifact)

    async def complete(self, artifact: Artifact, request_id: str = "") -> Artifact | None:
        """From now on it is shown."""
        known = await self.by_request(artifact.tenant_id, request_id)
        if known is not None:
            return known
        row = self._rows.get(artifact.id)
        if row is None or row.artifact.expires_at <= self._clock.now():
            return None
        self._rows[artifact.id] = _Row(artifact, request_id, ready=True)
        return artifact

    async def find(self, tenant_id: str, artifact_ids: Sequence[str]) -> dict[str, Artifact]:
        """By id."""
        shown = {row.artifact.id: row.artifact for row in self._shown(tenant_id)}
        return {one: shown[one] for one in artifact_ids if one in shown}

    async def by_request(self, tenant_id: str, request_id: str) -> Artifact | None:
        """What was uploaded with this request."""
        for row in self._shown(tenant_id):
            if request_id and row.request_id == request_id:
                return row.artifact
        return None

    async def of(self, tenant_id: str, registration_id: str) -> list[Artifact]:
        """Oldest first."""
        mine = [row.artifact for row in self._shown(tenant_id)]
        found = [one for one in mine if registration_id and one.registration_id == registration_id]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    async def claim(self, tenant_id: str, artifact_ids: Sequence[str], request_id: str) -> bool:
        """All or none."""
        free = {
            row.artifact.id: row
            for row in self._shown(tenant_id)
            if row.artifact.kind is ArtifactKind.PROOF_OF_PURCHASE
            and (row.claim == request_id or not (row.claim or row.artifact.registration_id))
        }
        if not free.keys() >= set(artifact_ids):
            return False
        for one in artifact_ids:
            free[one].claim, free[one].claimed_at = request_id, self._clock.now()
        return True

    async def bind(
        self, tenant_id: str, request_id: str, registration_id: str, expires_at: datetime
    ) -> None:
        """What it has claimed belongs to the registration."""
        for row in self._claimed(tenant_id, request_id):
            _belong(row, registration_id, expires_at)

    async def release(self, tenant_id: str, request_id: str) -> None:
        """What it has claimed is free again."""
        for row in self._claimed(tenant_id, request_id):
            row.claim, row.claimed_at = "", None

    async def settle(self, claimed_before: datetime, expires_at: datetime) -> int:
        """What was claimed before then by requests that never came back to it."""
        left = [
            row
            for tenant_id in {row.artifact.tenant_id for row in self._rows.values()}
            for row in self._shown(tenant_id)
            if row.claimed_at and row.claimed_at < claimed_before
            if not row.artifact.registration_id
        ]
        for row in left:
            made = self._registrations.get((row.artifact.tenant_id, row.claim))
            if made is None:
                row.claim, row.claimed_at = "", None
            else:
                _belong(row, made, expires_at)
        return len(left)

    async def expired(self, limit: int) -> list[Artifact]:
        """The longest expired first."""
        now = self._clock.now()
        over = [row.artifact for row in self._rows.values() if row.artifact.expires_at <= now]
        return sorted(over, key=lambda one: one.expires_at)[:limit]

    async def drop(self, artifact_ids: Sequence[str]) -> None:
        """Those whose time is over."""
        for one in await self.expired(len(self._rows)):
            if one.id in artifact_ids:
                del self._rows[one.id]

    async def kept(self, after: str, limit: int) -> list[Artifact]:
        """By id."""
        tenants = {row.artifact.tenant_id for row in self._rows.values()}
        shown = {row.artifact.id: row.artifact for one in tenants for row in self._shown(one)}
        return [shown[one] for one in sorted(shown) if one > after][:limit]

    def expire(self, registration_id: str) -> set[str]:
        """Those of one registration, now; their keys."""
        mine = [
            one for one in self._rows.values() if one.artifact.registration_id == registration_id
        ]
        for row in mine:
            row.artifact = replace(row.artifact, expires_at=self._clock.now())
            row.request_id = ""
        return {key for row in mine for key in row.artifact.key_ids}

    def _moves(self, artifact: Artifact, other: str | None, **changes: str | None) -> bool:
        row = self._rows.get(artifact.id)
        as_it_was = (artifact.key_id, other)
        if row is None or (row.artifact.key_id, row.artifact.other_key_id) != as_it_was:
            return False
        row.artifact = replace(row.artifact, **changes)
        return True

    async def moving(self, artifact: Artifact, key_id: str) -> bool:
        """Nothing is left over from another move."""
        return self._moves(artifact, None, other_key_id=key_id)

    async def moved(self, artifact: Artifact, key_id: str) -> bool:
        """Both change places."""
        return self._moves(artifact, key_id, key_id=key_id, other_key_id=artifact.key_id)

    async def cleared(self, artifact_id: str) -> None:
        """The bytes are gone."""
        row = self._rows[artifact_id]
        row.artifact = replace(row.artifact, other_key_id=None)


def _belong(row: _Row, registration_id: str, expires_at: datetime) -> None:
    row.artifact = replace(row.artifact, registration_id=registration_id, expires_at=expires_at)

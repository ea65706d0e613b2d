"""What is known of artifacts in the database; see `ports.artifacts`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.ports import plain
from registrar.store.engine import Database
from registrar.store.tables import artifacts, registrations

_row = artifacts.c
_UNBOUND = _row.registration_id.is_(None)


def _values(artifact: Artifact) -> dict[str, Any]:
    return {
        "id": artifact.id,
        "tenant_id": artifact.tenant_id,
        "registration_id": artifact.registration_id or None,
        "attempt": artifact.attempt or None,
        "kind": artifact.kind,
        "media_type": artifact.media_type,
        "size": artifact.size,
        "sha256": artifact.sha256,
        "key_id": artifact.key_id,
        "created_at": plain.to_micros(artifact.created_at),
        "expires_at": plain.to_micros(artifact.expires_at),
    }


def _artifact(row: Any) -> Artifact:  # noqa: ANN401 - a row of the table
    return Artifact(
        id=row.id,
        tenant_id=row.tenant_id,
        kind=ArtifactKind(row.kind),
        media_type=row.media_type,
        created_at=plain.from_micros(row.created_at),
        expires_at=plain.from_micros(row.expires_at),
        registration_id=row.registration_id or "",
        attempt=row.attempt or 0,
        size=row.size,
        sha256=row.sha256,
        key_id=row.key_id,
        other_key_id=row.other_key_id,
    )


class SqlArtifacts:
    """`ports.artifacts.ArtifactRows` over one database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    @property
    def _alive(self) -> sa.ColumnElement[bool]:
        return _row.expires_at > self._db.now

    def _shown(self, tenant_id: str) -> sa.ColumnElement[bool]:
        return sa.and_(_row.tenant_id == tenant_id, _row.ready, self._alive)

    def _claimed(self, tenant_id: str, request_id: str) -> sa.ColumnElement[bool]:
        return sa.and_(self._shown(tenant_id), _row.claim == request_id, _UNBOUND)

    async def _run(self, *statements: sa.Executable) -> int:
        """In one transaction; how many rows they changed."""

        async def work(connection: AsyncConnection) -> int:
            return sum([(await connection.execute(one)).rowcount for one in statements])

        return await self._db.transact(work)

    async def _select(self, where: sa.ColumnElement[bool]) -> list[Artifact]:
        query = sa.select(artifacts).where(where).order_by(_row.created_at, _row.id)
        async with self._db.read() as connection:
            return [_artifact(row) for row in await connection.execute(query)]

    async def reserve(self, artifact: Artifact) -> None:
        """Not shown yet."""
        await self._run(artifacts.insert().values(ready=False, **_values(artifact)))

    async def complete(self, artifact: Artifact, request_id: str = "") -> Artifact | None:
        """From now on it is shown."""
        expired = artifacts.update().values(request_id=None)
        expired = expired.where(
            _row.tenant_id == artifact.tenant_id, _row.request_id == request_id, ~self._alive
        )
        shown = artifacts.update().where(_row.id == artifact.id, self._alive)
        shown = shown.values(_values(artifact) | {"ready": True, "request_id": request_id or None})

        async def work(connection: AsyncConnection) -> bool:
            if request_id:
                await connection.execute(expired)
            return (await connection.execute(shown)).rowcount == 1

        try:
            done = await self._db.transact(work)
        except IntegrityError:
            return await self.by_request(artifact.tenant_id, request_id)
        return artifact if done else None

    async def find(self, tenant_id: str, artifact_ids: Sequence[str]) -> dict[str, Artifact]:
        """By id."""
        wanted = self._db.among(_row.id, artifact_ids)
        found = await self._select(sa.and_(self._shown(tenant_id), wanted))
        return {one.id: one for one in found}

    async def by_request(self, tenant_id: str, request_id: str) -> Artifact | None:
        """What was uploaded with this request."""
        found = await self._select(sa.and_(self._shown(tenant_id), _row.request_id == request_id))
        return found[0] if found else None

    async def of(self, tenant_id: str, registration_id: str) -> list[Artifact]:
        """Oldest first."""
        return await self._select(
            sa.and_(self._shown(tenant_id), _row.registration_id == registration_id)
        )

    async def claim(self, tenant_id: str, artifact_ids: Sequence[str], request_id: str) -> bool:
        """All or none."""
        wanted = sorted(set(artifact_ids))
        free = sa.or_(_row.claim == request_id, sa.and_(_row.claim.is_(None), _UNBOUND))
        taken = artifacts.update().where(
            self._shown(tenant_id),
            self._db.among(_row.id, wanted),
            _row.kind == ArtifactKind.PROOF_OF_PURCHASE,
            free,
        )

        async def work(connection: AsyncConnection) -> None:
            given = taken.values(claim=request_id, claimed_at=self._db.now)
            if (await connection.execute(given)).rowcount != len(wanted):
                raise _NotAllError

        try:
            await self._db.transact(work)
        except _NotAllError:
            return False
        return True

    async def bind(
        self, tenant_id: str, request_id: str, registration_id: str, expires_at: datetime
    ) -> None:
        """What it has claimed belongs to the registration."""
        bound = {"registration_id": registration_id, "expires_at": plain.to_micros(expires_at)}
        await self._run(
            artifacts.update().where(self._claimed(tenant_id, request_id)).values(bound)
        )

    async def release(self, tenant_id: str, request_id: str) -> None:
        """What it has claimed is free again."""
        free = artifacts.update().values(claim=None, claimed_at=None)
        await self._run(free.where(self._claimed(tenant_id, request_id)))

    async def settle(self, claimed_before: datetime, expires_at: datetime) -> int:
        """What was claimed before then by requests that never came back to it."""
        left = sa.and_(_row.claimed_at < plain.to_micros(claimed_before), _UNBOUND, self._alive)
        made = (
            sa.select(registrations.c.id)
            .where(
                registrations.c.tenant_id == _row.tenant_id,
                registrations.c.request_id == _row.claim,
            )
            .scalar_subquery()
        )
        bound = {"registration_id": made, "expires_at": plain.to_micros(expires_at)}
        return await self._run(
            artifacts.update().where(left, made.is_not(None)).values(bound),
            artifacts.update().where(left).values(claim=None, claimed_at=None),
        )

    async def expired(self, limit: int) -> list[Artifact]:
        """The longest expired first."""
        query = sa.select(artifacts).where(~self._alive).order_by(_row.expires_at).limit(limit)
        async with self._db.read() as connection:
            return [_artifact(row) for row in await connection.execute(query)]

    async def drop(self, artifact_ids: Sequence[str]) -> None:
        """Those whose time is over."""
        over = self._db.among(_row.id, artifact_ids)
        await self._run(artifacts.delete().where(over, ~self._alive))

    async def kept(self, after: str, limit: int) -> list[Artifact]:
        """By id."""
        shown = sa.and_(_row.id > after, _row.ready, self._alive)
        query = sa.select(artifacts).where(shown).order_by(_row.id).limit(limit)
        async with self._db.read() as connection:
            return [_artifact(row) for row in await connection.execute(query)]

    def _as(self, artifact: Artifact, other: str | None) -> sa.ColumnElement[bool]:
        same = _row.other_key_id.is_not_distinct_from(other)
        return sa.and_(_row.id == artifact.id, _row.ready, _row.key_id == artifact.key_id, same)

    async def moving(self, artifact: Artifact, key_id: str) -> bool:
        """Nothing is left over from another move."""
        there = artifacts.update().where(self._as(artifact, None))
        return await self._run(there.values(other_key_id=key_id)) == 1

    async def moved(self, artifact: Artifact, key_id: str) -> bool:
        """Both change places."""
        there = artifacts.update().where(self._as(artifact, key_id))
        return await self._run(there.values(key_id=key_id, other_key_id=artifact.key_id)) == 1

    async def cleared(self, artifact_id: str) -> None:
        """The bytes are gone."""
        there = artifacts.update().where(_row.id == artifact_id)
        await self._run(there.values(other_key_id=None))


class _NotAllError(Exception):
    """Nothing is claimed then."""

"""Artifacts whose time is over, and proofs whose submission never came back to them.

Every dispatcher may do it at once: what one has done, the other finds done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from registrar.domain.artifact import RETENTION, Artifact, ArtifactKind
from registrar.domain.errors import ArtifactsUnavailable, Unavailable
from registrar.ports.artifacts import ArtifactRows, Blobs
from registrar.ports.clock import Clock
from registrar.ports.key_rows import KeyRows

BATCH = 100
SETTLED = timedelta(minutes=5)
"""A submission that is not done by then has ended without a word."""

_log = structlog.get_logger("registrar.artifacts")


@dataclass(frozen=True, slots=True)
class ArtifactSweep:
    """`every`: seconds between two sweeps that found nothing more to do."""

    rows: ArtifactRows
    blobs: Blobs
    key_rows: KeyRows
    clock: Clock
    retention: Mapping[ArtifactKind, timedelta] = field(default_factory=lambda: RETENTION)
    every: float = 60.0

    async def run(self) -> None:
        """For ever; what is away now is asked again later."""
        told = False
        while True:
            try:
                await self.settle()
                more = await self.expire() == BATCH
                told = False
            except Unavailable as error:
                more = False
                if not told:
                    _log.warning("sweep_failed", of=type(error).__name__)
                told = True
            if not more:
                await asyncio.sleep(self.every)

    async def settle(self) -> int:
        """How many proofs were bound or freed."""
        now = self.clock.now()
        kept = self.retention[ArtifactKind.PROOF_OF_PURCHASE]
        return await self.rows.settle(now - SETTLED, now + kept)

    async def expire(self) -> int:
        """The bytes, their key, then the row: nothing is left that no row names. How many.

        A place that takes nothing is noticed here, before a registration needs it.
        """
        await self.blobs.ping()
        over = await self.rows.expired(BATCH)
        gone = [one for one in over if await self._removed(one)]
        await self.key_rows.destroy([key for one in gone for key in one.key_ids])
        await self.rows.drop([one.id for one in gone])
        return len(gone)

    async def _removed(self, artifact: Artifact) -> bool:
        """One that will not go keeps its row, and does not keep the others."""
        try:
            if artifact.left_over is not None:
                await self.blobs.delete(artifact.left_over)
            await self.blobs.delete(artifact.blob)
        except ArtifactsUnavailable:
            _log.warning("artifact_not_removed", artifact_id=artifact.id)
            return False
        return True

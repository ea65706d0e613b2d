"""A connector around another one, as the base of those that do something else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from registrar.domain.outcome import Outcome, Verification
from registrar.domain.policy import Capabilities
from registrar.ports.connector import UNATTENDED, Connector, Job, Run


@dataclass
class Around:
    """Does what the inner one does."""

    inner: Connector

    @property
    def capabilities(self) -> Capabilities:
        """As they are."""
        return self.inner.capabilities

    @property
    def version(self) -> str:
        """As it is."""
        return self.inner.version

    @property
    def probes(self) -> bool:
        """As it is."""
        return self.inner.probes

    @property
    def secret_expires_at(self) -> datetime | None:
        """As it is."""
        return self.inner.secret_expires_at

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """As it is."""
        return await self.inner.submit(job, run)

    async def verify(self, job: Job) -> Verification:
        """As it is."""
        return await self.inner.verify(job)

    async def health(self) -> Outcome:
        """As it is."""
        return await self.inner.health()

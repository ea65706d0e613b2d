"""How many calls at once, by class of method: watches never take the room of submissions.

`maximum_concurrent_rpcs` of gRPC would count them all together, health checks too.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from registrar.domain.errors import Draining, LimitReached, Overloaded, Unavailable, WatchLimit


@dataclass(frozen=True, slots=True)
class LaneLimits:
    """`waiting` calls queue for the `at_once` places; more are refused."""

    at_once: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Limits:
    """Per process."""

    writes: LaneLimits = LaneLimits(512, 10_000)
    reads: LaneLimits = LaneLimits(256, 10_000)
    papers: LaneLimits = LaneLimits(16, 200)
    """Ten times as slow as a read."""
    waits: LaneLimits = LaneLimits(2_000, 0)
    watches: LaneLimits = LaneLimits(2_000, 0)
    transfers: LaneLimits = LaneLimits(64, 1_000)
    """Each holds up to some MB."""


class Lane:
    """A semaphore with a bounded queue."""

    def __init__(
        self, limits: LaneLimits, refusal: type[Unavailable | LimitReached], *, long: bool = False
    ) -> None:
        self._places = asyncio.Semaphore(limits.at_once)
        self._queue = limits.waiting
        self._refusal = refusal
        self._waiting = 0
        self.long = long

    async def acquire(self) -> None:
        """Wait for a place, or be refused."""
        if self._places.locked() and self._waiting >= self._queue:
            raise self._refusal
        self._waiting += 1
        try:
            await self._places.acquire()
        finally:
            self._waiting -= 1

    def release(self) -> None:
        """Give the place back."""
        self._places.release()


class Lanes:
    """Every method has a lane but those of health and reflection."""

    def __init__(self, limits: Limits | None = None) -> None:
        chosen = limits or Limits()
        self._reads = Lane(chosen.reads, Overloaded)
        writes = Lane(chosen.writes, Overloaded)
        transfers = Lane(chosen.transfers, Overloaded)
        papers = Lane(chosen.papers, Overloaded)
        watches = Lane(chosen.watches, WatchLimit, long=True)
        self._lanes = {
            "DownloadArtifact": transfers,
            "UploadProof": transfers,
            "SubmitRegistration": writes,
            "BatchSubmitRegistrations": writes,
            "CancelRegistration": writes,
            "RetryRegistration": writes,
            "CompleteManualRegistration": writes,
            "GetManualAssistPackage": papers,
            "GetProofPack": papers,
            "ExportCustomerData": papers,
            "EraseCustomerData": papers,
            "CreateBulkOperation": papers,
            "CancelBulkOperation": writes,
            "PauseConnector": writes,
            "ResumeConnector": writes,
            "ResetCircuitBreaker": writes,
            "SetCircuitBreakerMode": writes,
            "CreateApiKey": writes,
            "RotateApiKey": writes,
            "RevokeApiKey": writes,
            "CreateErrorOverride": writes,
            "DeleteErrorOverride": writes,
            "WaitRegistration": Lane(chosen.waits, Overloaded, long=True),
            "WatchRegistrations": watches,
            "WatchConnectors": watches,
        }
        self.draining = False
        """Set once: long calls are then refused, short ones still served."""

    def of(self, name: str) -> Lane:
        """A method's lane, to acquire; raises Draining for a long one while this process leaves."""
        lane = self._lanes.get(name, self._reads)
        if lane.long and self.draining:
            raise Draining
        return lane

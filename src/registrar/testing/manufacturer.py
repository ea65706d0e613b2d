"""A manufacturer in memory, with a ledger as the truth and faults by script."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.ports.connector import UNATTENDED, Connector, Job, Run
from registrar.resilience.settings import Settings


class Fault(StrEnum):
    """What goes wrong with one request."""

    NONE = "none"
    REFUSED_CONNECTION = "refused_connection"
    RESET_BEFORE_COMMIT = "reset_before_commit"
    COMMIT_THEN_DROP = "commit_then_drop"
    COMMIT_THEN_HANG = "commit_then_hang"
    THROTTLED = "throttled"
    BUG = "bug"
    COMMIT_THEN_KILL = "commit_then_kill"
    """The worker is cancelled after the manufacturer acted, as kill -9 would."""


class LedgerConnector:
    """A connector without a network. It keeps no idempotency keys: a double send shows."""

    version: str = "test-1"
    probes = True
    secret_expires_at: datetime | None = None

    def __init__(self, capabilities: Capabilities, faults: list[Fault] | None = None) -> None:
        self.capabilities = capabilities
        self.ledger: Counter[str] = Counter()
        self.faults = faults or []
        self.sends = 0

    async def submit(self, job: Job, run: Run = UNATTENDED) -> Outcome:
        """Act and answer, as the next fault allows."""
        del run  # the claim was the marker
        fault = self.faults[self.sends] if self.sends < len(self.faults) else Fault.NONE
        self.sends += 1
        if fault is Fault.REFUSED_CONNECTION:
            return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)
        if fault is Fault.THROTTLED:
            return Outcome(Code.RATE_LIMITED, Effect.REFUSED)
        if fault is Fault.RESET_BEFORE_COMMIT:
            return Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
        if fault is Fault.BUG:
            raise RuntimeError("a connector's bug")
        self.ledger[job.registration_id] += 1
        if fault is Fault.COMMIT_THEN_KILL:
            raise asyncio.CancelledError
        if fault is Fault.COMMIT_THEN_HANG:
            await asyncio.sleep(60)
        if fault is Fault.COMMIT_THEN_DROP:
            return Outcome(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
        return Outcome(Code.REGISTERED, Effect.ACCEPTED, reference=f"M-{job.registration_id}")

    async def verify(self, job: Job) -> Verification:
        """The ledger's truth."""
        if self.ledger[job.registration_id]:
            return Verification(Verdict.FOUND, reference=f"M-{job.registration_id}")
        return Verification(Verdict.ABSENT)

    async def health(self) -> Outcome:
        """Always well."""
        return Outcome(Code.REGISTERED, Effect.NOT_SENT)


class OneManufacturer:
    """A catalogue with one API connector behind every manufacturer's name."""

    def __init__(self, connector: Connector | None) -> None:
        self._connector = connector

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """None is described."""
        return {}

    def quarantined(self) -> Mapping[str, str]:
        """None."""
        return {}

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """The one, on the API tier."""
        del manufacturer_id, version
        return self._connector if tier is Tier.API else None

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The usual."""
        del manufacturer_id, tier
        return Settings()

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """Nothing."""
        del manufacturer_id, tier
        return ""

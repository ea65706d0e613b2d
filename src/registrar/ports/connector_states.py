"""Where the state of connectors is kept: pauses, rulings, probes, and what they do to jobs.

Of the whole installation, not of a tenant. Every method raises StoreUnavailable when the database
does not answer; its clock decides what is in force, and what is due. What an operator does has an
`act`, and with it an entry of the audit log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from registrar.domain.audit import Act
from registrar.domain.connector import ConnectorState
from registrar.domain.gate_memory import GateMemory
from registrar.domain.outcome import Tier


@dataclass(frozen=True, slots=True)
class ConnectorKey:
    """Names a connector; as text `manufacturer/tier`."""

    manufacturer_id: str
    tier: Tier

    def __str__(self) -> str:
        """As a hint carries it."""
        return f"{self.manufacturer_id}/{self.tier.value}"


def read_key(text: str) -> ConnectorKey:
    """Of what `str` gave; ValueError for anything else."""
    manufacturer_id, _, tier = text.rpartition("/")
    return ConnectorKey(manufacturer_id, Tier(tier))


@dataclass(frozen=True, slots=True)
class Probed:
    """A probe's result. `fence` is that of its hint; None for one that somebody asked for."""

    code: str
    latency: timedelta
    next_in: timedelta
    """When the next one is due."""
    fence: int | None = None


class ConnectorStates(Protocol):
    """Part of the store."""

    async def all(self) -> dict[ConnectorKey, ConnectorState]:
        """Of which anything is known."""
        ...

    async def pause(
        self,
        key: ConnectorKey,
        reason: str,
        by: str,
        until: datetime | None,
        act: Act | None = None,
    ) -> ConnectorState:
        """The same again changes nothing; another reason or end takes the place of the first."""
        ...

    async def stop(
        self, key: ConnectorKey, reason: str, version: str, step: str
    ) -> ConnectorState | None:
        """A pause by the system itself, without an end; None where one is in force already."""
        ...

    async def resume(self, key: ConnectorKey, act: Act | None = None) -> ConnectorState:
        """Also where it is not paused. Ends a stop, too."""
        ...

    async def rule(  # noqa: PLR0913 - as it is kept
        self,
        key: ConnectorKey,
        mode: str,
        reason: str,
        by: str,
        until: datetime | None,
        *,
        act: Act | None = None,
    ) -> ConnectorState:
        """Of its circuit breaker. The same again changes nothing; another takes its place."""
        ...

    async def unrule(self, key: ConnectorKey, act: Act | None = None) -> ConnectorState:
        """Its circuit breaker decides again. Also where it does already."""
        ...

    async def remember(self, key: ConnectorKey, gate: GateMemory) -> None:
        """For the day on which Redis has lost it: takes the place of what was kept before."""
        ...

    async def hasten(self, key: ConnectorKey, limit: int) -> int:
        """Make submissions due that were put off for its circuit or its rate; says how many."""
        ...

    async def met(self, queue: str, limit: int) -> dict[str, datetime | None]:
        """Registrations with a submission due on a paused connector, and until when it is."""
        ...

    async def due(self, queue: str, key: ConnectorKey, limit: int) -> list[str]:
        """Registrations with a submission due on this connector."""
        ...

    async def lift(self, limit: int) -> int:
        """Make jobs due whose pause is over, however long they were to wait; says how many."""
        ...

    async def due_probes(
        self, keys: Sequence[ConnectorKey], spread: timedelta, lease: timedelta
    ) -> list[tuple[ConnectorKey, int]]:
        """Take the probes that are due, each with the fence of its hint; nobody else has them.

        A connector seen for the first time is due within `spread`, at random; what was taken and
        not recorded within `lease` is due again.
        """
        ...

    async def want_probe(self, key: ConnectorKey) -> None:
        """Due now, also where somebody has taken it already."""
        ...

    async def record(self, key: ConnectorKey, probed: Probed) -> ConnectorState | None:
        """Keep a result; None where its fence is no longer the newest."""
        ...

"""What operators and probes have said of a connector: one tier of one manufacturer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from registrar.domain.gate_memory import GateMemory
from registrar.domain.outcome import Code, Outcome, Tier

WELL = "ok"
"""The code of a probe that found nothing wrong."""

BY_SYSTEM = "system"
"""Who has stopped a tier that is not an operator's to pause."""


@dataclass(frozen=True, slots=True)
class Pause:
    """No submissions from `since` on; `until` is None where nobody has named an end."""

    reason: str
    by: str
    since: datetime
    until: datetime | None = None
    stopped: str = ""
    """The manifest's version with which the system itself has stopped the tier; empty for a pause
    of an operator's. Its registrations take the next route instead of waiting."""
    step: str = ""
    """Of the form: where it stopped."""


@dataclass(frozen=True, slots=True)
class Probe:
    """A read-only look at the manufacturer. `code` is `WELL` or one of the taxonomy."""

    code: str
    latency: timedelta
    at: datetime


@dataclass(frozen=True, slots=True)
class Ruling:
    """An operator's last word over a circuit breaker, from `since` on."""

    mode: str
    """One of `resilience.answers.Mode`, but for normal."""
    reason: str
    by: str
    since: datetime
    until: datetime | None = None
    """None where nobody has named an end."""
    left: timedelta | None = field(default=None, compare=False)
    """Until then, by the clock of the database, when it was read."""


@dataclass(frozen=True, slots=True)
class ConnectorState:
    """`failures`: probes since the last one that found nothing wrong."""

    manufacturer_id: str
    tier: Tier
    pause: Pause | None = None
    """In force, by the database's clock."""
    probe: Probe | None = None
    failures: int = 0
    ruling: Ruling | None = None
    """In force, by the database's clock."""
    probe_due: datetime | None = None
    """None where no clock has planned one."""
    gate: GateMemory = field(default_factory=GateMemory)


def probe_code(outcome: Outcome) -> str:
    """A probe registers nothing: REGISTERED only says that all is well."""
    return WELL if outcome.code is Code.REGISTERED else outcome.code.value

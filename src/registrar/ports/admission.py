"""Whether a call may go to a manufacturer now: one answer for the whole fleet.

Of the whole installation, not of a tenant. The gate's own clock decides; its times are in
milliseconds, and only their differences mean anything elsewhere. Every method raises
ConnectionError where the gate does not answer: then nothing may be sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Ask, Decision, Known, Mode, Move, Report, Standing
from registrar.resilience.settings import Settings


@dataclass(frozen=True, slots=True)
class Gated:
    """A connector, and what it is held to at this moment."""

    key: ConnectorKey
    of: Settings


class Admission(Protocol):
    """The gates of all connectors. Batch-native: many at once cost one round trip."""

    async def admit(self, asked: Sequence[tuple[Gated, Ask]]) -> list[Decision]:
        """In the order in which they are asked."""
        ...

    async def report(self, made: Sequence[tuple[Gated, Report]]) -> list[Move | None]:
        """The ends of calls that were let through."""
        ...

    async def abandon(self, gone: Sequence[tuple[Gated, str]]) -> None:
        """Nobody works for these holders any more: what they were let through with runs out."""
        ...

    async def look(self, gates: Sequence[Gated]) -> list[Standing]:
        """How they are. What time alone brings happens by it, and is told once."""
        ...

    async def warm(self, gate: Gated, known: Known) -> Move | None:
        """Ends a loss of memory; None where there is none."""
        ...

    async def reset(self, gate: Gated) -> Move | None:
        """An operator says that all is well."""
        ...

    async def set_mode(self, gate: Gated, mode: Mode, until: int) -> None:
        """An operator has the last word; `until` 0: until it is taken back."""
        ...

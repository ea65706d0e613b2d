"""Hints to workers, and doorbells: both may be lost without harm."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Protocol

from registrar.domain.outcome import Tier

API, BROWSER, MAINTENANCE, FORM_PROBES = "api", "browser", "maintenance", "form_probes"
JOBS = (API, BROWSER)
"""Queues of registrations, each with processes of its own: a slow browser holds up no request."""


def queue_of(tier: Tier | None) -> str:
    """Whose work an attempt or a look-up on this tier is."""
    return BROWSER if tier is Tier.WEB else API


def probes_of(tier: Tier) -> str:
    """Whose work a probe is: a form's needs a browser."""
    return FORM_PROBES if tier is Tier.WEB else MAINTENANCE


@dataclass(frozen=True, slots=True)
class Hint:
    """Look at this job: ids only. A hint with an old fence does nothing.

    On the queues of probes the id is the key of a connector that is due for a probe.
    """

    registration_id: str
    fence: int
    queue: str = API


class Hints(Protocol):
    """Carries hints to the workers."""

    async def send(self, hints: Sequence[Hint]) -> None:
        """Send all in one pipeline; ConnectionError where Redis is away."""
        ...

    async def ping(self) -> None:
        """ConnectionError where Redis is away."""
        ...


class Doorbell(Protocol):
    """Rings wake-ups over the fleet: "events" for tailers, "jobs" for dispatchers."""

    async def ring(self, *bells: str) -> None:
        """Ring them, in one round trip; never raises, a lost ring is covered by a poll."""
        ...

    def listen(self, bell: str, poll_seconds: float) -> AsyncGenerator[None, None]:
        """Yields at every ring and at least every `poll_seconds`, Redis or no Redis."""
        ...

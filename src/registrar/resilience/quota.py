"""How much a caller may ask for: so many calls in so much time, and some of them at once.

A generic cell rate algorithm: of each caller one number is kept, the moment from which on it has
everything again. Microseconds and counts: integers all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SECOND = 1_000_000
MOST = 10_000
"""Callers that are remembered before those who have everything again are forgotten."""


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many calls in so many seconds, in the long run, and `burst` at once."""

    calls: int
    seconds: float
    burst: int

    @property
    def interval(self) -> int:
        """From one call to the next."""
        return max(1, round(self.seconds * SECOND) // self.calls)

    def part(self, of: int) -> Quota:
        """One of so many parts; one call at least."""
        return Quota(self.calls, self.seconds * of, max(1, self.burst // of))


USER = "user"
"""The name of an end user's quota, among those of a key's scopes."""
USUAL: Mapping[str, Quota] = {
    "submit": Quota(1_000, 1, 5_000),
    "read": Quota(2_000, 1, 10_000),
    "operate": Quota(20, 1, 100),
    "admin": Quota(5, 1, 50),
    USER: Quota(100, 3_600, 100),
}
"""A guard against who has gone wild, and no measure of what a key needs."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What was granted, and what is left."""

    granted: int
    """Calls; 0 where those that were needed were not there."""
    left: int
    wait: int
    """Until they can be; 0 where they were granted."""
    reset: int
    """Until everything is there again."""


def take(before: int, now: int, of: Quota, need: int, want: int) -> tuple[int, Taken]:
    """At least `need` and at most `want` calls, or none; and what to keep for the next one.

    `before` is what was kept of the last one, 0 of the first. More than can ever be had at once
    costs all of it.
    """
    interval, tolerance = of.interval, of.interval * of.burst
    need = min(need, of.burst)
    full = max(before, now)
    # A clock that was set back, or a quota that has grown smaller.
    full = min(full, now + tolerance)
    free = (tolerance - (full - now)) // interval
    granted = min(max(want, need), free) if free >= need else 0
    full += granted * interval
    wait = 0 if granted else full + need * interval - now - tolerance
    return full, Taken(granted, (tolerance - (full - now)) // interval, wait, full - now)


@dataclass(slots=True)
class Buckets:
    """Of one process. Whoever has everything again is as good as a stranger."""

    full: dict[str, int] = field(default_factory=dict)

    def take(self, subject: str, now: int, of: Quota, need: int, want: int) -> Taken:
        """For this caller."""
        if len(self.full) > MOST:
            self.full = {name: at for name, at in self.full.items() if at > now}
        full, taken = take(self.full.get(subject, 0), now, of, need, want)
        if taken.granted:
            self.full[subject] = full
        return taken

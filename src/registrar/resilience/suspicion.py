"""A worker that fails with many manufacturers at once is itself the fault."""

from __future__ import annotations

from dataclasses import dataclass, field

from registrar.resilience.answers import Signal

MANY = 3
"""So many manufacturers, and none that answers."""
SPAN = 60_000
"""What was seen longer ago counts no more."""
TRIAL = 5_000
"""Once in so long one call finds out whether it still is."""


@dataclass(slots=True)
class Suspicion:
    """What one worker has seen of each manufacturer last. Milliseconds of its own clock."""

    failing: dict[str, int] = field(default_factory=dict)
    answering: dict[str, int] = field(default_factory=dict)
    trial_at: int = 0

    def saw(self, now: int, manufacturer_id: str, signal: Signal) -> None:
        """The end of a call; a neutral one says nothing."""
        if signal is Signal.NEUTRAL:
            return
        failed = signal is Signal.FAILURE
        there, other = (self.failing, self.answering) if failed else (self.answering, self.failing)
        other.pop(manufacturer_id, None)
        there[manufacturer_id] = now

    def suspected(self, now: int) -> bool:
        """Whether its failures are its own."""
        lately = sum(at > now - SPAN for at in self.failing.values())
        return lately >= MANY and all(at <= now - SPAN for at in self.answering.values())

    def wait(self, now: int) -> int:
        """Until the next call may go, 0 where it may now: then it is the trial."""
        if not self.suspected(now):
            return 0
        if now < self.trial_at:
            return self.trial_at - now
        self.trial_at = now + TRIAL
        return 0

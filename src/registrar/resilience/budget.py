"""The retry budget: what successes have earned, so that a storm is not made worse by us."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.resilience.settings import WHOLE, Settings


@dataclass(slots=True)
class Budget:
    """Thousandths of a retry, as of `at`."""

    saved: int | None = None
    """None: never used, and full."""
    at: int = 0

    def now(self, now: int, of: Settings) -> int:
        """What is saved up."""
        if self.saved is None:
            return of.budget
        return min(of.budget, self.saved + (now - self.at) * WHOLE // of.trickle)

    def retry_at(self, now: int, of: Settings) -> int:
        """0: there is enough for a retry; else when there may be."""
        lacking = WHOLE - self.now(now, of)
        wait = min(-(-lacking * of.trickle // WHOLE), of.ask_again)
        return now + wait if lacking > 0 else 0

    def spend(self, now: int, of: Settings) -> None:
        """One retry."""
        self.saved, self.at = self.now(now, of) - WHOLE, now

    def earn(self, now: int, of: Settings, much: int) -> None:
        """By a success; a retry that succeeds brings back what it has cost."""
        self.saved, self.at = min(of.budget, self.now(now, of) + much), now

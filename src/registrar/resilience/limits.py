"""Rate and concurrency: what a manufacturer states, and what it turns out to take."""

from __future__ import annotations

from dataclasses import dataclass, field

from registrar.resilience.answers import Report, Signal, Why
from registrar.resilience.settings import WHOLE, Settings

CAPACITY_WAIT = 500
REST = 1_000
"""After a throttling that names no time."""
ODD_WAIT = 60_000
"""Where none of the days holds the moment: somebody's clock is wrong."""


@dataclass(slots=True)
class Limiter:
    """A request counts from when it was let through until a window after it has certainly ended.

    In between nobody knows when it was sent: so no window of the manufacturer's own sees more.
    """

    leases: dict[str, int] = field(default_factory=dict)
    """Of the calls under way: when each is taken for lost."""
    requests: dict[str, int] = field(default_factory=dict)
    """When each counts from; in the future while it is under way."""
    share: int = WHOLE
    share_at: int = 0
    rest_until: int = 0
    day: int = 0
    used_today: int = 0

    def lost(self, now: int, of: Settings) -> list[str]:
        """Leases that have run out, and are no more; and what no window sees any longer."""
        gone = [lease for lease, ends in self.leases.items() if ends <= now]
        for lease in gone:
            del self.leases[lease]
        past = now - of.longest_window
        self.requests = {one: at for one, at in self.requests.items() if at > past}
        return gone

    def share_now(self, now: int, of: Settings) -> int:
        """Thousandths: throttling cuts it, and it grows again with time."""
        return min(WHOLE, self.share + (now - self.share_at) * WHOLE // of.regrow)

    def refusal(self, now: int, of: Settings, cost: int) -> tuple[Why, int] | None:
        """Why a call of so many requests may not go now, and until when at least."""
        if now < self.rest_until:
            return Why.RATE, self.rest_until
        for start, end in of.quiet:
            if start <= now < end:
                return Why.QUIET, end
        latest = max(self._windows(now, of, cost), self._quota(now, of, cost))
        return (Why.RATE, latest) if latest else None

    def crowded(self, now: int, of: Settings, share: int) -> tuple[Why, int] | None:
        """Whether it is too many at once.

        The ramp narrows this alone: with few a minute it would take hours.
        """
        most = _part(_part(of.concurrency, share), self.share_now(now, of))
        return (Why.CAPACITY, now + CAPACITY_WAIT) if len(self.leases) >= most else None

    def _windows(self, now: int, of: Settings, cost: int) -> int:
        """Until when at least, 0 where all of them have room."""
        latest, rest = 0, self.share_now(now, of)
        for one in of.windows:
            inside = sorted(at for at in self.requests.values() if at > now - one.span)
            over = len(inside) + cost - max(cost, _part(one.requests, rest))
            if over > 0:
                latest = max(latest, min(inside[over - 1], now) + one.span)
        return latest

    def _quota(self, now: int, of: Settings, cost: int) -> int:
        if not of.daily:
            return 0
        day = next((one for one in of.days if one[0] <= now < one[1]), None)
        if day is None:
            return now + ODD_WAIT
        used = self.used_today if self.day == day[0] else 0
        return day[1] if used + cost > of.daily else 0

    def take(self, now: int, of: Settings, lease: str, ends: int, cost: int) -> None:
        """Let through."""
        self.leases[lease] = ends
        if of.windows:
            self.requests |= {f"{lease}/{number}": ends for number in range(cost)}
        day = next((one for one in of.days if one[0] <= now < one[1]), None)
        if of.daily and day is not None:
            if self.day != day[0]:
                self.day, self.used_today = day[0], 0
            self.used_today += cost

    def give_back(self, now: int, lease: str) -> bool:
        """Ended; False where it is not under way any more."""
        if self.leases.pop(lease, None) is None:
            return False
        self._sent(now, lease)
        return True

    def run_out(self, now: int, lease: str) -> None:
        """Nobody is behind it any more: it is lost at the next step."""
        self.leases[lease] = now
        self._sent(now, lease)

    def _sent(self, now: int, lease: str) -> None:
        for one in self.requests:
            if one.startswith(f"{lease}/"):
                self.requests[one] = now

    def heed(self, now: int, of: Settings, made: Report, began: int) -> None:
        """What the manufacturer has asked for; calls that began before the last cut cut no more."""
        if made.signal is Signal.THROTTLED:
            self.rest_until = max(self.rest_until, now + REST)
            if began >= self.share_at:
                self.share = max(of.least_share, self.share_now(now, of) // 2)
                self.share_at = now
        if made.rest:
            self.rest_until = max(self.rest_until, now + min(made.rest, of.longest_open))

    def fill(self, now: int, of: Settings, used_today: int) -> None:
        """After a loss of memory: the windows may be as full as they can be, and so soon again.

        What was let through before may not have been sent yet.
        """
        most = max((one.requests for one in of.windows), default=0)
        self.requests = {f"unknown/{number}": now + of.lease for number in range(most)}
        day = next((one for one in of.days if one[0] <= now < one[1]), None)
        self.day, self.used_today = (day[0], used_today) if day else (0, 0)

    def used(self, now: int, of: Settings) -> tuple[int, ...]:
        """Requests within each window."""
        return tuple(
            sum(1 for at in self.requests.values() if at > now - one.span) for one in of.windows
        )


def _part(whole: int, share: int) -> int:
    """At least one, or nobody would ever learn that more is taken again."""
    return max(1, whole * share // WHOLE)

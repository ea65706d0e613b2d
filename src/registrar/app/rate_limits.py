"""How often a key may call, and how much an end user may have submitted.

Whoever calls often is given some calls ahead, to be spent here without asking again: the account
of the fleet is asked for a fiftieth of the burst at a time. What is not spent soon is lost, so a
caller can get less by that much, and never more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from registrar.app.commands import Caller
from registrar.domain.errors import RateLimited
from registrar.ports.api_keys import Scope
from registrar.ports.quotas import Asked
from registrar.resilience.quota import SECOND, USER, USUAL, Buckets, Quota, Taken

AHEAD = 50
"""Part of a burst that is fetched at a time."""
KEPT_SECONDS = 1.0
"""So long calls that were fetched ahead can be spent."""
ALONE_PART = 4
"""Part of a quota that each process grants by itself while nobody knows what the others grant."""
AWAY_SECONDS = 1.0
"""So long nobody is asked who has just not answered."""
MOST = 10_000
"""Purses that are kept."""

_log = structlog.get_logger("registrar.rate_limits")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key has left. `reset` in seconds, until it has everything again."""

    name: str
    of: Quota
    left: int
    reset: float
    wait: float = 0.0
    """Seconds until the call could go that was asked for; 0 where it may."""

    @property
    def refusal(self) -> RateLimited | None:
        """Of the call that was asked for."""
        if not self.wait:
            return None
        of = self.of
        said = f"At most {of.calls} calls of {self.name} in {of.seconds:g} s, {of.burst} at once."
        return RateLimited(said, timedelta(seconds=self.wait))


@dataclass(slots=True)
class _Purse:
    """Of one subject: what was fetched ahead, or until when it need not ask."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    calls: int = 0
    until: float = 0.0
    """Of the calls."""
    shut_until: float = 0.0
    shut_for: int = 0
    """Calls that could not be granted; fewer might be."""
    taken: Taken = field(default_factory=lambda: Taken(0, 0, 0, 0))

    def spend(self, need: int, now: float) -> bool:
        """Without asking."""
        if self.calls < need or now >= self.until:
            return False
        self.calls -= need
        return True

    def wait(self, need: int, now: float) -> float:
        """Seconds in which asking is in vain."""
        return max(0.0, self.shut_until - now) if need >= self.shut_for else 0.0

    def idle(self, now: float) -> bool:
        """Whether nothing is lost with it."""
        return not self.lock.locked() and now >= max(self.until, self.shut_until)


@dataclass(slots=True)
class RateLimits:
    """The use case. `quotas` by scope and `USER`; those of a tenant come first.

    `account` is that of `ports.quotas`, for one caller.
    """

    account: Callable[[Asked], Awaitable[Taken]]
    quotas: Mapping[str, Quota | None] = field(default_factory=lambda: USUAL)
    """None: no limit."""
    of_tenant: Mapping[str, Mapping[str, Quota | None]] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    _purses: dict[str, _Purse] = field(default_factory=dict)
    _alone: Buckets = field(default_factory=Buckets)
    _away_until: float = 0.0
    _told_away: bool = False

    async def call(self, caller: Caller, scope: Scope, cost: int = 1) -> Allowance | None:
        """By a key; None where it has no limit."""
        of = self._quota(caller, scope.value)
        if of is None:
            return None
        wait, purse = await self._spend(f"{caller.key_id}/{scope.value}", of, cost)
        taken = purse.taken
        return Allowance(scope.value, of, taken.left + purse.calls, taken.reset / SECOND, wait)

    async def user(self, caller: Caller, user: bytes | None) -> RateLimited | None:
        """Of one more for this end user: why not; `user` is a blind index."""
        of = self._quota(caller, USER)
        if of is None or user is None:
            return None
        wait, _ = await self._spend(f"{USER}/{user.hex()}", of, 1)
        if not wait:
            return None
        said = f"At most {of.calls} registrations in {of.seconds:g} s for one end user."
        return RateLimited(said, timedelta(seconds=wait), "customer.user_ref")

    def _quota(self, caller: Caller, name: str) -> Quota | None:
        own = self.of_tenant.get(caller.tenant_id, {})
        return own[name] if name in own else self.quotas.get(name)

    async def _spend(self, subject: str, of: Quota, need: int) -> tuple[float, _Purse]:
        """Seconds to wait, 0 where it was spent."""
        purse = self._purse(subject)
        # Who comes meanwhile waits for the same answer, and finds what it has brought.
        async with purse.lock:
            now = self.clock()
            if purse.spend(need, now):
                return 0.0, purse
            if wait := purse.wait(need, now):
                return wait, purse
            taken = await self._taken(subject, of, need)
            purse.taken, now = taken, self.clock()
            if taken.granted:
                purse.calls, purse.until = max(0, taken.granted - need), now + KEPT_SECONDS
                purse.shut_until = 0.0
                return 0.0, purse
            wait = taken.wait / SECOND
            purse.calls, purse.shut_until, purse.shut_for = 0, now + wait, need
            return wait, purse

    def _purse(self, subject: str) -> _Purse:
        found = self._purses.get(subject)
        if found is None:
            if len(self._purses) >= MOST:
                now = self.clock()
                self._purses = {
                    name: one for name, one in self._purses.items() if not one.idle(now)
                }
                if len(self._purses) >= MOST:
                    self._purses.clear()  # the account still knows them
            found = self._purses[subject] = _Purse()
        return found

    async def _taken(self, subject: str, of: Quota, need: int) -> Taken:
        now = self.clock()
        if now >= self._away_until:
            try:
                taken = await self.account(Asked(subject, of, need, max(need, of.burst // AHEAD)))
            except ConnectionError:
                self._away_until = self.clock() + AWAY_SECONDS
                self._tell(away=True)
            else:
                self._tell(away=False)
                return taken
        part = of.part(ALONE_PART)
        return self._alone.take(subject, round(now * SECOND), part, need, need)

    def _tell(self, *, away: bool) -> None:
        if away != self._told_away:
            self._told_away = away
            _log.warning("granted_alone" if away else "granted_together")

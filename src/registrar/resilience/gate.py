"""Breaker, limits and budget of one connector together: what one atomic call decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from registrar.resilience.answers import (
    Ask,
    Decision,
    Kind,
    Known,
    Mode,
    Move,
    Report,
    Signal,
    Standing,
    State,
    Why,
)
from registrar.resilience.breaker import Breaker
from registrar.resilience.budget import Budget
from registrar.resilience.limits import Limiter
from registrar.resilience.settings import WHOLE, Settings

PROBE, RETRY, CALL = "p", "r", "c"


@dataclass(frozen=True, slots=True)
class Lease:
    """What a lease's name says of the call, so that nobody has to keep it."""

    epoch: int
    began: int
    what: str
    nonce: str
    holder: str

    @property
    def probe(self) -> bool:
        """Whether its end decides over the state."""
        return self.what == PROBE

    def __str__(self) -> str:
        """Its name."""
        return f"{self.epoch}.{self.began}.{self.what}.{self.nonce}.{self.holder}"


def read_lease(name: str) -> Lease:
    """Of what `str` gave."""
    epoch, began, what, nonce, holder = name.split(".", 4)
    return Lease(int(epoch), int(began), what, nonce, holder)


@dataclass(slots=True)
class Gate:
    """Not for two at a time."""

    breaker: Breaker = field(default_factory=Breaker)
    limiter: Limiter = field(default_factory=Limiter)
    budget: Budget = field(default_factory=Budget)

    def admit(self, now: int, of: Settings, ask: Ask) -> Decision:
        """Whether this call may go now."""
        move = self._settle(now, of, ask.jitter)
        found = self.breaker.passage(now, of, ask.kind, busy=self._probing())
        refused = self._refused(now, of, ask, found.share, found.retry_at)
        if refused is not None:
            return Decision(why=refused[0], retry_at=refused[1], at=now, move=move)
        usual = RETRY if ask.kind is Kind.RETRY else CALL
        what = PROBE if found.probe else usual
        lease = str(Lease(self.breaker.epoch, now, what, ask.nonce, ask.holder))
        self.limiter.take(now, of, lease, now + of.lease, ask.cost)
        if found.probe:
            self.breaker.probes += 1
        if ask.kind is Kind.RETRY:
            self.budget.spend(now, of)
        return Decision(lease, at=now, move=move)

    def _refused(
        self, now: int, of: Settings, ask: Ask, share: int, retry_at: int
    ) -> tuple[Why, int] | None:
        if retry_at:
            return self._closed(retry_at)
        limited = self.limiter.refusal(now, of, ask.cost) or self.limiter.crowded(now, of, share)
        if limited is not None:
            return limited
        poor = self.budget.retry_at(now, of) if ask.kind is Kind.RETRY else 0
        return (Why.BUDGET, poor) if poor else None

    def report(self, now: int, of: Settings, made: Report) -> Move | None:
        """The end of a call."""
        if not self.limiter.give_back(now, made.lease):
            return None
        lease = read_lease(made.lease)
        self.limiter.heed(now, of, made, lease.began)
        if lease.what == RETRY and made.signal in {Signal.SUCCESS, Signal.NEUTRAL}:
            self.budget.earn(now, of, WHOLE)
        elif made.signal is Signal.SUCCESS:
            self.budget.earn(now, of, of.refill)
        return self.breaker.report(now, of, made, lease.epoch, probe=lease.probe)

    def abandon(self, now: int, holder: str) -> None:
        """Whoever worked for this holder has vanished: its calls run out now."""
        for name in self.limiter.leases:
            if read_lease(name).holder == holder:
                self.limiter.run_out(now, name)

    def look(self, now: int, of: Settings, jitter: int) -> Standing:
        """How it is; what time alone brings happens at once."""
        move = self._settle(now, of, jitter)
        return replace(self._standing(now, of), move=move)

    def warm(self, now: int, of: Settings, known: Known) -> Move | None:
        """Of a cold one; None where it is none."""
        move = self.breaker.warm(now, known)
        if move is not None:
            self.limiter.fill(now, of, known.used_today)
        return move

    def reset(self, now: int) -> Move | None:
        """An operator says that all is well: no rest, no cut, and the ramp's first step."""
        self.limiter.rest_until, self.limiter.share = 0, WHOLE
        return self.breaker.reset(now)

    def set_mode(self, mode: Mode, until: int) -> None:
        """What an operator says; 0: until it is taken back."""
        self.breaker.mode, self.breaker.mode_until = mode, until

    def _settle(self, now: int, of: Settings, jitter: int) -> Move | None:
        epoch = self.breaker.epoch
        gone = [read_lease(one) for one in self.limiter.lost(now, of)]
        lost = any(one.probe and one.epoch == epoch for one in gone)
        return self.breaker.settle(now, of, lost=lost, busy=self._probing(), jitter=jitter)

    def _probing(self) -> bool:
        if self.breaker.state is not State.PROBING:
            return False
        under_way = (read_lease(one) for one in self.limiter.leases)
        return any(one.probe and one.epoch == self.breaker.epoch for one in under_way)

    def _standing(self, now: int, of: Settings) -> Standing:
        now_is, limiter = self.breaker, self.limiter
        calls = now_is.recent(now, of)
        day = next((one[0] for one in of.days if one[0] <= now < one[1]), 0)
        shut = self._shut(now, of) or (None, 0)
        return Standing(
            state=now_is.state,
            since=now_is.since,
            until=now_is.until if now_is.state is State.OPEN else 0,
            cause=now_is.cause,
            trips=now_is.trips,
            step=now_is.step,
            mode=now_is.mode,
            mode_until=now_is.mode_until,
            calls=len(calls),
            failed=sum(1 for one in calls if one.signal.bad),
            slow=sum(1 for one in calls if one.slow),
            in_flight=len(limiter.leases),
            probing=self._probing(),
            share=limiter.share_now(now, of),
            rest_until=limiter.rest_until if limiter.rest_until > now else 0,
            used=limiter.used(now, of),
            used_today=limiter.used_today if limiter.day == day else 0,
            retries=self.budget.now(now, of),
            epoch=now_is.epoch,
            shut=shut[0],
            shut_until=shut[1],
            at=now,
        )

    def _shut(self, now: int, of: Settings) -> tuple[Why, int] | None:
        found = self.breaker.passage(now, of, Kind.FIRST, busy=False)
        if found.retry_at:
            return self._closed(found.retry_at)
        return self.limiter.refusal(now, of, 1)

    def _closed(self, retry_at: int) -> tuple[Why, int]:
        return (Why.COLD if self.breaker.state is State.COLD else Why.CIRCUIT), retry_at

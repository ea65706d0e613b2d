"""Made-up lives of registrations: as the state machine has them, at times of their own."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import Attempt, Registration, State, Transition
from registrar.ports.store import NewRegistration
from registrar.testing.records import Wanted, new_registration

CAPS = Capabilities("none", "key", max_attempts=2)
TENANTS = ("tenant-a", "tenant-a", "tenant-b")
TIERS = (Tier.API, Tier.WEB, Tier.MANUAL)
MANUFACTURERS = ("acme", "bosch", "lg", "samsung")
COUNTRIES = ("DE", "PL", "FR", "")
OUTCOMES = (
    *[Outcome(Code.REGISTERED, Effect.ACCEPTED)] * 12,
    Outcome(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED),
    Outcome(Code.UNAVAILABLE_SERVER, Effect.NOT_SENT),
    Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT),
    Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED),
    Outcome(Code.UNSUPPORTED_PRODUCT, Effect.REFUSED),
    Outcome(Code.FORM_CHANGED, Effect.NOT_SENT),
    Outcome(Code.CAPTCHA, Effect.NOT_SENT),
)
"""Most succeed."""
WORK = frozenset({State.PENDING, State.WAITING})
STEPS = 12
"""Nobody lives longer."""


@dataclass(slots=True)
class Life:
    """One registration: what was inserted, and every transition after it."""

    first: NewRegistration
    then: list[Transition]

    @property
    def now(self) -> Registration:
        """As it stands at its end."""
        return (self.then[-1] if self.then else self.first.transition).registration


def lives(
    rng: random.Random, since: datetime, until: datetime, tenants: Sequence[str] = TENANTS
) -> Iterator[Life]:
    """Without an end. The same `rng` tells the same."""
    while True:
        yield life(rng, since + (until - since) * rng.random(), tenants)


def life(rng: random.Random, born: datetime, tenants: Sequence[str] = TENANTS) -> Life:
    """Accepted then; what follows takes seconds."""
    wanted = Wanted(
        tenant_id=rng.choice(tenants),
        manufacturer_id=rng.choice(MANUFACTURERS),
        created_at=born,
        tiers=TIERS[: rng.choice((1, 2, 3, 3, 3))],
        country=rng.choice(COUNTRIES),
    )
    made = Life(new_registration(wanted), [])
    at = born
    running: Attempt | None = None
    for _ in range(STEPS):
        at += timedelta(seconds=rng.expovariate(1 / 5))
        step = _next(rng, made.now, running)
        if step is None:
            break
        done = step(Moment(at, jitter=rng.random()))
        running = done.attempt if made.now.state in WORK else None
        made.then.append(_unguarded(done))
    return made


def _unguarded(done: Transition) -> Transition:
    """Nobody else writes: no lease is taken, and none is needed."""
    return replace(done, fence=None, claim=False)


Step = Callable[[Moment], Transition]


def _next(rng: random.Random, now: Registration, running: Attempt | None) -> Step | None:
    """What happens to it next; None where nothing does."""
    if running is not None and now.state is State.RUNNING:
        if rng.random() < 0.05:  # noqa: PLR2004 - one in twenty
            return lambda moment: lifecycle.lose_lease(now, running, CAPS, moment, 0)
        outcome = rng.choice(OUTCOMES)
        if running.tier is Tier.MANUAL:
            outcome = Outcome(Code.HANDED_OVER, Effect.NOT_SENT)
        return lambda moment: lifecycle.conclude(now, running, outcome, CAPS, moment, 0)
    if now.state in WORK:
        if rng.random() < 0.03:  # noqa: PLR2004 - three in a hundred
            return lambda moment: lifecycle.pass_deadline(now, moment)
        if rng.random() < 0.03 and lifecycle.settled(now):  # noqa: PLR2004 - the same
            return lambda moment: lifecycle.cancel(now, "asked", moment)
        return lambda moment: lifecycle.start_attempt(now, moment, 0, "1")
    return _by_a_person(rng, now)


def _by_a_person(rng: random.Random, now: Registration) -> Step | None:
    again = now.state is State.FAILED and lifecycle.settled(now)
    if again and rng.random() < 0.5:  # noqa: PLR2004 - every other one
        return lambda moment: lifecycle.retry(now, moment, acknowledge_duplicate_risk=False)
    if now.state is State.ACTION_REQUIRED and now.action is not None:
        if now.action.kind not in lifecycle.BY_A_PERSON or rng.random() < 0.4:  # noqa: PLR2004 - nobody comes
            return None
        if rng.random() < 0.2:  # noqa: PLR2004 - one in five
            return lambda moment: lifecycle.give_up(now, "no box", moment)
        return lambda moment: lifecycle.complete(now, "R-1", None, moment)
    return None

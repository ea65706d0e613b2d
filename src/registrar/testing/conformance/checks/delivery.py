"""14, 18, 21: exactly once, through the true lifecycle, with the ledger as the oracle."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.domain.outcome import Effect
from registrar.domain.policy import Capabilities
from registrar.domain.registration import EventKind, Registration, State
from registrar.testing.conformance.fleet import Fleet
from registrar.testing.conformance.killing import Moment, dying
from registrar.testing.conformance.stage import Stage, stage
from registrar.testing.conformance.subject import Check, NotApplicable, Subject, need
from registrar.testing.conformance.wire import Arrived, cut


async def accepted(fleet: Fleet, subject: Subject) -> Registration:
    """The plainest record, durable."""
    job = subject.scenarios.first.job()
    return await fleet.accept(subject.id, job.brand, job.submission)


def ended(one: Registration, caps: Capabilities, here: Stage, what: str, *, acts: int = 1) -> None:
    """So many acts; a person is asked only where neither a key nor a look-up can tell."""
    found = here.effects()
    need(found == acts, f"{what}: {found} acts in the ledger")
    blind = caps.verify == "none" and not caps.resend_is_safe
    wanted = State.ACTION_REQUIRED if blind else State.SUCCEEDED
    need(one.state is wanted, f"{what}: it ends as {one.state}")


async def commit_then_drop_is_verified(subject: Subject) -> None:
    """The effect is unknown, the look-up finds it, and nothing is sent a second time."""
    caps = subject.api().capabilities
    async with stage(subject) as here:
        here.told({"fault": "commit_then_drop", "step": "submit", "times": 1})
        fleet = Fleet(here.wrapped)
        one = await fleet.settle(await accepted(fleet, subject))
        ended(one, caps, here, "it acted, then hung up")
        first, *_ = await fleet.attempts(one)
        need(first.effect is Effect.UNKNOWN, f"the attempt's effect is {first.effect}")
        kinds = [event.kind for event in await fleet.events(one)]
        need(caps.verify == "none" or EventKind.VERIFIED in kinds, "it was not looked up")


async def idempotency_key_is_stable(subject: Subject) -> None:
    """Each attempt is the same request with the same key; another registration has another one."""
    caps = subject.api().capabilities
    if not caps.resend_is_safe:
        raise NotApplicable("the manufacturer keeps no idempotency keys")
    async with stage(subject) as here:
        fleet = Fleet(here.wrapped)
        first = await _sent_twice(fleet, subject, here)
        mine = _submits(here, first)
        need(len(mine) > 1, f"after a lost answer: {len(mine)} requests with the key")
        need(len({one.repeated for one in mine}) == 1, "a repetition is another request")
        marked = len(here.wire.arrived)
        second = await fleet.settle(await accepted(fleet, subject))
        same = any(one.holds(first.id) for one in here.wire.arrived[marked:])
        need(not same and _submits(here, second), "two registrations have the same key")


async def _sent_twice(fleet: Fleet, subject: Subject, here: Stage) -> Registration:
    """The first request never arrives at the manufacturer; which nobody but its look-up knows."""
    here.wire.once = [cut]
    one = await fleet.settle(await accepted(fleet, subject))
    need(here.effects() == 1, f"{here.effects()} acts after a lost request")
    return one


def _submits(here: Stage, one: Registration) -> Sequence[Arrived]:
    method = here.connector.tier.submit.method
    return [each for each in here.wire.arrived if each.method == method and each.holds(one.id)]


async def kills_do_no_harm(subject: Subject) -> None:
    """A worker dies at each step boundary, and another one goes on: still exactly one act.

    In this process: what a worker holds in memory is gone, what the store holds stays.
    """
    caps = subject.api().capabilities
    for moment in Moment:
        async with stage(subject) as here:
            fleet = dying(here.wrapped, moment)
            one = await fleet.settle(await accepted(fleet, subject))
            ended(one, caps, here, f"killed {moment}")


CHECKS = (
    Check(14, "commit then drop ends in exactly one", commit_then_drop_is_verified),
    Check(18, "idempotency key is stable over attempts", idempotency_key_is_stable),
    Check(21, "a kill at any step boundary does no harm", kills_do_no_harm),
)

"""All that can become of one registration, by the pure transitions alone: a world in one value.

There is no clock: whatever may have passed by then has passed or has not. Stores, fences and leases
are left to `fleet`; here a worker has the job, or has vanished.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec.structs
from tests.property.world.maker import (
    Entry,
    Maker,
    Reply,
)
from tests.property.world.promises import Doubt, kept
from tests.property.world.virtual import START, VirtualClock

from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import (
    Action,
    Attempt,
    AttemptState,
    Priority,
    Registration,
    State,
    Step,
    Transition,
)

MOMENT = Moment(START)
ROW = Registration(
    id="r",
    tenant_id="t",
    request_id="q",
    manufacturer_id="acme",
    brand="Acme",
    state=State.PENDING,
    revision=0,
    priority=Priority.NORMAL,
    allowed_tiers=(),
    created_at=START,
    updated_at=START,
)
Routes = Mapping[Tier, Capabilities]


@dataclass(frozen=True, slots=True)
class World:
    """A registration, its job, whoever has it, and the manufacturer."""

    row: Registration
    step: Step | None = None
    held: bool = False
    attempt: Attempt | None = None
    """Under way."""
    reply: Reply | None = None
    """How the manufacturer has met it; its worker does not know yet."""
    ledger: tuple[Entry, ...] = ()
    doubt: tuple[Tier | None, int, Tier | None, bool, str] = (None, 0, None, False, "")
    retries: int = 0
    risks: int = 0


def first(tiers: tuple[Tier, ...], routes: Routes) -> World:
    """Accepted."""
    made = msgspec.structs.replace(ROW, allowed_tiers=tiers)
    return written(World(made), lifecycle.submit(made, MOMENT), routes)


def maker_of(world: World, routes: Routes) -> Maker:
    """The manufacturer at this moment."""
    made = Maker(VirtualClock(), routes, 0.9, lambda _: world.risks)
    made.ledger = list(world.ledger)
    return made


def check(world: World, routes: Routes) -> None:
    """Raises AssertionError where a promise is broken."""
    last = [world.attempt] if world.attempt else []
    kept(world.row, last, maker_of(world, routes))
    parked = world.row.state.terminal or world.row.state is State.ACTION_REQUIRED
    assert parked or world.step or world.held, f"lost: {world.row}"
    assert not (world.row.state.terminal and world.step), f"ended, with a job: {world.row}"


def written(world: World, made: Transition, routes: Routes) -> World:
    """As the store would have it, without what no transition looks at."""
    before, after = world.row, made.registration
    numbers = [event.sequence for event in made.events]
    assert made.expected_revision == before.revision
    assert numbers == list(range(before.revision + 1, after.revision + 1))
    assert not made.events or made.events[-1].state is after.state
    _left_by_a_retry_alone(before, after)
    doubt = Doubt(routes, *world.doubt)
    for event in made.events:
        doubt.read(event)
    attempt = made.attempt or world.attempt
    running = attempt is not None and attempt.state is AttemptState.RUNNING
    changed = replace(
        world,
        row=_plain(after),
        attempt=attempt if running else None,
        doubt=(doubt.tier, doubt.absences, doubt.open, doubt.marked, doubt.number),
    )
    if made.claim:
        return replace(changed, held=True)
    if made.keep_job:
        return changed
    step = made.job.step if made.job else None
    listed = made.job is not None and made.job.due == _delay(after, routes)
    ledger = tuple(replace(one, listed_at=0.0) for one in changed.ledger) if listed else None
    return replace(changed, step=step, held=False, reply=None, ledger=ledger or changed.ledger)


def _delay(row: Registration, routes: Routes) -> timedelta | None:
    """After which an eventual look-up lists everything."""
    caps = routes[row.tier] if row.tier else None
    return caps.absence_delay if caps and caps.verify == "eventual" else None


def _left_by_a_retry_alone(before: Registration, after: Registration) -> None:
    if before.state.terminal and before.revision:
        assert (before.state, after.state) == (State.FAILED, State.PENDING)


def _plain(row: Registration) -> Registration:
    return msgspec.structs.replace(
        row,
        revision=1,
        failure=None,
        action=row.action and Action(row.action.kind, ""),
        wait_reason=None,
        next_attempt_at=None,
        manufacturer_reference="",
        updated_at=START,
        awaiting_since=row.awaiting_since and START,
    )

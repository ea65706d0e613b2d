"""What is promised of every accepted registration, told from the ledger, the events and the rows.

The promises, exactly:

- **No loss.** A registration is at its end, or with a person, or has a job that will run.
- **Effect.** What our programs make the manufacturer take is at most one registration, until a
  person takes the risk of another in so many words: then one more, except on a route where the
  manufacturer itself tells a repetition.
- **True.** SUCCEEDED says that the manufacturer has it, or that a person has said so.
- **Not silent.** What the manufacturer has of our doing is admitted: the row says SUCCEEDED, or
  that the effect is not settled, or an attempt past its marker is under way. So nothing that is
  there ends REJECTED or CANCELLED, or FAILED in a way that can be retried without a word.
- **No blind tier drop.** An attempt starts only where every former one has sent nothing, was
  refused, or was looked up and absent as often as that route needs; or, on the same route, where
  the manufacturer tells a repetition.
- **One writer.** One live attempt, and nobody acts whose job has been given to another.
- **Events** are numbered from 1 to the revision, the last of them says the row's state, and of the
  terminal states only FAILED is left, by a retry.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tests.property.world.fleet import Fleet
from tests.property.world.maker import Entry, Maker
from tests.property.world.rest import is_at_rest
from tests.property.world.virtual import at_once

from registrar.domain.outcome import Effect, Tier, Verdict
from registrar.domain.policy import Capabilities
from registrar.domain.registration import (
    Attempt,
    AttemptState,
    Event,
    EventKind,
    Registration,
    Result,
    State,
)

DOUBT = frozenset({Effect.UNKNOWN, Effect.ACCEPTED})
"""Effects that say that the manufacturer may have it."""


@dataclass(slots=True)
class Doubt:
    """What the events say of what the manufacturer may have; read one by one."""

    routes: Mapping[Tier, Capabilities]
    tier: Tier | None = None
    """The route that may have registered it."""
    absences: int = 0
    open: Tier | None = None
    """The route of the attempt under way."""
    marked: bool = False
    number: str = ""
    """Of the last attempt that was begun."""

    def read(self, event: Event) -> None:
        """The next one; raises AssertionError for an attempt that must not be."""
        reading = {
            EventKind.ATTEMPT_STARTED: self._started,
            EventKind.POINT_OF_NO_RETURN: self._passed,
            EventKind.ATTEMPT_ENDED: self._ended,
            EventKind.LEASE_LOST: self._lost,
            EventKind.VERIFIED: self._verified,
            EventKind.RETRY_REQUESTED: self._asked,
        }
        if event.kind in reading:
            reading[event.kind](event)

    def _started(self, event: Event) -> None:
        tier = Tier(event.detail["tier"])
        told_apart = tier is self.tier and self.routes[tier].resend_is_safe
        assert self.tier is None or told_apart, f"a blind attempt: {event}"
        assert self.open is None, f"two attempts at once: {event}"
        self.open, self.marked, self.number = tier, tier is Tier.API, event.detail["attempt"]

    def _passed(self, event: Event) -> None:
        assert self.open is Tier.WEB, event
        assert event.detail["attempt"] == self.number, f"another's marker: {event}"
        self.marked = True

    def _ended(self, event: Event) -> None:
        assert self.open is not None, f"it had ended: {event}"
        assert event.detail["attempt"] == self.number, f"another's end: {event}"
        effect = Effect(event.detail["effect"])
        if effect in DOUBT:
            self._doubt()
        self.open = None

    def _lost(self, event: Event) -> None:
        del event
        if self.open is not None and self.marked:
            self._doubt()
        self.open = None

    def _doubt(self) -> None:
        self.tier, self.absences = self.open, 0

    def _verified(self, event: Event) -> None:
        verdict = Verdict(event.detail["verdict"])
        if verdict is Verdict.ABSENT and self.tier is not None:
            self.absences += 1
            if self.absences >= self.routes[self.tier].absences_needed:
                self.tier = None
        if verdict is Verdict.REFUSED:
            self.tier = None

    def _asked(self, event: Event) -> None:
        if event.detail.get("acknowledged") == "true":
            self.tier = None


def check(fleet: Fleet) -> None:
    """All of them, of every accepted registration; raises AssertionError."""
    assert not fleet.strays, "acted on by who had lost it"
    for one in fleet.accepted:
        now, told, attempts = fleet.now(one.id), fleet.told(one.id), fleet.attempts(one.id)
        _numbered(now, told)
        _left_by_a_retry_alone(told)
        _never_blind(fleet.maker.routes, told)
        _one_live(attempts)
        _not_lost(fleet, now)
        kept(now, attempts[-1:], fleet.maker)


def kept(now: Registration, last: Sequence[Attempt], maker: Maker) -> None:
    """What can be seen in one moment: the row, its last attempt, and the ledger."""
    mine = [entry for entry in maker.of(now.id) if entry.by.sends]
    _at_most_one(maker.routes, mine)
    _admitted(now, last, [one for one in mine if one.era == maker.era(now.id)])
    if now.state is State.SUCCEEDED and now.result is not Result.MANUALLY_COMPLETED:
        assert maker.of(now.id), "SUCCEEDED without being there"


def _numbered(now: Registration, told: Sequence[Event]) -> None:
    assert [one.sequence for one in told] == list(range(1, now.revision + 1))
    assert told[-1].state is now.state, "the last event says something else"


def _left_by_a_retry_alone(told: Sequence[Event]) -> None:
    for before, after in pairwise(told):
        if before.state.terminal and after.kind is not EventKind.TIER_CHANGED:
            left = before.state, after.kind
            assert left == (State.FAILED, EventKind.RETRY_REQUESTED), left


def _never_blind(routes: Mapping[Tier, Capabilities], told: Sequence[Event]) -> None:
    doubt = Doubt(routes)
    for event in told:
        doubt.read(event)


def _one_live(attempts: Sequence[Attempt]) -> None:
    assert [one.number for one in attempts] == list(range(1, len(attempts) + 1))
    assert all(one.state is not AttemptState.RUNNING for one in attempts[:-1])


def _at_most_one(routes: Mapping[Tier, Capabilities], mine: Sequence[Entry]) -> None:
    eras, tiers = Counter(one.era for one in mine), Counter(one.by for one in mine)
    assert all(times == 1 for times in eras.values()), f"registered twice: {mine}"
    safe = [tier for tier in tiers if routes[tier].resend_is_safe]
    assert all(tiers[one] == 1 for one in safe), f"the key was another: {mine}"


def _admitted(now: Registration, last: Sequence[Attempt], mine: Sequence[Entry]) -> None:
    if mine:
        under_way = any(
            (one.state, one.effect) == (AttemptState.RUNNING, Effect.UNKNOWN) for one in last
        )
        assert under_way or now.effect in DOUBT, f"there, and not admitted: {now}"
        assert now.state not in {State.REJECTED, State.CANCELLED}, f"there, and ended: {now}"


def _not_lost(fleet: Fleet, now: Registration) -> None:
    has_a_job = bool(at_once(fleet.store.work([now.id])))
    assert has_a_job or is_at_rest(now), f"lost: {now}"
    assert not (has_a_job and now.state.terminal), f"at its end, and with a job: {now}"

"""Every interleaving of workers, sweepers, people, faults and time keeps what is promised.

The use cases are the real ones, over the memory store; every process is stopped before and after
whatever others can see. `world.promises` says what is promised. `HYPOTHESIS_PROFILE=long` for a
long run.
"""

import sys
from contextlib import closing
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from tests.property.world import promises, rest
from tests.property.world.actors import Actor, At, Fate
from tests.property.world.fleet import LEASE, Fleet
from tests.property.world.kinds import ALLOWED, APIS, FORMS, HANDED
from tests.property.world.maker import DROP, FILLS, HANDS, SENDS, Look, Reply, Standing
from tests.property.world.virtual import START

from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.domain.registration import State

LONG = 3600
"""Seconds: how long it takes is the profile's matter."""
BY_HAND = {State.ACTION_REQUIRED, State.FAILED}
MOST_ACTORS, MOST_HINTS = 5, 6
TIMES = [None, None, None, 1, 16, 21, 3600, 86400]
"""Seconds; None until a job is due."""
WHICH = st.integers(0, MOST_HINTS - 1)


class World(RuleBasedStateMachine):
    """One or two registrations, and everybody who has to do with them."""

    @initialize(
        api=st.sampled_from(APIS),
        form=st.sampled_from(FORMS),
        hand=st.sampled_from(HANDED),
        tiers=st.sampled_from(ALLOWED),
        lag=st.sampled_from([0.0, 0.9]),
        days=st.sampled_from([None, 3]),
        many=st.sampled_from([1, 1, 2]),
    )
    def submit(  # noqa: PLR0913 - everything that is drawn beforehand
        self,
        *,
        api: Capabilities,
        form: Capabilities,
        hand: Capabilities,
        tiers: tuple[Tier, ...],
        lag: float,
        days: int | None,
        many: int,
    ) -> None:
        """Accepted, and the first hints are out."""
        self.fleet = Fleet({Tier.API: api, Tier.WEB: form, Tier.MANUAL: hand}, lag)
        for _ in range(many):
            self.fleet.accept(tiers, START + timedelta(days=days) if days else None)
        self.fleet.release()

    def one(self, which: int) -> str:
        """A registration's id."""
        return self.fleet.accepted[which % len(self.fleet.accepted)].id

    def who(self, which: int) -> Actor:
        """Of those who wait to be told on."""
        there = self.fleet.standing()
        return there[which % len(there)]

    # --- the dispatcher, its hints, and time

    @rule(redis=st.sampled_from(["there", "there", "away"]), how=st.sampled_from(TIMES))
    def release(self, redis: str, how: float | None) -> None:
        """After so many seconds, or when a job is due, it becomes a hint: in reach or not."""
        self.fleet.pass_time(self.fleet.next_due() if how is None else how)
        self.fleet.redis_is_away = redis == "away"
        self.fleet.release()
        del self.fleet.hints[:-MOST_HINTS]

    @precondition(lambda self: self.fleet.is_leased())
    @rule()
    def run_out(self) -> None:
        """Every lease that is not renewed runs out, and is taken away."""
        self.fleet.pass_time(LEASE.total_seconds() + 1)
        self.finish(self.fleet.sweep("leases"))

    @precondition(lambda self: self.may_begin())
    @rule(what=st.sampled_from(["leases", "deadlines", "pauses"]), at_once=st.booleans())
    def sweep(self, what: str, *, at_once: bool) -> None:
        """It has read; others may write before it does."""
        self.finish(self.fleet.sweep(what), at_once=at_once)

    # --- workers

    def may_take(self) -> bool:
        """A hint is out."""
        return bool(self.fleet.hints) and self.may_begin()

    @precondition(may_take)
    @rule(which=WHICH, stays=st.booleans(), until=st.sampled_from(At))
    def take(self, which: int, until: At, *, stays: bool) -> None:
        """A worker takes any hint, however old, and comes so far; one that stays is there twice."""
        place = which % len(self.fleet.hints)
        hint = self.fleet.hints[place] if stays else self.fleet.hints.pop(place)
        actor = self.fleet.work(hint)
        while actor.at and actor.at is not until:
            self.fleet.go(actor, rest.WELL[actor.at])

    @precondition(may_take)
    @rule(which=WHICH, reply=st.sampled_from(SENDS), look=st.sampled_from(Look))
    def work_off(self, which: int, reply: Reply, look: Look) -> None:
        """A whole step without a disturbance but the manufacturer's."""
        place = which % len(self.fleet.hints)
        actor = self.fleet.work(self.fleet.hints.pop(place))
        met = rest.WELL | {At.SENDING: reply, At.LOOKING: look}
        while actor.at:
            self.fleet.go(actor, met[actor.at])

    @precondition(lambda self: self.fleet.standing())
    @rule(
        which=WHICH,
        reply=st.sampled_from(SENDS),
        fill=st.sampled_from(FILLS),
        hand=st.sampled_from(HANDS),
        look=st.sampled_from(Look),
        fate=st.sampled_from([Fate.DONE, Fate.DONE, Fate.AWAY, Fate.UNANSWERED]),
    )
    def go_on(  # noqa: PLR0913 - whatever it meets where it stands
        self, *, which: int, reply: Reply, fill: Reply, hand: Reply, look: Look, fate: Fate
    ) -> None:
        """Somebody comes to where it next stands."""
        met = rest.WELL | {
            At.SENDING: reply,
            At.FILLING: fill,
            At.HANDING: hand,
            At.LOOKING: look,
            At.WRITING: fate,
        }
        actor = self.who(which)
        self.fleet.go(actor, met[actor.at])

    @precondition(lambda self: self.fleet.actors)
    @rule(which=WHICH, how=st.sampled_from(["killed", "cut", "cut"]))
    def trouble(self, which: int, how: str) -> None:
        """A process is killed wherever it stands, or its lease is renewed no more, or again."""
        actor = self.fleet.actors[which % len(self.fleet.actors)]
        if how == "killed":
            self.fleet.kill(actor)
        else:
            actor.cut = not actor.cut

    @rule(tier=st.sampled_from(Tier), how=st.sampled_from(["pause", "stop", "remove", "restore"]))
    def operate(self, tier: Tier, how: str) -> None:
        """An operator's word, or the system's own, or a configuration's."""
        closed = self.fleet.maker.closed
        if how == "restore":
            closed.discard(tier)
            self.fleet.resume(tier)
        elif how == "remove" and tier.sends:
            closed.add(tier)
        else:
            self.fleet.pause(tier, stopped=how == "stop")

    def may_begin(self) -> bool:
        """There is room for one more."""
        return len(self.fleet.actors) < MOST_ACTORS

    def finish(self, actor: Actor, *, at_once: bool = True) -> None:
        """Without a disturbance, or it stays where it stands."""
        if at_once:
            rest.finish(self.fleet, actor)

    # --- people

    @precondition(may_begin)
    @rule(which=WHICH, at_once=st.booleans())
    def cancel(self, which: int, *, at_once: bool) -> None:
        """At any time."""
        self.finish(self.fleet.wish(self.one(which), "cancel"), at_once=at_once)

    def may_ask(self) -> bool:
        """A registration has stopped, and there is room for one more."""
        states = {self.fleet.now(one.id).state for one in self.fleet.accepted}
        return self.may_begin() and bool(states & BY_HAND)

    @precondition(may_ask)
    @rule(
        which=WHICH,
        what=st.sampled_from(["retry", "retry_at_risk", "complete", "give_up"]),
        at_once=st.booleans(),
    )
    def ask(self, which: int, what: str, *, at_once: bool) -> None:
        """Who completes it has registered it by hand where it was not there."""
        key = self.one(which)
        asked = self.fleet.now(key).state is State.ACTION_REQUIRED
        if what == "complete" and asked and not self.fleet.maker.of(key):
            self.fleet.maker.take(key, "", Tier.MANUAL, Standing.REGISTERED)
        self.finish(self.fleet.wish(key, what), at_once=at_once)

    # --- what is promised

    @invariant()
    def promised(self) -> None:
        """After every step."""
        promises.check(self.fleet)

    def teardown(self) -> None:
        """And at the end: all is well, everybody lives, and it comes to rest."""
        if not hasattr(self, "fleet"):
            return
        try:
            if sys.exc_info()[0] is None:
                rest.drain(self.fleet)
                promises.check(self.fleet)
        finally:
            self.fleet.close()


World.TestCase.settings = settings(max_examples=3 * settings().max_examples, stateful_step_count=50)
TestWorld = pytest.mark.timeout(LONG)(World.TestCase)


def test_who_is_late_ends_no_attempt_but_its_own() -> None:
    """Its job is with another, who looks for what it has done: its own word is not taken."""
    with closing(Fleet({Tier.API: APIS[0]}, 0)) as fleet:
        fleet.accept((Tier.API,), None)
        fleet.release()
        late = fleet.work(fleet.hints.pop())
        for how in (Fate.DONE, None, DROP):
            fleet.go(late, how)
        fleet.pass_time(LEASE.total_seconds() + 1)
        rest.finish(fleet, fleet.sweep("leases"))
        fleet.release()
        other = fleet.work(fleet.hints.pop())
        for how in (Fate.DONE, None):
            fleet.go(other, how)
        assert (late.at, other.at) == (At.WRITING, At.LOOKING)
        rest.finish(fleet, late)
        promises.check(fleet)
        rest.drain(fleet)
        promises.check(fleet)

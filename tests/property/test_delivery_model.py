"""Model check: any interleaving of sends, crashes, look-ups and people, against the truth."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from msgspec.structs import replace

from registrar.domain import lifecycle
from registrar.domain.errors import StateConflict
from registrar.domain.lifecycle import Moment
from registrar.domain.lifecycle.interventions import BY_A_PERSON
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.registration import (
    ActionKind,
    Attempt,
    NextJob,
    Priority,
    Registration,
    State,
    Step,
    Transition,
)

START = datetime(2026, 11, 24, tzinfo=UTC)
CAPABILITIES = [
    Capabilities(verify="strong", idempotency="none", max_attempts=3),
    Capabilities(verify="eventual", idempotency="none", max_attempts=3),
    Capabilities(verify="strong", idempotency="key", max_attempts=3),
    Capabilities(verify="none", idempotency="key", max_attempts=3),
    Capabilities(verify="none", idempotency="none", max_attempts=3),
]
ROUTES = [
    (Tier.API,),
    (Tier.API, Tier.MANUAL),
    (Tier.WEB,),
    (Tier.WEB, Tier.MANUAL),
    (Tier.API, Tier.WEB, Tier.MANUAL),
]
WALLS = [Code.CAPTCHA, Code.LOGIN_REQUIRED, Code.FORM_CHANGED, Code.OUTCOME_UNKNOWN, Code.INTERNAL]
CLEAR_REFUSALS = [
    Code.INVALID_FIELD,
    Code.NOT_ELIGIBLE,
    Code.RATE_LIMITED,
    Code.AUTH_REJECTED,
    Code.DUPLICATE_OTHER_OWNER,
]


class Delivery(RuleBasedStateMachine):
    """One registration, a manufacturer whose ledger is the truth, and faults in between."""

    @initialize(caps=st.sampled_from(CAPABILITIES), tiers=st.sampled_from(ROUTES))
    def submit(self, caps: Capabilities, tiers: tuple[Tier, ...]) -> None:
        """The durable acceptance."""
        self.caps = caps
        self.now = START
        self.effects = 0
        self.sequences: list[int] = []
        self.job: NextJob | None = None
        self.attempt: Attempt | None = None
        self.leased = False
        made = Registration(
            id="r",
            tenant_id="t",
            request_id="q",
            manufacturer_id="acme",
            brand="Acme",
            state=State.PENDING,
            revision=0,
            priority=Priority.NORMAL,
            allowed_tiers=tiers,
            created_at=START,
            updated_at=START,
        )
        self.registration = made
        self.write(lifecycle.submit(made, self.moment))

    @property
    def moment(self) -> Moment:
        """Time moves on with every step."""
        self.now += timedelta(seconds=1)
        return Moment(self.now)

    def write(self, transition: Transition) -> None:
        """What a store does, with its guard."""
        assert transition.expected_revision == self.registration.revision
        self.sequences += [event.sequence for event in transition.events]
        self.registration = transition.registration
        self.attempt = transition.attempt or self.attempt
        if not transition.keep_job:
            self.leased = transition.claim
            self.job = self.job if transition.claim else transition.job

    def claim(self) -> None:
        """A worker takes the job: the marker is durable from here on."""
        self.lagged = False
        self.write(lifecycle.start_attempt(self.registration, self.moment, 1, "1"))

    def cross(self) -> None:
        """What the manufacturer may see from here on is marked first."""
        assert self.attempt is not None
        if self.attempt.effect is not Effect.UNKNOWN:
            now, attempt = self.registration, self.attempt
            self.write(lifecycle.point_of_no_return(now, attempt, self.moment, 1))

    def apply(self) -> None:
        """The manufacturer acts, once a key where it keeps keys."""
        assert self.attempt is not None
        assert self.attempt.effect is Effect.UNKNOWN
        if not (self.caps.resend_is_safe and self.effects):
            self.effects += 1

    def conclude(self, code: Code, effect: Effect, caps: Capabilities | None = None) -> None:
        """The worker writes what it saw."""
        assert self.attempt is not None
        outcome = Outcome(code, effect)
        caps = caps or self.caps
        self.write(
            lifecycle.conclude(self.registration, self.attempt, outcome, caps, self.moment, 1)
        )

    def may_lag(self) -> bool:
        """An asynchronous listing may lag for long, an eventual one for less than its delay."""
        if self.registration.effect is Effect.ACCEPTED:
            return True
        return self.caps.verify == "eventual" and not self.lagged

    def may_attempt(self) -> bool:
        """A job is due that sends."""
        return self.is_due() and self.registration.tier is not Tier.MANUAL

    def is_due(self) -> bool:
        """A job is due that is an attempt."""
        return bool(self.job and self.job.step is Step.ATTEMPT and not self.leased)

    def may_check(self) -> bool:
        """A job is due that looks."""
        return bool(self.job and self.job.step is Step.VERIFY and not self.leased)

    def may_hand_over(self) -> bool:
        """A job is due that prepares for a person."""
        return self.is_due() and self.registration.tier is Tier.MANUAL

    @precondition(may_hand_over)
    @rule(found=st.booleans(), crash=st.booleans(), cancelled=st.booleans(), watched=st.booleans())
    def hand_over(self, *, found: bool, crash: bool, cancelled: bool, watched: bool) -> None:
        """Nothing is sent, whatever happens; a look-up may find what nobody here has done."""
        self.claim()
        if cancelled:
            self.write(lifecycle.cancel(self.registration, "", self.moment))
        if crash:
            lost = lifecycle.lose_lease(self.registration, self.attempt, self.caps, self.moment, 1)
            return self.write(lost)
        if found:
            self.effects = 1
            return self.conclude(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
        watching = dataclasses.replace(
            self.caps, watch_interval=timedelta(hours=1) if watched else None
        )
        return self.conclude(Code.HANDED_OVER, Effect.NOT_SENT, watching)

    @precondition(may_attempt)
    @rule(asynchronous=st.booleans(), cancelled=st.booleans())
    def send(self, *, asynchronous: bool, cancelled: bool) -> None:
        """Applied and answered."""
        self.claim()
        self.cross()
        self.apply()
        if cancelled:
            self.write(lifecycle.cancel(self.registration, "", self.moment))
        self.conclude(Code.ACCEPTED_PENDING if asynchronous else Code.REGISTERED, Effect.ACCEPTED)

    @precondition(may_attempt)
    @rule(applied=st.booleans(), crash=st.booleans(), cancelled=st.booleans())
    def lose_the_answer(self, *, applied: bool, crash: bool, cancelled: bool) -> None:
        """Commit then drop, reset before commit, or kill -9 of the worker."""
        self.claim()
        self.cross()
        if applied:
            self.apply()
        if cancelled:
            self.write(lifecycle.cancel(self.registration, "", self.moment))
        if not crash:
            return self.conclude(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN)
        lost = lifecycle.lose_lease(self.registration, self.attempt, self.caps, self.moment, 1)
        return self.write(lost)

    @precondition(lambda self: self.may_attempt() and self.registration.tier is Tier.WEB)
    @rule(cancelled=st.booleans(), crash=st.booleans(), code=st.sampled_from(WALLS))
    def stop_before_the_point(self, *, cancelled: bool, crash: bool, code: Code) -> None:
        """A form that could not be finished has done nothing, whatever its connector says."""
        self.claim()
        if cancelled:
            self.write(lifecycle.cancel(self.registration, "", self.moment))
            with pytest.raises(StateConflict):
                self.cross()
        if not crash:
            return self.conclude(code, Effect.UNKNOWN)
        lost = lifecycle.lose_lease(self.registration, self.attempt, self.caps, self.moment, 1)
        return self.write(lost)

    @precondition(may_attempt)
    @rule(code=st.sampled_from([Code.UNAVAILABLE_CONNECT, Code.CONNECTOR_BUG]))
    def fail_to_send(self, code: Code) -> None:
        """Certainly not sent."""
        self.claim()
        self.conclude(code, Effect.NOT_SENT)

    @precondition(may_attempt)
    @rule(code=st.sampled_from(CLEAR_REFUSALS), cancelled=st.booleans())
    def refuse(self, code: Code, *, cancelled: bool) -> None:
        """Refused, this time."""
        self.claim()
        if cancelled:
            self.write(lifecycle.cancel(self.registration, "", self.moment))
        self.conclude(code, Effect.REFUSED)

    @precondition(may_check)
    @rule(answer=st.sampled_from(["late", "true", "silent", "crash"]))
    def look_up(self, answer: str) -> None:
        """The ledger answers truthfully, late where it may be late, or not at all."""
        self.write(lifecycle.start_check(self.registration, 1))
        if answer == "crash":
            lost = lifecycle.lose_lease(self.registration, None, self.caps, self.moment, 1)
            return self.write(lost)
        late = answer == "late" and self.may_lag()
        self.lagged = self.lagged or late
        verdict = Verdict.FOUND if self.effects and not late else Verdict.ABSENT
        found = Verification(Verdict.CANNOT_TELL if answer == "silent" else verdict)
        return self.write(lifecycle.check(self.registration, found, self.caps, self.moment, 1))

    @precondition(
        lambda self: (
            not self.leased
            and not self.registration.state.terminal
            and self.registration.state is not State.CANCELLING
            and (self.may_check() or lifecycle.settled(self.registration))
        )
    )
    @rule()
    def cancel(self) -> None:
        """The caller changes its mind between two steps."""
        self.write(lifecycle.cancel(self.registration, "", self.moment))

    @precondition(lambda self: self.job is None)
    @rule()
    def stay_finished(self) -> None:
        """Nothing is due any more: a worker that comes late finds no way in."""
        if self.registration.state.terminal:
            with pytest.raises(StateConflict):
                lifecycle.cancel(self.registration, "", self.moment)
        else:
            assert self.registration.action is not None

    @precondition(lambda self: self.job is not None and not self.leased)
    @rule()
    def pass_deadline(self) -> None:
        """complete_by passes between two steps."""
        self.write(lifecycle.pass_deadline(self.registration, self.moment))

    @precondition(
        lambda self: (
            self.registration.state in {State.FAILED, State.ACTION_REQUIRED}
            and lifecycle.settled(self.registration)
        )
    )
    @rule()
    def retry(self) -> None:
        """A person asks for another try, without taking a risk."""
        self.write(
            lifecycle.retry(self.registration, self.moment, acknowledge_duplicate_risk=False)
        )

    def may_be_ended_by_hand(self) -> bool:
        """A person has been asked for what a person can bring to an end."""
        now = self.registration
        asked = now.action.kind if now.action else None
        return now.state is State.ACTION_REQUIRED and asked in BY_A_PERSON

    @precondition(may_be_ended_by_hand)
    @rule(reference=st.sampled_from(["", "R-1"]))
    def complete(self, reference: str) -> None:
        """A person looks, registers it where nobody has, and says so."""
        self.effects = max(self.effects, 1)
        done = lifecycle.complete(self.registration, reference, None, self.moment)
        self.write(done)
        assert self.registration.state is State.SUCCEEDED
        assert self.registration.action is None

    @precondition(may_be_ended_by_hand)
    @rule()
    def give_up(self) -> None:
        """A person will not go on: what may have happened stays in doubt."""
        before = self.registration
        self.write(lifecycle.give_up(before, "sold", self.moment))
        assert self.registration.state is State.FAILED
        assert self.registration.effect is before.effect

    @precondition(lambda self: not self.may_be_ended_by_hand())
    @rule()
    def stay_untouched(self) -> None:
        """Nobody was asked, so nobody can say anything."""
        with pytest.raises(StateConflict):
            lifecycle.complete(self.registration, "", None, self.moment)
        with pytest.raises(StateConflict):
            lifecycle.give_up(self.registration, "", self.moment)

    @invariant()
    def at_most_one_effect(self) -> None:
        """Never registered twice."""
        assert self.effects <= 1

    @invariant()
    def gapless(self) -> None:
        """Sequences count from 1, and the revision is the newest."""
        assert self.sequences == list(range(1, self.registration.revision + 1))

    @invariant()
    def nothing_is_lost(self) -> None:
        """Terminal, with a person, or with a job: never nothing."""
        state = self.registration.state
        parked = state.terminal or state is State.ACTION_REQUIRED
        watched = state is State.ACTION_REQUIRED and self.may_be_watched()
        assert parked == (self.job is None) or watched

    def may_be_watched(self) -> bool:
        """Who files by hand may be watched, by looks alone."""
        now = self.registration
        filing = now.action is not None and now.action.kind is ActionKind.FILE_MANUALLY
        return filing and self.job is not None and self.job.step is Step.VERIFY

    @invariant()
    def no_blind_drop(self) -> None:
        """Sent to a person, refused or cancelled only where the manufacturer has nothing."""
        now = self.registration
        filing = now.action is not None and now.action.kind is ActionKind.FILE_MANUALLY
        dropped = {State.REJECTED, State.CANCELLED}
        if (now.state is State.ACTION_REQUIRED and filing) or now.state in dropped:
            assert self.effects == 0

    @invariant()
    def success_is_true(self) -> None:
        """SUCCEEDED means that the manufacturer has it."""
        if self.registration.state is State.SUCCEEDED:
            assert self.effects == 1


Delivery.TestCase.settings = settings(max_examples=1200, stateful_step_count=25, deadline=None)
TestDelivery = Delivery.TestCase


def test_the_model_notices_a_broken_gate() -> None:
    """An aggregate that forgets an unknown effect lets a second send through."""
    machine = Delivery()
    machine.submit(CAPABILITIES[4], (Tier.API,))
    machine.lose_the_answer(applied=True, crash=False, cancelled=False)
    machine.registration = replace(machine.registration, effect=Effect.NOT_SENT)
    machine.claim()
    machine.apply()
    assert machine.effects == 2

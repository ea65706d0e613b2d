"""The state machine, one rule a test."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from registrar.domain import lifecycle, policy
from registrar.domain.errors import OutcomeUnverified, StateConflict
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.registration import (
    Action,
    ActionKind,
    AttemptState,
    NextJob,
    Priority,
    Registration,
    Result,
    State,
    Step,
    Transition,
    Trigger,
    WaitReason,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
MOMENT = Moment(NOW)
STRONG = Capabilities(verify="strong", idempotency="key")
EVENTUAL = Capabilities(verify="eventual", idempotency="none", absence_delay=timedelta(minutes=5))
KEYED = Capabilities(verify="none", idempotency="key")
BLIND = Capabilities(verify="none", idempotency="none")
FENCE = 7


def fresh(*tiers: Tier, **changes: object) -> Registration:
    """A registration as Submit makes it, revision 0."""
    made = Registration(
        id="r1",
        tenant_id="t1",
        request_id="q1",
        manufacturer_id="acme",
        brand="Acme",
        state=State.PENDING,
        revision=0,
        priority=Priority.NORMAL,
        allowed_tiers=tiers or (Tier.API,),
        created_at=NOW,
        updated_at=NOW,
    )
    return replace(made, **changes)  # type: ignore[arg-type] # any field, given by name


def running(*tiers: Tier, **changes: object) -> Transition:
    """A registration whose attempt a worker has claimed."""
    pending = lifecycle.submit(fresh(*tiers), MOMENT).registration
    pending = replace(pending, **changes)  # type: ignore[arg-type] # any field, given by name
    return lifecycle.start_attempt(pending, MOMENT, FENCE, "1")


def ended(
    code: Code,
    effect: Effect,
    caps: Capabilities = STRONG,
    claimed: Transition | None = None,
    **outcome: str,
) -> Transition:
    """The claimed attempt ends with this outcome."""
    claimed = claimed or running()
    assert claimed.attempt is not None
    made = Outcome(code, effect, **outcome)  # type: ignore[arg-type] # texts only
    return lifecycle.conclude(claimed.registration, claimed.attempt, made, caps, MOMENT, FENCE)


def unknown(caps: Capabilities = STRONG) -> Registration:
    """A registration that the manufacturer may have seen."""
    return ended(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, caps).registration


def looked_up(
    before: Registration,
    verdict: Verdict,
    caps: Capabilities = STRONG,
    at: datetime = NOW,
    reference: str = "",
) -> Transition:
    """A look-up answers."""
    return lifecycle.check(before, Verification(verdict, reference), caps, Moment(at), FENCE)


def test_submit_makes_the_first_event_and_a_job_due_at_once() -> None:
    """Revision 1, sequence 1, PENDING on the first allowed tier."""
    done = lifecycle.submit(fresh(), MOMENT)
    assert [(event.sequence, event.state) for event in done.events] == [(1, State.PENDING)]
    assert done.registration.tier is Tier.API
    assert done.job is not None
    assert (done.job.step, done.job.due) == (Step.ATTEMPT, timedelta(0))


def test_submit_not_before_waits() -> None:
    """The job runs at not_before, and the reason says so."""
    later = NOW + timedelta(days=1)
    done = lifecycle.submit(fresh(not_before=later), MOMENT)
    assert (done.registration.state, done.registration.wait_reason) == (
        State.WAITING,
        WaitReason.NOT_BEFORE,
    )
    assert done.job is not None
    assert done.job.due == done.registration.next_attempt_at == later


def test_claim_writes_the_marker() -> None:
    """RUNNING and an attempt whose effect is unknown, in the write that takes the lease."""
    done = running()
    assert done.claim
    assert done.fence == FENCE
    assert done.registration.state is State.RUNNING
    assert done.attempt is not None
    assert (done.attempt.number, done.attempt.state, done.attempt.effect, done.attempt.trigger) == (
        1,
        AttemptState.RUNNING,
        Effect.UNKNOWN,
        Trigger.INITIAL,
    )


@pytest.mark.parametrize("effect", [Effect.UNKNOWN, Effect.ACCEPTED])
def test_nobody_acts_again_while_the_manufacturer_may_have_acted(effect: Effect) -> None:
    """The fallback gate refuses an attempt after UNKNOWN and ACCEPTED."""
    with pytest.raises(OutcomeUnverified):
        lifecycle.start_attempt(fresh(effect=effect, tier=Tier.API), MOMENT, FENCE, "1")


@pytest.mark.parametrize("code", list(Code))
@pytest.mark.parametrize("caps", [STRONG, EVENTUAL, KEYED, BLIND])
def test_an_unknown_effect_never_leads_to_a_blind_attempt(code: Code, caps: Capabilities) -> None:
    """Whatever the code: verify, or the manufacturer's own key, or a person."""
    after = ended(code, Effect.UNKNOWN, caps, running(Tier.API, Tier.MANUAL))
    state = after.registration.state
    if caps.verify != "none":
        assert (state, after.job and after.job.step) == (State.VERIFYING, Step.VERIFY)
    elif caps.resend_is_safe:
        assert (state, after.registration.tier) == (State.WAITING, Tier.API)
    else:
        assert state is State.ACTION_REQUIRED
        assert after.registration.action is not None
        assert after.registration.action.kind is ActionKind.CONFIRM_OUTCOME


def test_every_code_has_exactly_one_next_step() -> None:
    """The table is complete."""
    assert set(policy.NEXT) == set(Code)


@pytest.mark.parametrize(
    ("code", "effect", "state"),
    [
        (Code.REGISTERED, Effect.ACCEPTED, State.SUCCEEDED),
        (Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED, State.SUCCEEDED),
        (Code.ACCEPTED_PENDING, Effect.ACCEPTED, State.AWAITING_CONFIRMATION),
        (Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED, State.ACTION_REQUIRED),
        (Code.INVALID_FIELD, Effect.REFUSED, State.ACTION_REQUIRED),
        (Code.UNSUPPORTED_PRODUCT, Effect.REFUSED, State.REJECTED),
        (Code.NOT_ELIGIBLE, Effect.REFUSED, State.REJECTED),
        (Code.RATE_LIMITED, Effect.REFUSED, State.WAITING),
        (Code.AUTH_REJECTED, Effect.REFUSED, State.WAITING),
        (Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, State.WAITING),
        (Code.UNMAPPED, Effect.NOT_SENT, State.WAITING),
    ],
)
def test_outcome_decides_the_state(code: Code, effect: Effect, state: State) -> None:
    """One tier only, first attempt."""
    assert ended(code, effect).registration.state is state


def test_success_keeps_the_reference() -> None:
    """The manufacturer's number is kept, the failure cleared, the job parked."""
    done = ended(Code.REGISTERED, Effect.ACCEPTED, reference="M-1")
    assert done.registration.manufacturer_reference == "M-1"
    assert done.registration.result is Result.REGISTERED
    assert done.registration.failure is None
    assert done.job is None


@pytest.mark.parametrize("code", [Code.RATE_LIMITED, Code.AUTH_REJECTED, Code.SESSION_EXPIRED])
def test_deferrals_spend_no_attempt(code: Code) -> None:
    """The tier's budget is as before the claim."""
    assert ended(code, Effect.REFUSED).registration.tier_attempts == 0


def test_a_spent_tier_falls_to_a_person() -> None:
    """The last attempt of the API tier leads to the manual one, which hands it over."""
    claimed = running(Tier.API, Tier.MANUAL, tier_attempts=STRONG.max_attempts - 1)
    fallen = ended(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, claimed=claimed).registration
    assert (fallen.state, fallen.tier) == (State.PENDING, Tier.MANUAL)
    again = lifecycle.start_attempt(fallen, MOMENT, FENCE, "1")
    done = ended(Code.HANDED_OVER, Effect.NOT_SENT, claimed=again, user_message="As told.")
    assert (done.registration.state, done.job) == (State.ACTION_REQUIRED, None)
    assert done.registration.action == Action(ActionKind.FILE_MANUALLY, "As told.")
    assert done.attempt is not None
    assert done.attempt.failure is None
    assert done.registration.failure is not None
    assert done.registration.failure.code == Code.UNAVAILABLE_CONNECT


def test_a_refusal_falls_to_a_person_where_one_may_be_asked() -> None:
    """Not eligible for the API is no word about the form."""
    claimed = running(Tier.API, Tier.MANUAL)
    fallen = ended(Code.NOT_ELIGIBLE, Effect.REFUSED, claimed=claimed).registration
    assert (fallen.state, fallen.tier) == (State.PENDING, Tier.MANUAL)


@pytest.mark.parametrize("code", [Code.OUTCOME_UNKNOWN, Code.CONNECTOR_BUG])
def test_a_tier_that_sends_nothing_leaves_no_doubt(code: Code) -> None:
    """Whatever its connector says: it is tried again, and nobody is asked to look."""
    done = ended(code, Effect.UNKNOWN, BLIND, running(Tier.MANUAL)).registration
    assert (done.state, done.effect) == (State.WAITING, Effect.NOT_SENT)


@pytest.mark.parametrize(
    ("state", "after"), [(State.RUNNING, State.WAITING), (State.CANCELLING, State.CANCELLED)]
)
def test_a_worker_that_vanishes_while_preparing_leaves_no_doubt(state: State, after: State) -> None:
    """Nothing was sent; a cancel that came meanwhile is done."""
    claimed = running(Tier.MANUAL)
    before = replace(claimed.registration, state=state)
    lost = lifecycle.lose_lease(before, claimed.attempt, BLIND, MOMENT, FENCE)
    assert (lost.registration.state, lost.registration.effect) == (after, Effect.NOT_SENT)
    assert lost.attempt is not None
    assert lost.attempt.effect is Effect.NOT_SENT


def test_a_manual_tier_alone_goes_straight_to_a_person() -> None:
    """Cancelled meanwhile, it stays with nobody."""
    claimed = running(Tier.MANUAL)
    done = ended(Code.HANDED_OVER, Effect.NOT_SENT, claimed=claimed).registration
    assert done.action == Action(
        ActionKind.FILE_MANUALLY, "Register the product at the manufacturer by hand."
    )
    cancelling = replace(claimed.registration, state=State.CANCELLING)
    meanwhile = replace(claimed, registration=cancelling)
    late = ended(Code.HANDED_OVER, Effect.NOT_SENT, claimed=meanwhile).registration
    assert (late.state, late.action) == (State.CANCELLED, None)


def test_a_spent_last_tier_fails() -> None:
    """FAILED, with the manufacturer's reason."""
    claimed = running(tier_attempts=STRONG.max_attempts - 1)
    done = ended(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, claimed=claimed)
    assert done.registration.state is State.FAILED
    assert done.registration.failure is not None
    assert done.registration.failure.code == Code.UNAVAILABLE_CONNECT


def test_found_is_success() -> None:
    """A verified effect is a success without another send."""
    assert looked_up(unknown(), Verdict.FOUND).registration.state is State.SUCCEEDED


def test_one_strong_absence_allows_another_attempt() -> None:
    """WAITING, and the gate is open."""
    after = looked_up(unknown(), Verdict.ABSENT).registration
    assert (after.state, lifecycle.may_act(after)) == (State.WAITING, True)


def test_an_absence_ends_a_cancelling() -> None:
    """The manufacturer has nothing: CANCELLED, and nobody looks or sends again."""
    asked = lifecycle.cancel(unknown(), "", MOMENT).registration
    done = looked_up(asked, Verdict.ABSENT)
    assert (done.registration.state, done.registration.effect) == (
        State.CANCELLED,
        Effect.NOT_SENT,
    )
    assert done.job is None


def test_an_eventual_look_up_needs_two_absences() -> None:
    """The first absence waits for the delay and looks again."""
    first = looked_up(unknown(EVENTUAL), Verdict.ABSENT, EVENTUAL)
    assert first.registration.state is State.VERIFYING
    assert first.job is not None
    assert first.job.due == timedelta(minutes=5)
    second = looked_up(first.registration, Verdict.ABSENT, EVENTUAL)
    assert second.registration.state is State.WAITING


def test_no_clear_answer_ends_at_a_person() -> None:
    """After the last look-up a person is asked to look there first."""
    after = unknown()
    for _ in range(policy.MAX_CHECKS):
        assert after.state is State.VERIFYING
        after = looked_up(after, Verdict.CANNOT_TELL).registration
    assert after.action is not None
    assert after.action.kind is ActionKind.CONFIRM_OUTCOME


def test_accepted_and_not_yet_listed_is_no_absence() -> None:
    """An asynchronous manufacturer that accepted is polled on, never sent to again."""
    accepted = ended(Code.ACCEPTED_PENDING, Effect.ACCEPTED).registration
    after = looked_up(accepted, Verdict.ABSENT)
    assert after.registration.state is State.AWAITING_CONFIRMATION
    assert after.job is not None
    assert after.job.step is Step.VERIFY


def test_confirmation_has_a_deadline() -> None:
    """A manufacturer that never finishes ends at a person."""
    accepted = ended(Code.ACCEPTED_PENDING, Effect.ACCEPTED).registration
    late = NOW + STRONG.confirmation_deadline + timedelta(seconds=1)
    after = looked_up(accepted, Verdict.PENDING, at=late).registration
    assert after.state is State.ACTION_REQUIRED


def test_an_asynchronous_refusal_is_a_refusal() -> None:
    """COMPLETE_WITH_ERRORS ends like the same refusal at once."""
    accepted = ended(Code.ACCEPTED_PENDING, Effect.ACCEPTED).registration
    found = Verification(Verdict.REFUSED, outcome=Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED))
    after = lifecycle.check(accepted, found, STRONG, MOMENT, FENCE).registration
    assert (after.state, after.effect) == (State.REJECTED, Effect.REFUSED)


def test_a_lost_lease_past_the_marker_is_verified() -> None:
    """The attempt is LOST with an unknown effect."""
    claimed = running()
    after = lifecycle.lose_lease(claimed.registration, claimed.attempt, STRONG, MOMENT, FENCE)
    assert after.registration.state is State.VERIFYING
    assert after.attempt is not None
    assert (after.attempt.state, after.attempt.effect) == (AttemptState.LOST, Effect.UNKNOWN)


def test_a_lost_lease_of_a_look_up_looks_again() -> None:
    """Nothing was sent by whoever vanished: no attempt is lost, the doubt stays."""
    before = unknown()
    after = lifecycle.lose_lease(before, None, STRONG, MOMENT, FENCE)
    assert (after.registration.state, after.registration.effect) == (
        State.VERIFYING,
        Effect.UNKNOWN,
    )
    assert (after.job and after.job.step, after.attempt) == (Step.VERIFY, None)
    assert after.registration.lost_leases == 1


def test_three_lost_leases_are_poison() -> None:
    """FAILED, and a retry still needs the risk acknowledged."""
    claimed = running(lost_leases=policy.MAX_LOST_LEASES - 1)
    after = lifecycle.lose_lease(claimed.registration, claimed.attempt, STRONG, MOMENT, FENCE)
    assert after.registration.state is State.FAILED
    with pytest.raises(OutcomeUnverified):
        lifecycle.retry(after.registration, MOMENT, acknowledge_duplicate_risk=False)
    again = lifecycle.retry(after.registration, MOMENT, acknowledge_duplicate_risk=True)
    assert again.registration.state is State.PENDING


def test_cancel_before_anything_was_sent_is_at_once() -> None:
    """CANCELLED, job parked."""
    pending = lifecycle.submit(fresh(), MOMENT).registration
    done = lifecycle.cancel(pending, "changed my mind", MOMENT)
    assert (done.registration.state, done.job, done.keep_job) == (State.CANCELLED, None, False)


@pytest.mark.parametrize(
    ("code", "effect", "state"),
    [
        (Code.REGISTERED, Effect.ACCEPTED, State.SUCCEEDED),
        (Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, State.CANCELLED),
        (Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, State.CANCELLING),
        (Code.ACCEPTED_PENDING, Effect.ACCEPTED, State.CANCELLING),
    ],
)
def test_cancel_under_way_lets_the_manufacturer_decide(
    code: Code, effect: Effect, state: State
) -> None:
    """CANCELLING keeps the worker's lease; its outcome settles it."""
    claimed = running()
    asked = lifecycle.cancel(claimed.registration, "", MOMENT)
    assert asked.keep_job
    under_way = replace(claimed, registration=asked.registration)
    assert ended(code, effect, claimed=under_way).registration.state is state


@pytest.mark.parametrize("state", [state for state in State if state.terminal])
def test_what_is_finished_cannot_be_cancelled(state: State) -> None:
    """STATE_CONFLICT, also for a second cancel."""
    with pytest.raises(StateConflict):
        lifecycle.cancel(fresh(state=state), "", MOMENT)


@pytest.mark.parametrize(
    "state", [s for s in State if s not in {State.FAILED, State.ACTION_REQUIRED}]
)
def test_only_failed_and_waiting_for_a_person_can_be_retried(state: State) -> None:
    """FAILED is the only terminal state that can be left."""
    with pytest.raises(StateConflict):
        lifecycle.retry(fresh(state=state), MOMENT, acknowledge_duplicate_risk=True)


@pytest.mark.parametrize(
    ("tiers", "effect", "state"),
    [
        ((Tier.API,), Effect.NOT_SENT, State.FAILED),
        ((Tier.API, Tier.MANUAL), Effect.REFUSED, State.ACTION_REQUIRED),
        ((Tier.API, Tier.MANUAL), Effect.UNKNOWN, State.ACTION_REQUIRED),
        ((Tier.API,), Effect.ACCEPTED, State.ACTION_REQUIRED),
    ],
)
def test_deadline_ends_at_a_person_or_failed(
    tiers: tuple[Tier, ...], effect: Effect, state: State
) -> None:
    """Never a drop while the effect is unclear."""
    before = fresh(*tiers, effect=effect, state=State.WAITING, tier=Tier.API)
    assert lifecycle.pass_deadline(before, MOMENT).registration.state is state


def test_backoff_grows_is_capped_and_jittered() -> None:
    """1 s doubling up to 10 min, at least half of it."""
    assert policy.backoff(1, 0.0) == timedelta(seconds=0.5)
    assert policy.backoff(4, 0.0) == timedelta(seconds=4)
    assert policy.backoff(1000, 0.0) == timedelta(minutes=5)
    assert policy.backoff(1000, 0.999) < timedelta(minutes=10)


def test_a_retry_waits_at_least_as_long_as_it_was_told() -> None:
    """Up to ten minutes; what is shorter than the back-off changes nothing."""
    short, told, endless = timedelta(milliseconds=1), timedelta(seconds=90), timedelta(days=1)
    assert policy.backoff(1, 0.0, short) == policy.backoff(1, 0.0)
    assert policy.backoff(1, 0.0, endless) == timedelta(minutes=10)
    claimed = running()
    assert claimed.attempt is not None
    away = Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, retry_after=told)
    waits = lifecycle.conclude(
        claimed.registration, claimed.attempt, away, STRONG, MOMENT, FENCE
    ).job
    assert waits is not None
    assert waits.due == told


def test_a_spent_tier_falls_to_the_next_automatic_one() -> None:
    """The web tier starts with a budget of its own, and its attempt says why it is made."""
    claimed = running(Tier.API, Tier.WEB, tier_attempts=STRONG.max_attempts - 1)
    fallen = ended(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, claimed=claimed).registration
    assert (fallen.state, fallen.tier, fallen.tier_attempts) == (State.PENDING, Tier.WEB, 0)
    following = lifecycle.start_attempt(fallen, MOMENT, FENCE, "1")
    assert following.attempt is not None
    assert following.attempt.trigger is Trigger.FALLBACK


def test_without_a_tier_there_is_nothing_to_attempt() -> None:
    """A registration that was never submitted cannot be claimed."""
    with pytest.raises(StateConflict):
        lifecycle.start_attempt(fresh(), MOMENT, FENCE, "1")


def test_acceptance_keeps_the_transaction_number() -> None:
    """It is what the manufacturer is polled with."""
    after = ended(Code.ACCEPTED_PENDING, Effect.ACCEPTED, reference="T-1").registration
    assert after.manufacturer_reference == "T-1"


def test_a_look_up_that_finds_it_under_way_waits_for_it() -> None:
    """The unclear send had reached an asynchronous manufacturer."""
    after = looked_up(unknown(), Verdict.PENDING).registration
    assert (after.state, after.effect) == (State.AWAITING_CONFIRMATION, Effect.ACCEPTED)


def test_a_doubt_cannot_be_cancelled_away() -> None:
    """Waiting to repeat the key: the manufacturer may already have it."""
    waiting = unknown(KEYED)
    assert (waiting.state, waiting.resend) == (State.WAITING, True)
    with pytest.raises(OutcomeUnverified):
        lifecycle.cancel(waiting, "", MOMENT)


def test_a_doubt_survives_a_refused_connection() -> None:
    """The later NOT_SENT says nothing of the earlier send: no drop to another tier."""
    waiting = replace(unknown(KEYED), allowed_tiers=(Tier.API, Tier.MANUAL))
    after = waiting
    while after.state is State.WAITING:
        claimed = lifecycle.start_attempt(after, MOMENT, FENCE, "1")
        after = ended(
            Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT, KEYED, claimed=claimed
        ).registration
    assert after.action is not None
    assert (after.action.kind, after.effect) == (ActionKind.CONFIRM_OUTCOME, Effect.UNKNOWN)


def test_a_deadline_ends_a_cancelling_that_is_settled() -> None:
    """Nothing is with the manufacturer: CANCELLED."""
    before = fresh(state=State.CANCELLING, tier=Tier.API)
    assert lifecycle.pass_deadline(before, MOMENT).registration.state is State.CANCELLED


def test_the_etag_follows_the_revision() -> None:
    """Every durable change is another one."""
    claimed = running()
    done = ended(Code.REGISTERED, Effect.ACCEPTED, claimed=claimed)
    assert claimed.registration.etag == '"2"'
    assert done.registration.etag == '"3"'


WATCHING = dataclasses.replace(BLIND, watch_interval=timedelta(hours=6))


def filing() -> Registration:
    """A person has been asked, and a look-up can tell when it is done."""
    done = ended(Code.HANDED_OVER, Effect.NOT_SENT, WATCHING, running(Tier.MANUAL))
    assert done.job == NextJob(Step.VERIFY, timedelta(hours=6))
    return done.registration


def test_what_a_person_has_done_is_found() -> None:
    """By the manufacturer's own word: completed by hand, and nobody is asked any more."""
    done = looked_up(filing(), Verdict.FOUND, WATCHING, reference="W-1").registration
    assert (done.state, done.result) == (State.SUCCEEDED, Result.MANUALLY_COMPLETED)
    assert (done.action, done.manufacturer_reference) == (None, "W-1")


@pytest.mark.parametrize("verdict", [one for one in Verdict if one is not Verdict.FOUND])
@pytest.mark.parametrize(
    ("caps", "pause", "expected"),
    [
        (WATCHING, None, timedelta(hours=6)),
        (WATCHING, timedelta(hours=1), timedelta(hours=6)),
        (WATCHING, timedelta(hours=9), timedelta(hours=9)),
        (BLIND, None, None),
    ],
    ids=["usual", "sooner", "later", "switched off"],
)
def test_nothing_else_takes_it_from_the_person(
    verdict: Verdict, caps: Capabilities, pause: timedelta | None, expected: timedelta | None
) -> None:
    """It is looked up again at its pace, as long as there is a look-up."""
    before = filing()
    found = Verification(verdict, retry_after=pause)
    after = lifecycle.check(before, found, caps, MOMENT, FENCE)
    assert after.job == (expected and NextJob(Step.VERIFY, expected))
    assert (after.registration.state, after.registration.action) == (before.state, before.action)


@pytest.mark.parametrize(("lost", "watches"), [(0, True), (2, False)])
def test_a_watcher_that_vanishes_takes_nothing_along(lost: int, *, watches: bool) -> None:
    """Three times, and nobody watches any more: the person has it all the same."""
    before = replace(filing(), lost_leases=lost)
    after = lifecycle.lose_lease(before, None, WATCHING, MOMENT, FENCE)
    assert after.registration.state is State.ACTION_REQUIRED
    assert (after.job is not None) == watches


def test_a_deadline_ends_the_watching_alone() -> None:
    """Who was asked before it stays asked, and nothing has failed."""
    before = filing()
    after = lifecycle.pass_deadline(before, MOMENT)
    assert (after.job, after.registration.failure) == (None, None)
    assert (after.registration.state, after.registration.action) == (before.state, before.action)


def test_a_wait_that_goes_on_is_no_news() -> None:
    """Callers hear of it once, and again where it is another reason or a longer time."""
    moment, reason = timedelta(seconds=59), WaitReason.CAPACITY
    before = lifecycle.submit(fresh(), MOMENT).registration
    first = lifecycle.defer(before, reason, moment, MOMENT, FENCE)
    assert [one.detail for one in first.events] == [{"reason": "capacity"}]
    waits = first.registration
    again = lifecycle.defer(waits, reason, moment, MOMENT, FENCE)
    assert (again.events, again.registration) == ((), waits)
    assert (again.fence, again.job) == (FENCE, NextJob(Step.ATTEMPT, moment))
    longer = lifecycle.defer(waits, reason, timedelta(minutes=1), MOMENT, FENCE)
    other = lifecycle.defer(waits, WaitReason.RATE_LIMITED, moment, MOMENT, FENCE)
    assert len(longer.events) == len(other.events) == 1


def test_a_stop_of_the_system_leads_to_the_next_route() -> None:
    """No attempt is spent, and callers see why."""
    before = lifecycle.submit(fresh(Tier.WEB, Tier.MANUAL), MOMENT).registration
    after = lifecycle.pass_by(before, MOMENT, FENCE)
    now = after.registration
    assert (now.state, now.tier, now.attempt_count) == (State.PENDING, Tier.MANUAL, 0)
    assert [one.detail["reason"] for one in after.events] == ["connector_stopped"] * 2
    assert (after.fence, after.job) == (FENCE, NextJob(Step.ATTEMPT))


@pytest.mark.parametrize(
    ("tiers", "changes"),
    [
        ((Tier.WEB,), {}),
        ((Tier.WEB, Tier.MANUAL), {"effect": Effect.UNKNOWN}),
        ((Tier.WEB, Tier.MANUAL), {"resend": True}),
        ((Tier.WEB, Tier.MANUAL), {"tier": Tier.MANUAL}),
    ],
)
def test_no_stop_leads_past_the_effect_gate(
    tiers: tuple[Tier, ...], changes: dict[str, object]
) -> None:
    """Without another route, or in doubt of what was sent, it waits for the end of the stop."""
    before = lifecycle.submit(fresh(*tiers), MOMENT).registration
    before = replace(before, **changes)  # type: ignore[arg-type] # any field, given by name
    now = lifecycle.pass_by(before, MOMENT, FENCE).registration
    assert (now.state, now.wait_reason) == (State.WAITING, WaitReason.CONNECTOR_PAUSED)
    assert now.tier is before.tier

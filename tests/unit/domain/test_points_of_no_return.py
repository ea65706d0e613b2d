"""Attempts on a form: nothing is in doubt before the last click, and everything after it."""

import pytest
from msgspec.structs import replace
from tests.unit.domain.test_lifecycle import BLIND, FENCE, KEYED, MOMENT, STRONG, ended, running

from registrar.domain import lifecycle
from registrar.domain.errors import StateConflict
from registrar.domain.outcome import Code, Effect, Tier
from registrar.domain.registration import (
    ActionKind,
    AttemptState,
    EventKind,
    State,
    Transition,
)

WALLS = [Code.CAPTCHA, Code.LOGIN_REQUIRED, Code.OTP_REQUIRED, Code.BLOCKED]


def crossed(*tiers: Tier) -> Transition:
    """The marker of an attempt on a form."""
    claimed = running(*(tiers or (Tier.WEB, Tier.MANUAL)))
    assert claimed.attempt is not None
    return lifecycle.point_of_no_return(claimed.registration, claimed.attempt, MOMENT, FENCE)


def test_a_claimed_form_has_told_nobody_yet() -> None:
    """The attempt begins with nothing sent; its marker is a write of its own, before the click."""
    claimed = running(Tier.WEB)
    assert claimed.attempt is not None
    assert claimed.attempt.effect is Effect.NOT_SENT
    marked = crossed(Tier.WEB)
    assert marked.attempt is not None
    assert (marked.attempt.state, marked.attempt.effect) == (AttemptState.RUNNING, Effect.UNKNOWN)
    assert (marked.registration.state, marked.registration.effect) == (
        State.RUNNING,
        Effect.UNKNOWN,
    )
    assert (marked.keep_job, marked.fence, marked.claim) == (True, FENCE, False)
    (event,) = marked.events
    assert (event.kind, event.detail) == (EventKind.POINT_OF_NO_RETURN, {"attempt": "1"})


def test_a_cancelled_attempt_does_not_reach_its_point() -> None:
    """The caller was faster: nothing is sent, and the registration is cancelled."""
    claimed = running(Tier.WEB)
    assert claimed.attempt is not None
    cancelling = lifecycle.cancel(claimed.registration, "no more", MOMENT).registration
    with pytest.raises(StateConflict):
        lifecycle.point_of_no_return(cancelling, claimed.attempt, MOMENT, FENCE)
    stopped = replace(claimed, registration=cancelling)
    done = ended(Code.INTERNAL, Effect.NOT_SENT, BLIND, stopped).registration
    assert (done.state, done.effect) == (State.CANCELLED, Effect.NOT_SENT)


def test_a_worker_that_vanishes_before_the_point_leaves_no_doubt() -> None:
    """The form is filled again."""
    claimed = running(Tier.WEB)
    lost = lifecycle.lose_lease(claimed.registration, claimed.attempt, BLIND, MOMENT, FENCE)
    assert (lost.registration.state, lost.registration.effect) == (State.WAITING, Effect.NOT_SENT)


def test_a_worker_that_vanishes_after_the_point_may_have_sent_it() -> None:
    """Nobody can be asked: a person finds out, and no other tier is tried."""
    marked = crossed()
    lost = lifecycle.lose_lease(marked.registration, marked.attempt, BLIND, MOMENT, FENCE)
    assert lost.registration.action is not None
    assert lost.registration.action.kind is ActionKind.CONFIRM_OUTCOME
    assert (lost.registration.tier, lost.registration.effect) == (Tier.WEB, Effect.UNKNOWN)


def test_an_earlier_doubt_outlives_a_form_that_told_nobody() -> None:
    """Sent once under a key and unclear; the second worker vanished before it sent anything."""
    marked = crossed()
    first = ended(Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, KEYED, marked).registration
    assert (first.resend, first.effect) == (True, Effect.UNKNOWN)
    again = lifecycle.start_attempt(first, MOMENT, FENCE, "1")
    last = replace(again.registration, tier_attempts=KEYED.max_attempts)
    lost = lifecycle.lose_lease(last, again.attempt, KEYED, MOMENT, FENCE).registration
    assert (lost.tier, lost.effect) == (Tier.WEB, Effect.UNKNOWN)
    assert lost.action is not None
    assert lost.action.kind is ActionKind.CONFIRM_OUTCOME


@pytest.mark.parametrize("code", WALLS)
def test_a_wall_is_a_persons_to_pass(code: Code) -> None:
    """With the words of the manifest where it has some."""
    done = ended(code, Effect.NOT_SENT, BLIND, running(Tier.WEB, Tier.MANUAL)).registration
    assert (done.state, done.effect) == (State.ACTION_REQUIRED, Effect.NOT_SENT)
    assert done.action is not None
    assert done.action.kind is ActionKind.SOLVE_CHALLENGE
    assert done.action.guidance


def test_what_a_form_wants_and_the_record_lacks_is_a_persons_to_fill_in() -> None:
    """By hand, where that is a route; else the caller is asked."""
    by_hand = running(Tier.WEB, Tier.MANUAL)
    fallen = ended(Code.INVALID_FIELD, Effect.NOT_SENT, BLIND, by_hand).registration
    assert (fallen.state, fallen.tier) == (State.PENDING, Tier.MANUAL)
    asked = ended(Code.INVALID_FIELD, Effect.NOT_SENT, BLIND, running(Tier.WEB)).registration
    assert asked.action is not None
    assert asked.action.kind is ActionKind.PROVIDE_DATA


@pytest.mark.parametrize("code", WALLS)
def test_a_wall_after_the_point_is_no_answer(code: Code) -> None:
    """Whether the click had an effect is looked up first."""
    done = ended(code, Effect.UNKNOWN, STRONG, crossed()).registration
    assert (done.state, done.effect) == (State.VERIFYING, Effect.UNKNOWN)


@pytest.mark.parametrize("code", [Code.FORM_CHANGED, Code.TERMS_CHANGED])
def test_a_form_that_has_changed_is_left_for_the_next_tier(code: Code) -> None:
    """Nobody retries what only an operator can mend."""
    done = ended(code, Effect.NOT_SENT, BLIND, running(Tier.WEB, Tier.MANUAL)).registration
    assert (done.state, done.tier) == (State.PENDING, Tier.MANUAL)

"""What is planned for a registration is what becomes of it."""

from dataclasses import replace as changed
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registrar.domain import lifecycle
from registrar.domain.customer import CustomerType
from registrar.domain.lifecycle import Moment
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.plan import (
    SENTENCES,
    Course,
    Planned,
    Reason,
    Standing,
    Turn,
    chosen,
    following,
    plan,
    turns,
)
from registrar.domain.policy import Capabilities
from registrar.domain.registration import EventKind, Priority, Registration, State, Transition

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
ONCE = Capabilities(verify="none", idempotency="none", max_attempts=1)
FAILURES = (Code.NOT_ELIGIBLE, Code.UNAVAILABLE_CONNECT, Code.FORM_CHANGED)
ALL = tuple(Tier)
CONSUMER, BUSINESS = CustomerType.CONSUMER, CustomerType.BUSINESS


def maker(*tiers: TierListing) -> Manufacturer:
    """With these routes."""
    return Manufacturer("acme", "Acme", ("Acme",), (), "1", (), (), tiers)


def listing(tier: Tier, **more: object) -> TierListing:
    """Of a route that is in use, and documented."""
    made = TierListing(tier, "anyone", "documented", enabled=True)
    return changed(made, **more)  # type: ignore[arg-type]  # whatever a field takes


WHOLE = maker(*(listing(tier) for tier in Tier))


def registration(allowed: tuple[Tier, ...]) -> Registration:
    """Not submitted yet."""
    return Registration(
        id="reg_1",
        tenant_id="a",
        request_id="r",
        manufacturer_id="acme",
        brand="Acme",
        state=State.PENDING,
        revision=0,
        priority=Priority.NORMAL,
        allowed_tiers=allowed,
        created_at=NOW,
        updated_at=NOW,
    )


def course_of(one: Registration) -> Course:
    """As it stands."""
    asked = one.state is State.ACTION_REQUIRED
    return Course(one.allowed_tiers, one.tier, one.effect, asked=asked, finished=one.state.terminal)


def outcome(tier: Tier, code: Code, shut: frozenset[Tier]) -> Outcome:
    """What the worker finds on this route."""
    if tier in shut:
        return Outcome(Code.CONFIG_MISSING, Effect.NOT_SENT)
    if tier is Tier.MANUAL:
        return Outcome(Code.HANDED_OVER, Effect.NOT_SENT)
    return Outcome(code, Effect.REFUSED)


def attempted(before: Registration, code: Code, moment: Moment) -> Transition:
    """One attempt on its tier."""
    started = lifecycle.start_attempt(before, moment, 1, "1")
    assert started.attempt is not None
    said = outcome(started.attempt.tier, code, moment.shut)
    return lifecycle.conclude(started.registration, started.attempt, said, ONCE, moment, 1)


@given(
    st.sets(st.sampled_from(ALL), min_size=1),
    st.sets(st.sampled_from([Tier.API, Tier.WEB])),
    st.lists(st.sampled_from(FAILURES), min_size=3, max_size=3),
    st.sampled_from(list(CustomerType)),
    st.lists(st.sampled_from(["anyone", "consumer", "business"]), min_size=3, max_size=3),
)
def test_the_course_takes_the_planned_routes_in_order(
    wanted: set[Tier],
    closed: set[Tier],
    failures: list[Code],
    kind: CustomerType,
    audiences: list[str],
) -> None:
    """Whatever is offered, wanted and shut, and however the routes fail."""
    shut = frozenset(closed)
    pairs = zip(Tier, audiences, strict=True)
    made = maker(*(listing(tier, audience=audience) for tier, audience in pairs))
    allowed = chosen(made, kind, wanted)
    standing = Standing(dict.fromkeys(shut, Reason.SECRET_MISSING))
    planned = plan(made, kind, Course(allowed), standing)
    promised = [one.tier for one in planned if one.turn is not Turn.SKIPPED]
    taken: list[Tier] = []
    moment = Moment(NOW, shut=shut)
    if allowed:
        now = lifecycle.submit(registration(allowed), moment).registration
        while now.state is State.PENDING and now.tier is not None:
            assert list(turns(course_of(now), shut)) == promised[len(taken) :]
            taken.append(now.tier)
            now = attempted(now, failures[len(taken) - 1], moment).registration
        assert {one.tier for one in planned} == set(Tier)
    assert taken == promised


@given(
    st.sets(st.sampled_from(ALL), min_size=2),
    st.sampled_from(FAILURES),
)
def test_a_change_of_the_tier_is_an_event(tiers: set[Tier], code: Code) -> None:
    """Right after the one that is its reason, and the newest of the transition."""
    allowed = tuple(tier for tier in Tier if tier in tiers)
    now = lifecycle.submit(registration(allowed), Moment(NOW)).registration
    done = attempted(now, code, Moment(NOW))
    ended, moved = done.events
    assert (ended.kind, moved.kind) == (EventKind.ATTEMPT_ENDED, EventKind.TIER_CHANGED)
    assert moved.detail == {
        "left": allowed[0].value,
        "taken": allowed[1].value,
        "reason": code.value,
    }
    assert moved.sequence == ended.sequence + 1 == done.registration.revision


def test_a_deadline_that_leads_to_a_person_is_a_change_of_the_tier() -> None:
    """And a person's other try, back to the first route, is one too."""
    now = lifecycle.submit(registration(ALL), Moment(NOW)).registration
    late = lifecycle.pass_deadline(now, Moment(NOW + timedelta(days=4)))
    assert late.events[1].detail["reason"] == "deadline_passed"
    again = lifecycle.retry(late.registration, Moment(NOW), acknowledge_duplicate_risk=False)
    assert again.events[1].detail == {
        "left": "manual_assist",
        "taken": "api",
        "reason": "retry_requested",
    }


@pytest.mark.parametrize(
    ("one", "kind", "reason"),
    [
        (listing(Tier.API, audience="consumer"), BUSINESS, Reason.NOT_FOR_BUSINESS),
        (listing(Tier.API, audience="business"), CONSUMER, Reason.NOT_FOR_CONSUMER),
        (listing(Tier.API, enabled=False, evidence="assumed"), CONSUMER, Reason.ASSUMED),
        (listing(Tier.API, enabled=False), CONSUMER, Reason.NOT_CONFIGURED),
        (listing(Tier.API, enabled=False, lacks_browser=True), CONSUMER, Reason.NO_BROWSER),
        (listing(Tier.WEB), CONSUMER, Reason.NOT_IN_MANIFEST),
        (listing(Tier.API), CONSUMER, Reason.NOT_ALLOWED),
    ],
)
def test_a_route_that_was_not_chosen_says_why(
    one: TierListing, kind: CustomerType, reason: Reason
) -> None:
    """By the manifest, this installation, or the caller."""
    made = maker(one, listing(Tier.MANUAL))
    found = plan(made, kind, Course((Tier.MANUAL,)), Standing())
    api = next(planned for planned in found if planned.tier is Tier.API)
    assert (api.turn, api.reason) == (Turn.SKIPPED, reason)


@pytest.mark.parametrize(
    ("course", "reason"),
    [
        (Course(ALL, Tier.API, finished=True), Reason.FINISHED),
        (Course(ALL, Tier.API, asked=True), Reason.PERSON_ASKED),
        (Course(ALL, Tier.API, Effect.UNKNOWN), Reason.EFFECT_UNCLEAR),
        (Course(ALL, Tier.API, Effect.ACCEPTED), Reason.EFFECT_UNCLEAR),
        (Course(ALL, Tier.MANUAL), Reason.PASSED),
    ],
)
def test_a_route_that_has_no_turn_says_why(course: Course, reason: Reason) -> None:
    """The first one, here."""
    first = plan(WHOLE, CONSUMER, course, Standing())[0]
    assert (first.turn, first.reason, first.why) == (Turn.SKIPPED, reason, reason.value)
    assert first.explanation == SENTENCES[reason]


def test_only_the_same_route_is_taken_again_under_the_same_key() -> None:
    """While the effect is unclear."""
    course = Course(ALL, Tier.API, Effect.UNKNOWN, resend=True)
    found = plan(WHOLE, CONSUMER, course, Standing())
    assert [one.turn for one in found] == [Turn.WILL_TRY, Turn.SKIPPED, Turn.SKIPPED]


@pytest.mark.parametrize("allowed", [ALL, (Tier.API, Tier.WEB)])
def test_after_its_time_only_a_person_is_left(allowed: tuple[Tier, ...]) -> None:
    """Where one may be asked."""
    found = plan(WHOLE, CONSUMER, Course(allowed, Tier.API, overdue=True), Standing())
    assert found[0].reason is Reason.WINDOW_CLOSED
    assert (found[2].turn is Turn.WILL_TRY) == (Tier.MANUAL in allowed)


@pytest.mark.parametrize("reason", [Reason.PAUSED, Reason.BREAKER_OPEN])
def test_a_passing_hindrance_is_waited_for(reason: Reason) -> None:
    """The route keeps its turn; one that is shut loses it to the next."""
    standing = Standing({Tier.WEB: Reason.SECRET_MISSING}, {Tier.API: reason})
    found = plan(WHOLE, CONSUMER, Course(ALL), standing)
    assert [(one.turn, one.reason) for one in found] == [
        (Turn.WILL_WAIT, reason),
        (Turn.SKIPPED, Reason.SECRET_MISSING),
        (Turn.WILL_TRY, None),
    ]
    assert (found[2].why, found[2].explanation) == ("", "")


@given(st.sampled_from(FAILURES), st.sets(st.sampled_from([Tier.API, Tier.WEB]), min_size=1))
def test_a_route_that_is_shut_at_its_turn_loses_it(code: Code, closed: set[Tier]) -> None:
    """Open at submission, shut when a worker comes: found out by an attempt that costs nothing."""
    shut = frozenset(closed)
    now = lifecycle.submit(registration(ALL), Moment(NOW)).registration
    standing = Standing(dict.fromkeys(shut, Reason.SECRET_MISSING))
    planned = plan(WHOLE, CONSUMER, course_of(now), standing)
    promised = [one.tier for one in planned if one.turn is not Turn.SKIPPED]
    sent: list[Tier] = []
    while now.state is State.PENDING and now.tier is not None:
        sent += [now.tier] if now.tier not in shut else []
        now = attempted(now, code, Moment(NOW, shut=shut)).registration
    assert sent == promised
    assert (planned[0].reason is Reason.SECRET_MISSING) == (Tier.API in shut)


def test_nothing_follows_the_last_route_or_a_foreign_one() -> None:
    """And the last of those that are shut is waited for."""
    assert following((Tier.API,), Tier.API) is None
    assert following((Tier.API,), Tier.WEB) is None
    assert following((), None) is None
    assert following((Tier.API, Tier.WEB), None, {Tier.API, Tier.WEB}) is Tier.WEB
    assert Planned(Tier.API, enabled=True, evidence="", turn=Turn.WILL_TRY).why == ""

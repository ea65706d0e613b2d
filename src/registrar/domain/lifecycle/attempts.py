"""An attempt from its claim to its outcome, or to the loss of its holder."""

from __future__ import annotations

from datetime import timedelta

from msgspec.structs import replace

from registrar.domain import policy
from registrar.domain.errors import OutcomeUnverified, StateConflict
from registrar.domain.lifecycle.endings import (
    Ending,
    after,
    failure_of,
    try_again,
    unclear,
    watched,
)
from registrar.domain.lifecycle.step import Moment, may_act, step
from registrar.domain.outcome import Effect, Outcome
from registrar.domain.plan import following
from registrar.domain.policy import Capabilities, Next
from registrar.domain.registration import (
    Attempt,
    AttemptState,
    EventKind,
    Failure,
    NextJob,
    Registration,
    State,
    Step,
    Transition,
    Trigger,
    WaitReason,
)


def submit(registration: Registration, moment: Moment) -> Transition:
    """A fresh registration (revision 0) becomes durable with its first event and job."""
    job = NextJob(Step.ATTEMPT, registration.not_before or timedelta(0))
    waits = job.at(moment.now) > moment.now
    return step(
        registration,
        moment,
        EventKind.SUBMITTED,
        job,
        {
            "state": State.WAITING if waits else State.PENDING,
            "wait_reason": WaitReason.NOT_BEFORE if waits else None,
            "tier": following(registration.allowed_tiers, None, moment.shut),
        },
    )


def start_attempt(
    before: Registration, moment: Moment, fence: int, version: str, trace_id: str = ""
) -> Transition:
    """The claim: lease, attempt and RUNNING in one write, with the marker where the tier has it.

    A tier that begins with nothing sent marks its own `point_of_no_return`.
    """
    if not may_act(before):
        raise OutcomeUnverified
    if before.tier is None:
        raise StateConflict
    number = before.attempt_count + 1
    trigger = Trigger.INITIAL if number == 1 else Trigger.RETRY
    if number > 1 and before.tier_attempts == 0 and before.tier is not before.allowed_tiers[0]:
        trigger = Trigger.FALLBACK
    attempt = Attempt(
        registration_id=before.id,
        tenant_id=before.tenant_id,
        number=number,
        tier=before.tier,
        trigger=trigger,
        state=AttemptState.RUNNING,
        effect=before.tier.begins,
        started_at=moment.now,
        connector_version=version,
        trace_id=trace_id,
    )
    done = step(
        before,
        moment,
        EventKind.ATTEMPT_STARTED,
        None,
        {
            "state": State.RUNNING,
            "wait_reason": None,
            "attempt_count": number,
            "tier_attempts": before.tier_attempts + 1,
            "connector_version": version,
        },
        attempt=attempt,
        fence=fence,
        detail={"tier": before.tier.value, "attempt": str(number), "trigger": trigger.value},
    )
    return replace(done, claim=True)


def point_of_no_return(
    before: Registration, attempt: Attempt, moment: Moment, fence: int
) -> Transition:
    """The *about to submit* marker, durable before the act itself. StateConflict: do not act."""
    if before.state is not State.RUNNING:
        raise StateConflict
    return step(
        before,
        moment,
        EventKind.POINT_OF_NO_RETURN,
        None,
        {"effect": Effect.UNKNOWN},
        attempt=replace(attempt, effect=Effect.UNKNOWN),
        fence=fence,
        keep_job=True,
        detail={"attempt": str(attempt.number)},
    )


def conclude(  # noqa: PLR0913, PLR0917 - the facts of an attempt's end
    before: Registration,
    attempt: Attempt,
    outcome: Outcome,
    caps: Capabilities,
    moment: Moment,
    fence: int,
) -> Transition:
    """The outcome of an attempt, with what it leads to."""
    outcome = _certain(attempt, outcome)
    chosen = policy.next_step(outcome)
    failure = None if chosen in policy.WELL else failure_of(outcome)
    free = chosen in policy.FREE
    spent = before if not free else replace(before, tier_attempts=max(0, before.tier_attempts - 1))
    ending = after(spent, outcome, caps, moment)
    ended = replace(
        attempt,
        state=AttemptState.ENDED,
        effect=outcome.effect,
        ended_at=moment.now,
        failure=failure,
        code=outcome.code.value,
        rule=outcome.rule,
    )
    changes = {
        "effect": outcome.effect,
        # Handed over: why the routes before it failed is still what matters.
        "failure": before.failure if chosen is Next.HAND_OVER else failure,
        "lost_leases": 0,
        "resend": False,
    }
    return step(
        spent,
        moment,
        EventKind.ATTEMPT_ENDED,
        ending.job,
        changes | ending.changes,
        attempt=ended,
        fence=fence,
        detail={
            "attempt": str(attempt.number),
            "tier": attempt.tier.value,
            "code": outcome.code.value,
            "effect": outcome.effect.value,
            "reference": outcome.reference,
        },
    )


def _certain(attempt: Attempt, outcome: Outcome) -> Outcome:
    """Before its point of no return an attempt leaves no doubt behind."""
    if attempt.effect is Effect.UNKNOWN or outcome.effect is not Effect.UNKNOWN:
        return outcome
    return replace(outcome, effect=Effect.NOT_SENT)


def lose_lease(
    before: Registration,
    running: Attempt | None,
    caps: Capabilities,
    moment: Moment,
    fence: int,
) -> Transition:
    """The holder vanished. Past the marker the effect is unknown; three times is poison."""
    lost = before.lost_leases + 1
    # What a person does by hand is no attempt, whatever an older release has written of it.
    passed = running is not None and running.tier.sends and running.effect is Effect.UNKNOWN
    # An earlier send under the same key may still be unclear.
    doubtful = passed or (running is not None and before.resend)
    attempt = running and replace(
        running,
        state=AttemptState.LOST,
        effect=Effect.UNKNOWN if doubtful else Effect.NOT_SENT,
        ended_at=moment.now,
    )
    effect = Effect.UNKNOWN if doubtful else before.effect
    if before.state is State.ACTION_REQUIRED:
        # It was only watched: a person has it, and goes on without us.
        ending = Ending({}, watched(caps) if lost < policy.MAX_LOST_LEASES else None)
    elif lost >= policy.MAX_LOST_LEASES:
        failure = Failure("poison", "poison", "Three workers vanished while holding this job.")
        ending = Ending({"state": State.FAILED, "failure": failure, "effect": effect}, None)
    elif doubtful:
        ending = unclear(before, caps, moment)
    elif running and before.state is State.CANCELLING:
        ending = Ending({"state": State.CANCELLED, "wait_reason": None}, None)
    elif running:
        ending = try_again(before, caps, moment)
    else:
        ending = Ending({}, NextJob(Step.VERIFY))
    return step(
        before,
        moment,
        EventKind.LEASE_LOST,
        ending.job,
        {"lost_leases": lost} | ending.changes,
        attempt=attempt,
        fence=fence,
        detail={"lost": str(lost), "tier": attempt.tier.value if attempt else ""},
    )

"""The state machine: pure functions from a registration and a fact to one durable transition.

The fallback gate lives here: `settled` guards every other tier, every retry and every cancel,
`may_act` every new attempt. A transition's events
are numbered from the registration's revision, so the sequence has no gaps.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from registrar.domain import policy
from registrar.domain.errors import OutcomeUnverified, StateConflict
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import Capabilities, Next
from registrar.domain.registration import (
    Action,
    ActionKind,
    Attempt,
    AttemptState,
    Event,
    EventKind,
    Failure,
    NextJob,
    Registration,
    Result,
    State,
    Step,
    Transition,
    Trigger,
    WaitReason,
)

_SAFE = frozenset({Effect.NOT_SENT, Effect.REFUSED})


@dataclass(frozen=True, slots=True)
class Moment:
    """When and by whom; `jitter` in [0, 1) spreads retries."""

    now: datetime
    actor: str = "worker"
    jitter: float = 0.5


def settled(registration: Registration) -> bool:
    """The manufacturer certainly has nothing of this registration."""
    return registration.effect in _SAFE


def may_act(registration: Registration) -> bool:
    """Settled, or the manufacturer itself tells a repetition by its key."""
    return settled(registration) or registration.resend


def _event(
    after: Registration, sequence: int, kind: EventKind, moment: Moment, **detail: str
) -> Event:
    return Event(
        registration_id=after.id,
        tenant_id=after.tenant_id,
        sequence=sequence,
        at=moment.now,
        kind=kind,
        actor=moment.actor,
        state=after.state,
        detail={key: value for key, value in detail.items() if value},
    )


def _step(  # noqa: PLR0913 - a transition has this many parts
    before: Registration,
    moment: Moment,
    kind: EventKind,
    job: NextJob | None,
    changes: dict[str, Any],
    *,
    attempt: Attempt | None = None,
    fence: int | None = None,
    keep_job: bool = False,
    detail: dict[str, str] | None = None,
) -> Transition:
    revision = before.revision + 1
    due = job.run_at if job else None
    after = replace(
        before,
        **changes,
        revision=revision,
        updated_at=moment.now,
        next_attempt_at=before.next_attempt_at if keep_job else due,
    )
    event = _event(after, revision, kind, moment, **(detail or {}))
    return Transition(
        after, before.revision, (event,), job, attempt=attempt, fence=fence, keep_job=keep_job
    )


def submit(registration: Registration, moment: Moment) -> Transition:
    """A fresh registration (revision 0) becomes durable with its first event and job."""
    start = max(moment.now, registration.not_before or moment.now)
    waits = start > moment.now
    return _step(
        registration,
        moment,
        EventKind.SUBMITTED,
        NextJob(Step.ATTEMPT, start),
        {
            "state": State.WAITING if waits else State.PENDING,
            "wait_reason": WaitReason.NOT_BEFORE if waits else None,
            "tier": registration.allowed_tiers[0],
        },
    )


def start_attempt(
    before: Registration, moment: Moment, fence: int, version: str, trace_id: str = ""
) -> Transition:
    """The claim: lease, attempt, RUNNING and the *about to submit* marker in one write."""
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
        effect=Effect.UNKNOWN,
        started_at=moment.now,
        connector_version=version,
        trace_id=trace_id,
    )
    done = _step(
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


def start_check(before: Registration, fence: int) -> Transition:
    """Claim for a read-only look-up: takes the lease, changes nothing callers see."""
    return Transition(before, before.revision, (), None, fence=fence, claim=True)


def _failure(outcome: Outcome) -> Failure:
    return Failure(
        category=outcome.code.value.split(".", maxsplit=1)[0],
        code=outcome.code.value,
        message=outcome.message,
        user_guidance=outcome.user_message,
        raw_code=outcome.raw_code,
        field=outcome.field,
    )


@dataclass(frozen=True, slots=True)
class _Ending:
    """What an attempt or look-up leads to."""

    changes: dict[str, Any]
    job: NextJob | None


def _succeed(result: Result, reference: str) -> _Ending:
    changes: dict[str, Any] = {
        "state": State.SUCCEEDED,
        "result": result,
        "effect": Effect.ACCEPTED,
        "failure": None,
        "wait_reason": None,
    }
    if reference:
        changes["manufacturer_reference"] = reference
    return _Ending(changes, None)


def _ask(kind: ActionKind, guidance: str, field: str = "") -> _Ending:
    action = Action(kind, guidance, field)
    return _Ending({"state": State.ACTION_REQUIRED, "action": action, "wait_reason": None}, None)


def _confirm() -> _Ending:
    return _ask(
        ActionKind.CONFIRM_OUTCOME,
        "The manufacturer may already have registered this product. Look there before a retry.",
    )


def _wait(reason: WaitReason, run_at: datetime, **changes: Any) -> _Ending:  # noqa: ANN401
    changes |= {"state": State.WAITING, "wait_reason": reason}
    return _Ending(changes, NextJob(Step.ATTEMPT, run_at))


def _give_up(before: Registration, moment: Moment, final: State) -> _Ending:
    """The tier is spent and nothing was accepted: the next tier, else the final state."""
    tiers = before.allowed_tiers
    index = tiers.index(before.tier) + 1 if before.tier in tiers else len(tiers)
    if index >= len(tiers):
        return _Ending({"state": final, "wait_reason": None}, None)
    following = tiers[index]
    if following is Tier.MANUAL:
        asked = _ask(ActionKind.FILE_MANUALLY, "Register the product at the manufacturer by hand.")
        return _Ending(asked.changes | {"tier": following}, None)
    changes = {"state": State.PENDING, "wait_reason": None, "tier": following, "tier_attempts": 0}
    return _Ending(changes, NextJob(Step.ATTEMPT, moment.now))


def _retry(before: Registration, caps: Capabilities, moment: Moment) -> _Ending:
    if before.tier_attempts >= caps.max_attempts:
        return _give_up(before, moment, State.FAILED)
    pause = policy.backoff(before.tier_attempts, moment.jitter)
    return _wait(WaitReason.RETRY_BACKOFF, moment.now + pause)


def _same_key(before: Registration, step: Next, caps: Capabilities, moment: Moment) -> _Ending:
    """Unclear, and the key makes repeating safe: on this tier only, then a person."""
    doubt = {"effect": Effect.UNKNOWN, "resend": True}
    if step is Next.ASK or step is Next.FALL_BACK or before.tier_attempts >= caps.max_attempts:
        return _Ending(_confirm().changes | doubt | {"resend": False}, None)
    reason = WaitReason.RETRY_BACKOFF if step is Next.RETRY else WaitReason.RATE_LIMITED
    pause = policy.backoff(max(before.tier_attempts, 1), moment.jitter)
    again = _wait(reason, moment.now + pause)
    return _Ending(again.changes | doubt, again.job)


def _unclear(before: Registration, caps: Capabilities, moment: Moment) -> _Ending:
    """The manufacturer may have acted: look it up, or lean on its key, or ask a person."""
    unknown = {"effect": Effect.UNKNOWN, "absences": 0, "checks": 0}
    if caps.verify != "none":
        state = State.CANCELLING if before.state is State.CANCELLING else State.VERIFYING
        job = NextJob(Step.VERIFY, moment.now)
        return _Ending(unknown | {"state": state, "wait_reason": None}, job)
    if caps.resend_is_safe and before.state is not State.CANCELLING:
        # The same key again is the look-up: the manufacturer answers with what it did before.
        return _same_key(before, Next.RETRY, caps, moment)
    asked = _confirm()
    return _Ending(asked.changes | unknown, None)


def _await(before: Registration, outcome: Outcome, caps: Capabilities, moment: Moment) -> _Ending:
    cancelling = before.state is State.CANCELLING
    changes: dict[str, Any] = {
        "state": State.CANCELLING if cancelling else State.AWAITING_CONFIRMATION,
        "effect": Effect.ACCEPTED,
        "awaiting_since": moment.now,
        "wait_reason": None,
    }
    if outcome.reference:
        changes["manufacturer_reference"] = outcome.reference
    return _Ending(changes, NextJob(Step.VERIFY, moment.now + caps.poll_interval))


def _hold(before: Registration, moment: Moment, outcome: Outcome) -> _Ending:
    tiers = before.allowed_tiers
    if before.tier in tiers and before.tier is not tiers[-1]:
        return _give_up(before, moment, State.FAILED)
    pause = outcome.retry_after or policy.HOLD_FOR
    return _wait(WaitReason.CONNECTOR_PAUSED, moment.now + pause)


def _ending(  # noqa: PLR0911 - one return a next step
    before: Registration, outcome: Outcome, caps: Capabilities, moment: Moment
) -> _Ending:
    step = policy.next_step(outcome)
    if step is Next.SUCCEED:
        same = outcome.code is Code.DUPLICATE_SAME_OWNER
        return _succeed(Result.ALREADY_REGISTERED if same else Result.REGISTERED, outcome.reference)
    if step is Next.AWAIT:
        return _await(before, outcome, caps, moment)
    if step is Next.VERIFY:
        return _unclear(before, caps, moment)
    if before.resend:
        return _same_key(before, step, caps, moment)
    if before.state is State.CANCELLING:
        return _Ending({"state": State.CANCELLED, "wait_reason": None}, None)
    if step is Next.ASK:
        return _ask(ActionKind.PROVIDE_DATA, outcome.user_message or outcome.message, outcome.field)
    if step is Next.FALL_BACK:
        return _give_up(before, moment, State.REJECTED)
    if step is Next.HOLD:
        return _hold(before, moment, outcome)
    if step is Next.DEFER:
        pause = outcome.retry_after or policy.backoff(3, moment.jitter)
        return _wait(WaitReason.RATE_LIMITED, moment.now + pause)
    return _retry(before, caps, moment)


def conclude(  # noqa: PLR0913, PLR0917 - the facts of an attempt's end
    before: Registration,
    attempt: Attempt,
    outcome: Outcome,
    caps: Capabilities,
    moment: Moment,
    fence: int,
) -> Transition:
    """The outcome of an attempt, with what it leads to."""
    success = policy.next_step(outcome) in {Next.SUCCEED, Next.AWAIT}
    failure = None if success else _failure(outcome)
    free = policy.next_step(outcome) in policy.FREE
    spent = before if not free else replace(before, tier_attempts=max(0, before.tier_attempts - 1))
    ending = _ending(spent, outcome, caps, moment)
    ended = replace(
        attempt,
        state=AttemptState.ENDED,
        effect=outcome.effect,
        ended_at=moment.now,
        failure=failure,
        code=outcome.code.value,
        rule=outcome.rule,
    )
    changes = {"effect": outcome.effect, "failure": failure, "lost_leases": 0, "resend": False}
    return _step(
        spent,
        moment,
        EventKind.ATTEMPT_ENDED,
        ending.job,
        changes | ending.changes,
        attempt=ended,
        fence=fence,
        detail={
            "attempt": str(attempt.number),
            "code": outcome.code.value,
            "effect": outcome.effect.value,
            "reference": outcome.reference,
        },
    )


def _absent(before: Registration, caps: Capabilities, moment: Moment) -> _Ending:
    absences = before.absences + 1
    if absences < caps.absences_needed:
        job = NextJob(Step.VERIFY, moment.now + caps.absence_delay)
        return _Ending({"absences": absences}, job)
    cleared = {"absences": 0, "checks": 0, "effect": Effect.NOT_SENT}
    if before.state is State.CANCELLING:
        return _Ending(cleared | {"state": State.CANCELLED}, None)
    again = _retry(before, caps, moment)
    return _Ending(again.changes | cleared, again.job)


def _pending(
    before: Registration, found: Verification, caps: Capabilities, moment: Moment
) -> _Ending:
    since = before.awaiting_since or moment.now
    if moment.now - since > caps.confirmation_deadline:
        return _confirm()
    pause = found.retry_after or caps.poll_interval
    changes: dict[str, Any] = {"awaiting_since": since}
    if before.state is State.VERIFYING:
        changes |= {"state": State.AWAITING_CONFIRMATION, "effect": Effect.ACCEPTED}
    return _Ending(changes, NextJob(Step.VERIFY, moment.now + pause))


def _no_answer(before: Registration, found: Verification, moment: Moment) -> _Ending:
    checks = before.checks + 1
    if checks >= policy.MAX_CHECKS:
        return _confirm()
    pause = found.retry_after or policy.backoff(checks, moment.jitter)
    return _Ending({"checks": checks}, NextJob(Step.VERIFY, moment.now + pause))


def _refused(
    before: Registration, found: Verification, caps: Capabilities, moment: Moment
) -> _Ending:
    outcome = found.outcome or Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED, found.message)
    outcome = replace(outcome, effect=Effect.REFUSED)
    ending = _ending(before, outcome, caps, moment)
    return _Ending(
        {"effect": Effect.REFUSED, "failure": _failure(outcome)} | ending.changes, ending.job
    )


def check(
    before: Registration, found: Verification, caps: Capabilities, moment: Moment, fence: int
) -> Transition:
    """The answer of a look-up, with what it leads to."""
    verdict = found.verdict
    if verdict is Verdict.ABSENT and before.effect is Effect.ACCEPTED:
        # Accepted and not yet listed is no absence: an asynchronous manufacturer is still at work.
        verdict = Verdict.PENDING
    if verdict is Verdict.FOUND:
        ending = _succeed(Result.REGISTERED, found.reference)
    elif verdict is Verdict.ABSENT:
        ending = _absent(before, caps, moment)
    elif verdict is Verdict.PENDING:
        ending = _pending(before, found, caps, moment)
    elif verdict is Verdict.REFUSED:
        ending = _refused(before, found, caps, moment)
    else:
        ending = _no_answer(before, found, moment)
    return _step(
        before,
        moment,
        EventKind.VERIFIED,
        ending.job,
        {"lost_leases": 0} | ending.changes,
        fence=fence,
        detail={"verdict": verdict.value, "reference": found.reference},
    )


def lose_lease(
    before: Registration,
    running: Attempt | None,
    caps: Capabilities,
    moment: Moment,
    fence: int,
) -> Transition:
    """The holder vanished. Past the marker the effect is unknown; three times is poison."""
    lost = before.lost_leases + 1
    attempt = running and replace(
        running, state=AttemptState.LOST, effect=Effect.UNKNOWN, ended_at=moment.now
    )
    effect = Effect.UNKNOWN if running else before.effect
    if lost >= policy.MAX_LOST_LEASES:
        failure = Failure("poison", "poison", "Three workers vanished while holding this job.")
        ending = _Ending({"state": State.FAILED, "failure": failure, "effect": effect}, None)
    elif running:
        ending = _unclear(before, caps, moment)
    else:
        ending = _Ending({}, NextJob(Step.VERIFY, moment.now))
    return _step(
        before,
        moment,
        EventKind.LEASE_LOST,
        ending.job,
        {"lost_leases": lost} | ending.changes,
        attempt=attempt,
        fence=fence,
        detail={"lost": str(lost)},
    )


def cancel(before: Registration, reason: str, moment: Moment) -> Transition:
    """Best effort: at once where nothing is under way, else the manufacturer's answer decides."""
    if before.state.terminal or before.state is State.CANCELLING:
        raise StateConflict
    idle = {State.PENDING, State.WAITING, State.ACTION_REQUIRED}
    at_once = before.state in idle and settled(before)
    if before.state in idle and not at_once:
        raise OutcomeUnverified
    cancelled = {"state": State.CANCELLED, "action": None, "wait_reason": None}
    return _step(
        before,
        moment,
        EventKind.CANCEL_REQUESTED,
        None,
        cancelled if at_once else {"state": State.CANCELLING},
        keep_job=not at_once,
        detail={"reason": reason},
    )


def retry(before: Registration, moment: Moment, *, acknowledge_duplicate_risk: bool) -> Transition:
    """A person asks for another try, from FAILED or ACTION_REQUIRED."""
    if before.state not in {State.FAILED, State.ACTION_REQUIRED}:
        raise StateConflict
    if not settled(before) and not acknowledge_duplicate_risk:
        raise OutcomeUnverified
    return _step(
        before,
        moment,
        EventKind.RETRY_REQUESTED,
        NextJob(Step.ATTEMPT, moment.now),
        {
            "state": State.PENDING,
            "tier": before.allowed_tiers[0],
            "tier_attempts": 0,
            "lost_leases": 0,
            "absences": 0,
            "checks": 0,
            "effect": Effect.NOT_SENT,
            "resend": False,
            "action": None,
            "failure": None,
            "awaiting_since": None,
        },
        detail={"acknowledged": "true"} if not settled(before) else {},
    )


def pass_deadline(before: Registration, moment: Moment) -> Transition:
    """complete_by has passed: a person, if the effect is unclear or the manual tier is allowed."""
    failure = Failure("deadline", "deadline_exceeded", "Not finished before complete_by.")
    if not settled(before):
        ending = _confirm()
    elif before.state is State.CANCELLING:
        ending = _Ending({"state": State.CANCELLED}, None)
    elif Tier.MANUAL in before.allowed_tiers:
        asked = _ask(ActionKind.FILE_MANUALLY, "Register the product at the manufacturer by hand.")
        ending = _Ending(asked.changes | {"tier": Tier.MANUAL}, None)
    else:
        ending = _Ending({"state": State.FAILED, "wait_reason": None}, None)
    return _step(
        before,
        moment,
        EventKind.DEADLINE_PASSED,
        ending.job,
        {"failure": failure} | ending.changes,
    )

"""Look-ups: whether the manufacturer has it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from registrar.domain import policy
from registrar.domain.lifecycle.endings import (
    Ending,
    after,
    confirm,
    failure_of,
    succeed,
    try_again,
)
from registrar.domain.lifecycle.step import Moment, step
from registrar.domain.outcome import Code, Effect, Outcome, Verdict, Verification
from registrar.domain.policy import Capabilities
from registrar.domain.registration import (
    EventKind,
    NextJob,
    Registration,
    Result,
    State,
    Step,
    Transition,
)


def start_check(before: Registration, fence: int) -> Transition:
    """Claim for a read-only look-up: takes the lease, changes nothing callers see."""
    return Transition(before, before.revision, (), None, fence=fence, claim=True)


def defer_check(before: Registration, wait: timedelta, fence: int) -> Transition:
    """The manufacturer cannot be asked now: no check is spent, and callers see no change."""
    return Transition(before, before.revision, (), NextJob(Step.VERIFY, wait), fence=fence)


def check(
    before: Registration, found: Verification, caps: Capabilities, moment: Moment, fence: int
) -> Transition:
    """The answer of a look-up, with what it leads to."""
    verdict = found.verdict
    if before.state is State.ACTION_REQUIRED:
        return _told(before, found, _meanwhile(found, caps), moment, fence)
    if verdict is Verdict.ABSENT and before.effect is Effect.ACCEPTED:
        # Accepted and not yet listed is no absence: an asynchronous manufacturer is still at work.
        verdict = Verdict.PENDING
    if verdict is Verdict.FOUND:
        ending = succeed(Result.REGISTERED, found.reference)
    elif verdict is Verdict.ABSENT:
        ending = _absent(before, caps, moment)
    elif verdict is Verdict.PENDING:
        ending = _pending(before, found, caps, moment)
    elif verdict is Verdict.REFUSED:
        ending = _refused(before, found, caps, moment)
    else:
        ending = _no_answer(before, found, moment)
    return _told(before, replace(found, verdict=verdict), ending, moment, fence)


def _told(
    before: Registration, found: Verification, ending: Ending, moment: Moment, fence: int
) -> Transition:
    return step(
        before,
        moment,
        EventKind.VERIFIED,
        ending.job,
        {"lost_leases": 0} | ending.changes,
        fence=fence,
        detail={"verdict": found.verdict.value, "reference": found.reference},
    )


def _meanwhile(found: Verification, caps: Capabilities) -> Ending:
    """A person has been asked: nothing but the manufacturer's own word changes that."""
    if found.verdict is Verdict.FOUND:
        done = succeed(Result.MANUALLY_COMPLETED, found.reference)
        return Ending(done.changes | {"action": None}, None)
    if caps.watch_interval is None:
        return Ending({}, None)
    pause = max(caps.watch_interval, found.retry_after or caps.watch_interval)
    return Ending({}, NextJob(Step.VERIFY, pause))


def _absent(before: Registration, caps: Capabilities, moment: Moment) -> Ending:
    absences = before.absences + 1
    if absences < caps.absences_needed:
        job = NextJob(Step.VERIFY, caps.absence_delay)
        return Ending({"absences": absences}, job)
    cleared = {"absences": 0, "checks": 0, "effect": Effect.NOT_SENT}
    if before.state is State.CANCELLING:
        return Ending(cleared | {"state": State.CANCELLED}, None)
    again = try_again(before, caps, moment)
    return Ending(again.changes | cleared, again.job)


def _pending(
    before: Registration, found: Verification, caps: Capabilities, moment: Moment
) -> Ending:
    since = before.awaiting_since or moment.now
    if moment.now - since > caps.confirmation_deadline:
        return confirm()
    pause = found.retry_after or caps.poll_interval
    changes: dict[str, Any] = {"awaiting_since": since}
    if before.state is State.VERIFYING:
        changes |= {"state": State.AWAITING_CONFIRMATION, "effect": Effect.ACCEPTED}
    return Ending(changes, NextJob(Step.VERIFY, pause))


def _no_answer(before: Registration, found: Verification, moment: Moment) -> Ending:
    checks = before.checks + 1
    if checks >= policy.MAX_CHECKS:
        return confirm()
    pause = found.retry_after or policy.backoff(checks, moment.jitter)
    return Ending({"checks": checks}, NextJob(Step.VERIFY, pause))


def _refused(
    before: Registration, found: Verification, caps: Capabilities, moment: Moment
) -> Ending:
    outcome = found.outcome or Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED, found.message)
    outcome = replace(outcome, effect=Effect.REFUSED)
    ending = after(before, outcome, caps, moment)
    return Ending(
        {"effect": Effect.REFUSED, "failure": failure_of(outcome)} | ending.changes, ending.job
    )

"""What people and deadlines do to a registration."""

from __future__ import annotations

from datetime import UTC, datetime

from msgspec.structs import replace

from registrar.domain.errors import OutcomeUnverified, StateConflict
from registrar.domain.lifecycle.endings import Ending, confirm, file_manually
from registrar.domain.lifecycle.step import Moment, settled, step
from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import (
    EventKind,
    Failure,
    NextJob,
    Registration,
    State,
    Step,
    Transition,
    WaitReason,
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
    return step(
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
    return step(
        before,
        moment,
        EventKind.RETRY_REQUESTED,
        NextJob(Step.ATTEMPT),
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


FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""When a job is due whose connector was paused without an end: a resumption makes it due."""


def pause(before: Registration, until: datetime | None, moment: Moment, fence: int) -> Transition:
    """An operator has paused its connector: nothing is sent meanwhile, and no attempt is spent."""
    made = step(
        before,
        moment,
        EventKind.STATE_CHANGED,
        NextJob(Step.ATTEMPT, until or FOREVER, paused=True),
        {"state": State.WAITING, "wait_reason": WaitReason.CONNECTOR_PAUSED},
        fence=fence,
        # Not the operator's own words: they were not written for callers.
        detail={"reason": "connector_paused"},
    )
    return replace(made, registration=replace(made.registration, next_attempt_at=until))


def pass_deadline(before: Registration, moment: Moment) -> Transition:
    """complete_by has passed: a person, if the effect is unclear or the manual tier is allowed."""
    failure = Failure("deadline", "deadline_exceeded", "Not finished before complete_by.")
    if before.state is State.ACTION_REQUIRED:
        # A person has been asked already: only the watching ends.
        return step(before, moment, EventKind.DEADLINE_PASSED, None, {})
    if not settled(before):
        ending = confirm()
    elif before.state is State.CANCELLING:
        ending = Ending({"state": State.CANCELLED}, None)
    elif Tier.MANUAL in before.allowed_tiers:
        ending = Ending(file_manually().changes | {"tier": Tier.MANUAL}, None)
    else:
        ending = Ending({"state": State.FAILED, "wait_reason": None}, None)
    return step(
        before,
        moment,
        EventKind.DEADLINE_PASSED,
        ending.job,
        {"failure": failure} | ending.changes,
    )

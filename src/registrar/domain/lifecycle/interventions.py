"""What people and deadlines do to a registration."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from msgspec.structs import replace

from registrar.domain.dead_letter import is_dead
from registrar.domain.errors import OutcomeUnverified, StateConflict
from registrar.domain.lifecycle import endings
from registrar.domain.lifecycle.endings import Ending, confirm, file_manually, succeed
from registrar.domain.lifecycle.step import Moment, settled, step
from registrar.domain.outcome import Effect, Tier
from registrar.domain.plan import following
from registrar.domain.registration import (
    ActionKind,
    EventKind,
    Failure,
    NextJob,
    Registration,
    Result,
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
    if before.state not in {State.FAILED, State.ACTION_REQUIRED} or before.erased_at is not None:
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
            "tier": following(before.allowed_tiers, None, moment.shut),
            "tier_attempts": 0,
            "lost_leases": 0,
            "absences": 0,
            "checks": 0,
            "effect": Effect.NOT_SENT,
            "resend": False,
            "action": None,
            "failure": None,
            "awaiting_since": None,
            "abandoned_at": None,
            "successor_id": "",
        },
        detail={"acknowledged": "true"} if not settled(before) else {},
    )


BY_A_PERSON = frozenset(
    {ActionKind.FILE_MANUALLY, ActionKind.CONFIRM_OUTCOME, ActionKind.SOLVE_CHALLENGE}
)
"""What a person can bring to an end; data that is lacking is mended instead."""
GIVEN_UP = "given_up"
"""Code of the failure that a person's giving up leaves."""


def complete(
    before: Registration, reference: str, registered_on: date | None, moment: Moment
) -> Transition:
    """A person has found or made the registration at the manufacturer, and says so."""
    _check_asked(before)
    on = registered_on.isoformat() if registered_on else ""
    return step(
        before,
        moment,
        EventKind.MANUALLY_COMPLETED,
        None,
        succeed(Result.MANUALLY_COMPLETED, reference).changes | {"action": None},
        detail={"reference": reference, "registered_on": on},
    )


def give_up(before: Registration, reason: str, moment: Moment) -> Transition:
    """A person will not go on. What the manufacturer may have seen stays known: see `retry`."""
    _check_asked(before)
    failure = Failure(GIVEN_UP, GIVEN_UP, "A person gave up registering it by hand.")
    return step(
        before,
        moment,
        EventKind.GAVE_UP,
        None,
        {"state": State.FAILED, "action": None, "failure": failure},
        detail={"reason": reason},
    )


def abandon(before: Registration, reason: str, moment: Moment) -> Transition:
    """Nobody will do anything about this failure. It stays FAILED, and can still be retried."""
    if not is_dead(before):
        raise StateConflict
    return step(
        before,
        moment,
        EventKind.ABANDONED,
        None,
        {"abandoned_at": moment.now},
        detail={"reason": reason},
    )


def _check_asked(before: Registration) -> None:
    asked = before.action.kind if before.action else None
    if before.state is not State.ACTION_REQUIRED or asked not in BY_A_PERSON:
        raise StateConflict


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


NEWS = timedelta(minutes=1)
"""A wait as long as this is told each time."""


def defer(
    before: Registration, reason: WaitReason, wait: timedelta, moment: Moment, fence: int
) -> Transition:
    """Its manufacturer cannot be asked now: nothing was sent, and no attempt is spent.

    Callers hear once that it waits for a reason, and again where it will be for longer.
    """
    if before.state is State.WAITING and before.wait_reason is reason and wait < NEWS:
        return Transition(before, before.revision, (), NextJob(Step.ATTEMPT, wait), fence=fence)
    return step(
        before,
        moment,
        EventKind.STATE_CHANGED,
        NextJob(Step.ATTEMPT, wait),
        {"state": State.WAITING, "wait_reason": reason},
        fence=fence,
        detail={"reason": reason.value},
    )


def pass_by(before: Registration, moment: Moment, fence: int) -> Transition:
    """The system has stopped its route: on to the next one, and no attempt is spent.

    It waits where there is no other route, or where an earlier attempt has left a doubt.
    """
    ending = endings.give_up(before, State.FAILED, moment)
    if ending.job is None or not settled(before) or before.resend:
        return pause(before, None, moment, fence)
    return step(
        before,
        moment,
        EventKind.STATE_CHANGED,
        ending.job,
        ending.changes,
        fence=fence,
        detail={"reason": "connector_stopped"},
    )


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

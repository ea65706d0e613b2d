"""What an attempt or a look-up leads to: one function an ending, and `after`, which chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from registrar.domain import policy
from registrar.domain.lifecycle.step import Moment
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.plan import following
from registrar.domain.policy import Capabilities, Next
from registrar.domain.registration import (
    Action,
    ActionKind,
    Failure,
    NextJob,
    Registration,
    Result,
    State,
    Step,
    WaitReason,
)

BY_HAND = "Register the product at the manufacturer by hand."
PAST_IT = "The manufacturer wants to be sure of a person: register the product there by hand."


@dataclass(frozen=True, slots=True)
class Ending:
    """The registration's changed fields, and the next job; None parks it."""

    changes: dict[str, Any]
    job: NextJob | None


def failure_of(outcome: Outcome) -> Failure:
    """As callers are told."""
    return Failure(
        category=outcome.code.value.split(".", maxsplit=1)[0],
        code=outcome.code.value,
        message=outcome.message,
        user_guidance=outcome.user_message,
        raw_code=outcome.raw_code,
        field=outcome.field,
    )


def succeed(result: Result, reference: str) -> Ending:
    """The manufacturer has it."""
    changes: dict[str, Any] = {
        "state": State.SUCCEEDED,
        "result": result,
        "effect": Effect.ACCEPTED,
        "failure": None,
        "wait_reason": None,
    }
    if reference:
        changes["manufacturer_reference"] = reference
    return Ending(changes, None)


def ask(kind: ActionKind, guidance: str, field: str = "") -> Ending:
    """A person goes on."""
    action = Action(kind, guidance, field)
    return Ending({"state": State.ACTION_REQUIRED, "action": action, "wait_reason": None}, None)


def file_manually(guidance: str = "", caps: Capabilities | None = None) -> Ending:
    """A person registers the product; where a look-up can tell, it is watched meanwhile.

    The manufacturer's guide is shown with the registration.
    """
    asked = ask(ActionKind.FILE_MANUALLY, guidance or BY_HAND)
    return Ending(asked.changes, watched(caps) if caps else None)


def watched(caps: Capabilities) -> NextJob | None:
    """The next look at what a person may have done."""
    return NextJob(Step.VERIFY, caps.watch_interval) if caps.watch_interval else None


def confirm() -> Ending:
    """A person finds out what nobody here can tell."""
    return ask(
        ActionKind.CONFIRM_OUTCOME,
        "The manufacturer may already have registered this product. Look there before a retry.",
    )


def _wait(reason: WaitReason, pause: timedelta, **changes: Any) -> Ending:  # noqa: ANN401 - any field of a registration
    changes |= {"state": State.WAITING, "wait_reason": reason}
    return Ending(changes, NextJob(Step.ATTEMPT, pause))


def give_up(before: Registration, final: State, moment: Moment) -> Ending:
    """The tier is spent and nothing was accepted: the next tier, else the final state."""
    tier = _after(before, moment)
    if tier is None:
        return Ending({"state": final, "wait_reason": None}, None)
    changes = {
        "state": State.PENDING,
        "wait_reason": None,
        "tier": tier,
        "tier_attempts": 0,
    }
    return Ending(changes, NextJob(Step.ATTEMPT))


def _after(before: Registration, moment: Moment) -> Tier | None:
    return following(before.allowed_tiers, before.tier, moment.shut) if before.tier else None


def try_again(
    before: Registration, caps: Capabilities, moment: Moment, told: timedelta | None = None
) -> Ending:
    """On the same tier after a pause, at least as `told`, as long as it has attempts left."""
    if before.tier_attempts >= caps.max_attempts:
        return give_up(before, State.FAILED, moment)
    pause = policy.backoff(before.tier_attempts, moment.jitter, told)
    return _wait(WaitReason.RETRY_BACKOFF, pause)


def _same_key(before: Registration, step: Next, caps: Capabilities, moment: Moment) -> Ending:
    """Unclear, and the key makes repeating safe: on this tier only, then a person."""
    doubt = {"effect": Effect.UNKNOWN, "resend": True}
    if (
        step in {Next.ASK, Next.FALL_BACK, Next.CHALLENGE}
        or before.tier_attempts >= caps.max_attempts
    ):
        return Ending(confirm().changes | doubt | {"resend": False}, None)
    reason = WaitReason.RETRY_BACKOFF if step is Next.RETRY else WaitReason.RATE_LIMITED
    pause = policy.backoff(max(before.tier_attempts, 1), moment.jitter)
    again = _wait(reason, pause)
    return Ending(again.changes | doubt, again.job)


def unclear(before: Registration, caps: Capabilities, moment: Moment) -> Ending:
    """The manufacturer may have acted: look it up, or lean on its key, or ask a person."""
    unknown = {"effect": Effect.UNKNOWN, "absences": 0, "checks": 0}
    if caps.verify != "none":
        state = State.CANCELLING if before.state is State.CANCELLING else State.VERIFYING
        job = NextJob(Step.VERIFY)
        return Ending(unknown | {"state": state, "wait_reason": None}, job)
    if caps.resend_is_safe and before.state is not State.CANCELLING:
        # The same key again is the look-up: the manufacturer answers with what it did before.
        return _same_key(before, Next.RETRY, caps, moment)
    asked = confirm()
    return Ending(asked.changes | unknown, None)


def _await(before: Registration, outcome: Outcome, caps: Capabilities, moment: Moment) -> Ending:
    cancelling = before.state is State.CANCELLING
    changes: dict[str, Any] = {
        "state": State.CANCELLING if cancelling else State.AWAITING_CONFIRMATION,
        "effect": Effect.ACCEPTED,
        "awaiting_since": moment.now,
        "wait_reason": None,
    }
    if outcome.reference:
        changes["manufacturer_reference"] = outcome.reference
    return Ending(changes, NextJob(Step.VERIFY, caps.poll_interval))


def _hold(before: Registration, outcome: Outcome, moment: Moment) -> Ending:
    if _after(before, moment) is not None:
        return give_up(before, State.FAILED, moment)
    pause = outcome.retry_after or policy.HOLD_FOR
    return _wait(WaitReason.CONNECTOR_PAUSED, pause)


def _to_a_person(
    before: Registration, step: Next, outcome: Outcome, caps: Capabilities, moment: Moment
) -> Ending:
    if step is Next.ASK and _at_the_form(before, outcome):
        return give_up(before, State.REJECTED, moment)
    if step is Next.HAND_OVER:
        return file_manually(outcome.user_message, caps)
    if step is Next.CHALLENGE:
        return ask(ActionKind.SOLVE_CHALLENGE, outcome.user_message or PAST_IT)
    return ask(ActionKind.PROVIDE_DATA, outcome.user_message or outcome.message, outcome.field)


def _at_the_form(before: Registration, outcome: Outcome) -> bool:
    """A form wants what the record does not say: a person who fills it by hand knows."""
    by_hand = before.tier is Tier.WEB and Tier.MANUAL in before.allowed_tiers
    return by_hand and outcome.code is Code.INVALID_FIELD and outcome.effect is Effect.NOT_SENT


def after(  # noqa: PLR0911 - one return a next step
    before: Registration, outcome: Outcome, caps: Capabilities, moment: Moment
) -> Ending:
    """What this outcome leads to, by `policy.next_step`."""
    step = policy.next_step(outcome)
    if step is Next.SUCCEED:
        same = outcome.code is Code.DUPLICATE_SAME_OWNER
        return succeed(Result.ALREADY_REGISTERED if same else Result.REGISTERED, outcome.reference)
    if step is Next.AWAIT:
        return _await(before, outcome, caps, moment)
    if step is Next.VERIFY:
        return unclear(before, caps, moment)
    if before.resend:
        return _same_key(before, step, caps, moment)
    if before.state is State.CANCELLING:
        return Ending({"state": State.CANCELLED, "wait_reason": None}, None)
    if step in {Next.ASK, Next.HAND_OVER, Next.CHALLENGE}:
        return _to_a_person(before, step, outcome, caps, moment)
    if step is Next.FALL_BACK:
        return give_up(before, State.REJECTED, moment)
    if step is Next.HOLD:
        return _hold(before, outcome, moment)
    if step is Next.DEFER:
        pause = outcome.retry_after or policy.backoff(3, moment.jitter)
        return _wait(WaitReason.RATE_LIMITED, pause)
    return try_again(before, caps, moment, outcome.retry_after)

"""Why a registration is in its state, what happens next, and when. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from registrar.client.messages import (
    ActionKind,
    Attempt,
    FulfillmentTier,
    Registration,
    RegistrationState,
    WaitReason,
)

_WHY = {
    "PENDING": "It is accepted and waits for a free worker.",
    "RUNNING": "A worker is sending it to the manufacturer.",
    "VERIFYING": "The last answer was unclear: the manufacturer is asked whether it has it, "
    "before anything is sent again.",
    "AWAITING_CONFIRMATION": "The manufacturer has accepted it and is still working on it.",
    "CANCELLING": "It is being cancelled; the manufacturer may already have accepted it.",
    "SUCCEEDED": "It is registered.",
    "REJECTED": "The manufacturer has refused it for good.",
    "FAILED": "Every allowed route was tried in vain.",
    "CANCELLED": "It was cancelled before the manufacturer had it.",
}
_WAITS = {
    "RETRY_BACKOFF": "The last attempt failed in a way that may pass.",
    "CIRCUIT_OPEN": "The manufacturer fails for everyone at the moment; no attempt is spent.",
    "RATE_LIMITED": "The manufacturer asks for fewer requests; no attempt is spent.",
    "CONNECTOR_PAUSED": "This route is on hold until an operator has looked at it.",
    "NOT_BEFORE": "It may not be sent earlier.",
    "CAPACITY": "As many as allowed are under way at this manufacturer.",
}
_NEXT = {
    "SUCCEEDED": "Nothing more happens.",
    "REJECTED": "Nothing more happens; the reason stands above.",
    "FAILED": "Nothing by itself; `registrar retry` tries again.",
    "CANCELLED": "Nothing more happens.",
    "ACTION_REQUIRED": "A person is asked; `registrar retry` tries again after that.",
}


def explain(registration: Registration, attempts: Sequence[Attempt]) -> list[str]:
    """Sentences, most important first."""
    state = _name(RegistrationState, registration.state)
    return [
        f"State: {state}. {_why(registration, state)}".strip(),
        *_failure(registration),
        *_attempts(attempts),
        f"Next: {_next(registration, state)}",
    ]


def _name(kind: object, number: int) -> str:
    """A word for every number, those of a newer service too."""
    wrapper: object = kind
    found = wrapper.DESCRIPTOR.values_by_number.get(number)  # type: ignore[attr-defined]  # protobuf's, untyped
    if found is None:
        return f"UNKNOWN({number})"
    prefix: str = wrapper.DESCRIPTOR.values_by_number[0].name  # type: ignore[attr-defined]
    name: str = found.name
    return name.removeprefix(prefix.removesuffix("UNSPECIFIED"))


def _why(registration: Registration, state: str) -> str:
    if state == "WAITING":
        return _WAITS.get(_name(WaitReason, registration.wait_reason), "It waits.")
    if state == "ACTION_REQUIRED":
        kind = _name(ActionKind, registration.action_required.kind)
        return f"A person is needed ({kind}): {registration.action_required.guidance}"
    return _WHY.get(state, "")


def _failure(registration: Registration) -> list[str]:
    failure = registration.failure
    if not failure.code:
        return []
    said = failure.user_guidance or failure.message
    theirs = failure.manufacturer_code
    told = f", the manufacturer said {theirs}" if theirs else ""
    return [f"Last failure: {failure.code}{told}. {said}".strip()]


def _attempts(attempts: Sequence[Attempt]) -> list[str]:
    if not attempts:
        return ["No attempt was made yet."]
    last = attempts[-1]
    tier = _name(FulfillmentTier, last.tier)
    ended = last.code or "no answer yet"
    return [f"Attempts: {len(attempts)}; the last one by {tier} ended with {ended}."]


def _next(registration: Registration, state: str) -> str:
    if state in _NEXT:
        return _NEXT[state]
    if not registration.HasField("next_attempt_time"):
        return "The worker's answer decides."
    at = registration.next_attempt_time.ToDatetime(UTC)
    seconds = (at - datetime.now(UTC)).total_seconds()
    when = "now" if seconds <= 0 else f"in {seconds:.0f} s"
    step = "a look-up" if state in {"VERIFYING", "AWAITING_CONFIRMATION"} else "an attempt"
    return f"{step} {when} ({at:%Y-%m-%d %H:%M:%S} UTC)."

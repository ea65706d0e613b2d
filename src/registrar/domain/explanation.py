"""A registration's state, what it waits for, what follows and what can be done, in sentences. Pure.

No sentence carries what anybody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from registrar.domain.plan import Planned, Reason, Turn
from registrar.domain.registration import ActionKind, Registration, State, WaitReason


class Told(msgspec.Struct, frozen=True):
    """`waiting_for` is empty where nothing is in the way; `remedies` are an operator's."""

    summary: str
    waiting_for: str
    next: str
    remedies: tuple[str, ...]


_SUMMARY: Mapping[State, str] = {
    State.PENDING: "It is accepted and waits for a free worker.",
    State.RUNNING: "A worker is at it: it is sent to the manufacturer, or prepared for a person.",
    State.WAITING: "It waits.",
    State.VERIFYING: "The last answer was unclear: the manufacturer is asked whether it has it, "
    "before anything is sent again.",
    State.AWAITING_CONFIRMATION: "The manufacturer has accepted it and is still working on it.",
    State.ACTION_REQUIRED: "A person is needed.",
    State.CANCELLING: "It is being cancelled; the manufacturer may already have accepted it.",
    State.SUCCEEDED: "It is registered.",
    State.REJECTED: "The manufacturer has refused it for good.",
    State.FAILED: "It has failed: no route is left, or somebody gave it up.",
    State.CANCELLED: "It was cancelled before the manufacturer had it.",
}
_WAITS: Mapping[WaitReason, str] = {
    WaitReason.RETRY_BACKOFF: "The last attempt failed in a way that may pass.",
    WaitReason.CIRCUIT_OPEN: "The manufacturer fails for everyone at the moment; "
    "no attempt is spent.",
    WaitReason.RATE_LIMITED: "The manufacturer asks for fewer requests; no attempt is spent.",
    WaitReason.CONNECTOR_PAUSED: "This route is on hold until an operator has looked at it.",
    WaitReason.NOT_BEFORE: "It may not be sent earlier.",
    WaitReason.CAPACITY: "As many as allowed are under way at this manufacturer.",
}
_NEEDED: Mapping[ActionKind, str] = {
    ActionKind.FILE_MANUALLY: "Somebody registers it at the manufacturer by hand.",
    ActionKind.PROVIDE_DATA: "Its data must be mended.",
    ActionKind.SOLVE_CHALLENGE: "The manufacturer wants to be sure of a person.",
    ActionKind.CONFIRM_OUTCOME: "Somebody looks whether the manufacturer has it already.",
}
_ATTEMPTS = frozenset({State.PENDING, State.WAITING})
_NEXT: Mapping[State, str] = {
    State.RUNNING: "The answer of the attempt under way decides.",
    State.VERIFYING: "The manufacturer is asked what it has.",
    State.AWAITING_CONFIRMATION: "The manufacturer is asked what it has.",
    State.ACTION_REQUIRED: "A person's answer decides.",
    State.CANCELLING: "It ends as soon as it is known what the manufacturer has.",
}
_REMEDIES: Mapping[Reason, str] = {
    Reason.PAUSED: "Resume the connector: registrar connectors resume.",
    Reason.STOPPED: "See what has changed: registrar connectors drift.",
    Reason.SECRET_MISSING: "Give it its secret; registrar connectors show names what is missing.",
    Reason.ASSUMED: "Enable the assumed route, once the manufacturer has confirmed it.",
    Reason.NO_BROWSER: "Install a browser: the registration form can then be filled.",
    Reason.NOT_CONFIGURED: "Configure the route's address.",
}


def told(registration: Registration, plan: Sequence[Planned]) -> Told:
    """Of one registration and what is planned for it."""
    return Told(
        summary=_SUMMARY[registration.state],
        waiting_for=_waiting(registration),
        next=_next(registration, plan),
        remedies=() if registration.state is State.SUCCEEDED else _remedies(registration, plan),
    )


def _waiting(registration: Registration) -> str:
    if registration.state is State.WAITING and registration.wait_reason is not None:
        return _WAITS[registration.wait_reason]
    if registration.state is State.ACTION_REQUIRED and registration.action is not None:
        return _NEEDED[registration.action.kind]
    return ""


def _next(registration: Registration, plan: Sequence[Planned]) -> str:
    if registration.state not in _ATTEMPTS:
        return _NEXT.get(registration.state, "Nothing happens by itself any more.")
    ahead = next((one for one in plan if one.turn is not Turn.SKIPPED), None)
    if ahead is None:
        return "No route is left: the next sweep ends it, or asks a person."
    name = ahead.tier.value.replace("_", " ")
    waits = f" {ahead.explanation}" if ahead.turn is Turn.WILL_WAIT else ""
    return f"An attempt by the route {name}.{waits}"


def _remedies(registration: Registration, plan: Sequence[Planned]) -> tuple[str, ...]:
    state = registration.state
    found = []
    if state in {State.FAILED, State.ACTION_REQUIRED}:
        found.append("Try it again from its first route: registrar retry.")
    if state is State.ACTION_REQUIRED:
        found.append("Say what became of it by hand: registrar manual done.")
    if not state.terminal and state is not State.CANCELLING:
        found.append("Stop it: registrar cancel.")
    reasons = [one.reason for one in plan if one.reason is not None]
    return (*found, *dict.fromkeys(_REMEDIES[one] for one in reasons if one in _REMEDIES))

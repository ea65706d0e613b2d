"""What the service explains, as lines for people."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from google.protobuf.descriptor import EnumDescriptor

from registrar.client.messages import (
    Attempt,
    ExplainRegistrationResponse,
    FulfillmentTier,
    PlannedTier,
    PlannedTierStatus,
    RegistrationState,
    SubmissionEffect,
)


def explain(found: ExplainRegistrationResponse) -> list[str]:
    """Most important first."""
    return [
        f"State: {_name(RegistrationState, found.state)}. "
        f"{found.summary} {found.waiting_for}".strip(),
        *(_attempt(one) for one in found.attempts),
        *([] if found.attempts else ["No attempt was made yet."]),
        *routes(found.plan),
        f"Next: {found.next}{_when(found)}",
        *(f"You can: {one}" for one in found.remedies),
    ]


def routes(plan: Iterable[PlannedTier]) -> list[str]:
    """One line a route."""
    return [
        f"Route {_name(FulfillmentTier, one.tier)}: "
        f"{_name(PlannedTierStatus, one.status).replace('_', ' ').lower()}. "
        f"{one.explanation}".strip()
        for one in plan
    ]


def _name(kind: object, number: int) -> str:
    """A word for every number, those of a newer service too."""
    values: EnumDescriptor = kind.DESCRIPTOR  # type: ignore[attr-defined]  # protobuf's, untyped
    found = values.values_by_number.get(number)
    if found is None:
        return f"UNKNOWN({number})"
    prefix = values.values_by_number[0].name.removesuffix("UNSPECIFIED")
    return found.name.removeprefix(prefix)


def _attempt(one: Attempt) -> str:
    tier, effect = _name(FulfillmentTier, one.tier), _name(SubmissionEffect, one.effect)
    ended = f"ended with {one.code}" if one.code else "has no answer"
    return f"Attempt {one.number} by {tier} {ended}; effect {effect}."


def _when(found: ExplainRegistrationResponse) -> str:
    if not found.HasField("next_time"):
        return ""
    at = found.next_time.ToDatetime(UTC)
    seconds = (at - datetime.now(UTC)).total_seconds()
    when = "now" if seconds <= 0 else f"in {seconds:.0f} s"
    return f" It is due {when} ({at:%Y-%m-%d %H:%M:%S} UTC)."

"""What became of a hint, and the one line about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import structlog

from registrar.domain.outcome import Outcome, Verification
from registrar.domain.registration import Registration, Transition
from registrar.ports.store import Work

_log = structlog.get_logger("registrar.attempt")


class Advanced(StrEnum):
    """What became of the hint."""

    DONE = "done"
    STALE = "stale"
    """Old, duplicated or already claimed: nothing was done."""
    FENCED = "fenced"
    """The lease was lost on the way: the outcome belongs to whoever holds it now."""
    DEFERRED = "deferred"
    """The manufacturer cannot be asked now: nothing was sent, and no attempt was spent."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of the step; `answer` is None where nothing was asked."""

    how: Advanced
    last: Transition
    answer: Outcome | Verification | None = None


def ids(registration: Registration) -> dict[str, str | int]:
    """For the span of an attempt."""
    return {
        "registration_id": registration.id,
        "manufacturer": registration.manufacturer_id,
        "tier": registration.tier.value if registration.tier else "",
        "attempt": registration.attempt_count + 1,
    }


def write_line(work: Work, ended: Ended, trace: str, seconds: float) -> None:
    """One canonical line an attempt or look-up: ids and codes, no word that anybody wrote."""
    before, after = work.stored.registration, ended.last.registration
    answer = ended.answer
    said = answer.code.value if isinstance(answer, Outcome) else answer and answer.verdict.value
    _log.info(
        work.step.value,
        registration_id=before.id,
        tenant=before.tenant_id,
        manufacturer=before.manufacturer_id,
        tier=before.tier,
        attempt=after.attempt_count,
        fence=work.fence,
        said=said,
        effect=after.effect,
        state=after.state,
        how=ended.how,
        ms=round(seconds * 1000, 1),
        trace_id=trace,
    )

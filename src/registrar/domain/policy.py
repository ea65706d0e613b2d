"""Outcome to next step: every taxonomy code has exactly one, and an unknown effect overrides it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from registrar.domain.outcome import Code, Effect, Outcome


@dataclass(frozen=True, slots=True)
class Capabilities:
    """`verify` strong | eventual | none · `idempotency` key | natural | none."""

    verify: str
    idempotency: str
    absence_delay: timedelta = timedelta(0)
    """For eventual verify: how long to wait between the two absences."""
    poll_interval: timedelta = timedelta(seconds=2)
    confirmation_deadline: timedelta = timedelta(hours=24)
    send_deadline: timedelta = timedelta(seconds=20)
    max_attempts: int = 5
    watch_interval: timedelta | None = None
    """How often it is looked up whether a person has registered it; None where nothing tells."""

    @property
    def absences_needed(self) -> int:
        """Definite absences that allow another submit."""
        return 2 if self.verify == "eventual" else 1

    @property
    def resend_is_safe(self) -> bool:
        """The manufacturer itself refuses to act twice on the same key."""
        return self.idempotency in {"key", "natural"}


class Next(StrEnum):
    """What happens after an attempt."""

    SUCCEED = "succeed"
    AWAIT = "await"
    ASK = "ask"
    FALL_BACK = "fall_back"
    DEFER = "defer"
    HOLD = "hold"
    RETRY = "retry"
    VERIFY = "verify"
    HAND_OVER = "hand_over"
    CHALLENGE = "challenge"
    """A person goes past what is there to keep programs out."""


NEXT: dict[Code, Next] = {
    Code.REGISTERED: Next.SUCCEED,
    Code.DUPLICATE_SAME_OWNER: Next.SUCCEED,
    Code.ACCEPTED_PENDING: Next.AWAIT,
    Code.DUPLICATE_OTHER_OWNER: Next.ASK,
    Code.INVALID_FIELD: Next.ASK,
    Code.UNSUPPORTED_PRODUCT: Next.FALL_BACK,
    Code.NOT_ELIGIBLE: Next.FALL_BACK,
    Code.SESSION_EXPIRED: Next.DEFER,
    Code.RATE_LIMITED: Next.DEFER,
    Code.QUOTA_EXHAUSTED: Next.DEFER,
    Code.AUTH_REJECTED: Next.HOLD,
    Code.CONFIG_MISSING: Next.HOLD,
    Code.BLOCKED: Next.CHALLENGE,
    Code.CAPTCHA: Next.CHALLENGE,
    Code.LOGIN_REQUIRED: Next.CHALLENGE,
    Code.OTP_REQUIRED: Next.CHALLENGE,
    Code.FORM_CHANGED: Next.HOLD,
    Code.CONTRACT_CHANGED: Next.HOLD,
    Code.TERMS_CHANGED: Next.HOLD,
    Code.UNAVAILABLE_CONNECT: Next.RETRY,
    Code.UNAVAILABLE_SERVER: Next.RETRY,
    Code.CONNECTOR_BUG: Next.RETRY,
    Code.INTERNAL: Next.RETRY,
    Code.OUTCOME_UNKNOWN: Next.VERIFY,
    Code.UNMAPPED: Next.VERIFY,
    Code.HANDED_OVER: Next.HAND_OVER,
}

FREE = frozenset({Next.DEFER, Next.HOLD})
"""Steps that spend no attempt."""

WELL = frozenset({Next.SUCCEED, Next.AWAIT, Next.HAND_OVER})
"""Steps that follow no failure."""

_FIRST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=10)
HOLD_FOR = timedelta(seconds=60)
MAX_CHECKS = 8
MAX_LOST_LEASES = 3


def next_step(outcome: Outcome) -> Next:
    """The effect decides first: whatever the code says, UNKNOWN is verified."""
    if outcome.effect is Effect.UNKNOWN:
        return Next.VERIFY
    chosen = NEXT[outcome.code]
    if chosen is Next.VERIFY:
        return Next.RETRY
    return chosen


def backoff(count: int, jitter: float, told: timedelta | None = None) -> timedelta:
    """Exponential, capped at ten minutes, with equal jitter; `jitter` in [0, 1).

    `told`: what the other side asks for; it counts where it is longer, under the same cap.
    """
    doublings = min(max(count - 1, 0), 20)
    whole: timedelta = min(_LONGEST, _FIRST * (1 << doublings))
    drawn = whole * (0.5 + 0.5 * jitter)
    return max(drawn, min(told or timedelta(0), _LONGEST))

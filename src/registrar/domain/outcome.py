"""What a connector may answer: taxonomy code, effect and messages."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum

import msgspec


class Effect(StrEnum):
    """Did the manufacturer see it? Decides what may happen next, not the HTTP status."""

    NOT_SENT = "not_sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"


class Tier(StrEnum):
    """A route to the manufacturer, in the order in which routes are tried."""

    API = "api"
    WEB = "web_automation"
    MANUAL = "manual_assist"

    @property
    def sends(self) -> bool:
        """Whether an attempt on it may register anything: a person's own doing is no attempt."""
        return self is not Tier.MANUAL

    @property
    def begins(self) -> Effect:
        """What the manufacturer may have seen as soon as an attempt is claimed.

        An API's one request may leave at once. A form has its point of no return at the last click,
        which is marked before it.
        """
        return Effect.UNKNOWN if self is Tier.API else Effect.NOT_SENT


class Code(StrEnum):
    """The outcome taxonomy. Every code has exactly one next step in `policy`."""

    REGISTERED = "ok.registered"
    ACCEPTED_PENDING = "ok.accepted_pending"
    DUPLICATE_SAME_OWNER = "duplicate.same_owner"
    DUPLICATE_OTHER_OWNER = "duplicate.other_owner"
    INVALID_FIELD = "invalid.field"
    UNSUPPORTED_PRODUCT = "invalid.unsupported_product"
    NOT_ELIGIBLE = "not_eligible"
    SESSION_EXPIRED = "auth.session_expired"
    AUTH_REJECTED = "auth.rejected"
    CONFIG_MISSING = "config_missing"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    UNAVAILABLE_CONNECT = "unavailable.connect"
    UNAVAILABLE_SERVER = "unavailable.server"
    OUTCOME_UNKNOWN = "outcome_unknown"
    BLOCKED = "blocked"
    CAPTCHA = "captcha"
    LOGIN_REQUIRED = "login_required"
    OTP_REQUIRED = "otp_required"
    FORM_CHANGED = "form_changed"
    CONTRACT_CHANGED = "contract_changed"
    TERMS_CHANGED = "terms_changed"
    CONNECTOR_BUG = "connector_bug"
    INTERNAL = "internal"
    UNMAPPED = "unmapped"
    HANDED_OVER = "handed_over"
    """All is prepared for a person to go on; nothing was sent."""


class Outcome(msgspec.Struct, frozen=True):
    """The end of one attempt. Messages carry no personal data."""

    code: Code
    effect: Effect
    message: str = ""
    """Internal message, redacted."""
    user_message: str = ""
    field: str = ""
    """Canonical path of the refused field, for `invalid.field`."""
    raw_code: str = ""
    """The manufacturer's own code or HTTP status."""
    rule: str = ""
    """Name of the manifest rule that matched."""
    reference: str = ""
    """The manufacturer's confirmation or transaction number."""
    retry_after: timedelta | None = None


class Verdict(StrEnum):
    """Answer of a read-only look-up after an unclear attempt."""

    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot_tell"
    PENDING = "pending"
    """An asynchronous manufacturer is still working on it."""
    REFUSED = "refused"
    """An asynchronous manufacturer has finished and refused."""


class Verification(msgspec.Struct, frozen=True):
    """What `verify` found. `outcome`: why, for REFUSED, and for CANNOT_TELL where it was asked."""

    verdict: Verdict
    reference: str = ""
    message: str = ""
    outcome: Outcome | None = None
    retry_after: timedelta | None = None

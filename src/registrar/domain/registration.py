"""The aggregate: one registration's frozen data, without anything personal."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import IntEnum, StrEnum

import msgspec

from registrar.domain.outcome import Effect, Tier


class State(StrEnum):
    """Where a registration stands. FAILED is the only terminal state that can be left."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    VERIFYING = "verifying"
    AWAITING_CONFIRMATION = "awaiting_confirmation"
    ACTION_REQUIRED = "action_required"
    CANCELLING = "cancelling"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def terminal(self) -> bool:
        """Nothing more happens by itself, and nobody is asked."""
        return self in _TERMINAL


_TERMINAL = frozenset({State.SUCCEEDED, State.REJECTED, State.FAILED, State.CANCELLED})


class WaitReason(StrEnum):
    """Why a WAITING registration waits."""

    RETRY_BACKOFF = "retry_backoff"
    CIRCUIT_OPEN = "circuit_open"
    RATE_LIMITED = "rate_limited"
    CONNECTOR_PAUSED = "connector_paused"
    NOT_BEFORE = "not_before"
    CAPACITY = "capacity"


class Result(StrEnum):
    """How a SUCCEEDED registration succeeded."""

    REGISTERED = "registered"
    ALREADY_REGISTERED = "already_registered"
    MANUALLY_COMPLETED = "manually_completed"


class ActionKind(StrEnum):
    """What a person is asked for in ACTION_REQUIRED."""

    FILE_MANUALLY = "file_manually"
    PROVIDE_DATA = "provide_data"
    SOLVE_CHALLENGE = "solve_challenge"
    CONFIRM_OUTCOME = "confirm_outcome"


class Trigger(StrEnum):
    """Why an attempt was made."""

    INITIAL = "initial"
    RETRY = "retry"
    FALLBACK = "fallback"
    VERIFICATION = "verification"
    MANUAL = "manual"


class Priority(IntEnum):
    """Priority classes of the dispatcher, most urgent first."""

    INTERACTIVE = 0
    NORMAL = 1
    BULK = 2


LATENESS = {
    Priority.INTERACTIVE: timedelta(hours=24),
    Priority.NORMAL: timedelta(hours=6),
    Priority.BULK: timedelta(hours=1),
}
"""How late the work of a manufacturer may be before no more of a class is taken in. A registration
has three days by itself, and what is left of them should do for a person.
"""


class Failure(msgspec.Struct, frozen=True):
    """`category` is the taxonomy's first word; `message` is redacted."""

    category: str
    code: str
    message: str = ""
    user_guidance: str = ""
    raw_code: str = ""
    field: str = ""


class Action(msgspec.Struct, frozen=True):
    """What a person must do, and until when."""

    kind: ActionKind
    guidance: str
    field: str = ""


class Registration(msgspec.Struct, frozen=True):
    """`revision` equals the newest durable event sequence. Times are aware, UTC."""

    id: str
    tenant_id: str
    request_id: str
    manufacturer_id: str
    brand: str
    state: State
    revision: int
    priority: Priority
    allowed_tiers: tuple[Tier, ...]
    created_at: datetime
    updated_at: datetime
    tier: Tier | None = None
    wait_reason: WaitReason | None = None
    result: Result | None = None
    failure: Failure | None = None
    action: Action | None = None
    attempt_count: int = 0
    tier_attempts: int = 0
    """Attempts spent on the current tier."""
    effect: Effect = Effect.NOT_SENT
    """What the manufacturer may have seen so far; UNKNOWN forbids every other route."""
    resend: bool = False
    """An earlier send is unclear: only the same key on the same tier may be sent again."""
    absences: int = 0
    """Definite absences seen since the effect became unknown."""
    checks: int = 0
    """Look-ups made without a clear answer since the effect became unknown."""
    awaiting_since: datetime | None = None
    """When an asynchronous manufacturer accepted it."""
    lost_leases: int = 0
    next_attempt_at: datetime | None = None
    complete_by: datetime | None = None
    not_before: datetime | None = None
    manufacturer_reference: str = ""
    connector_version: str = ""
    traceparent: str = ""
    """W3C Trace Context of the call that submitted it, for whoever goes on with it."""
    country: str = ""
    """Where it was bought, ISO 3166-1 alpha-2: for statistics, so it outlives the customer."""
    erased_at: datetime | None = None
    """When everything personal of it was destroyed."""
    abandoned_at: datetime | None = None
    """When somebody has said of a failure that nothing more is to be done."""
    successor_id: str = ""
    """A later registration of the same product, accepted after this one had failed."""

    @property
    def etag(self) -> str:
        """Opaque to callers; changes with every durable change."""
        return f'"{self.revision}"'


class EventKind(StrEnum):
    """What happened; the watch log is the audit log."""

    SUBMITTED = "submitted"
    ATTEMPT_STARTED = "attempt_started"
    POINT_OF_NO_RETURN = "point_of_no_return"
    ATTEMPT_ENDED = "attempt_ended"
    STATE_CHANGED = "state_changed"
    VERIFIED = "verified"
    CANCEL_REQUESTED = "cancel_requested"
    RETRY_REQUESTED = "retry_requested"
    LEASE_LOST = "lease_lost"
    DEADLINE_PASSED = "deadline_passed"
    MANUALLY_COMPLETED = "manually_completed"
    GAVE_UP = "gave_up"
    ABANDONED = "abandoned"
    ERASED = "erased"
    TIER_CHANGED = "tier_changed"
    """Of the same transition as the event before it, which is why."""


class Event(msgspec.Struct, frozen=True):
    """One durable fact. `sequence` is gapless per registration and starts at 1."""

    registration_id: str
    tenant_id: str
    sequence: int
    at: datetime
    kind: EventKind
    actor: str
    """`caller:<key id>`, `worker`, `dispatcher`."""
    state: State
    """State after the event."""
    detail: dict[str, str] = msgspec.field(default_factory=dict)
    """Small facts without personal data: code, effect, tier, attempt, reason, reference."""
    was: State | None = None
    """State before it; None of the first one, and of what an older release has written."""
    tier: Tier | None = None
    """The route it is on after the event."""
    outcome: str = ""
    """What it came to: the Result of a success, else the code of the failure there is by now."""
    took_ms: int | None = None
    """Of an attempt that ended with it."""


class AttemptState(StrEnum):
    """Life of an attempt."""

    RUNNING = "running"
    ENDED = "ended"
    LOST = "lost"


class Attempt(msgspec.Struct, frozen=True):
    """One try on one tier; `number` counts across tiers from 1.

    RUNNING with the effect UNKNOWN is the durable marker: the manufacturer may have been told.
    """

    registration_id: str
    tenant_id: str
    number: int
    tier: Tier
    trigger: Trigger
    state: AttemptState
    effect: Effect
    started_at: datetime
    ended_at: datetime | None = None
    connector_version: str = ""
    failure: Failure | None = None
    code: str = ""
    rule: str = ""
    trace_id: str = ""


class Step(StrEnum):
    """What a job asks a worker to do next."""

    ATTEMPT = "attempt"
    VERIFY = "verify"


class NextJob(msgspec.Struct, frozen=True):
    """What the job does next, and when; None in a Transition parks the job.

    `due` is a pause from when the store writes it, by the store's clock, or an instant a caller
    named. Never an instant that a worker computed: its clock may be wrong.
    """

    step: Step
    due: timedelta | datetime = timedelta(0)
    paused: bool = False
    """Put off by a pause of its connector: due as soon as that is over."""

    def at(self, now: datetime) -> datetime:
        """When that is, by a clock that says `now`; never before it."""
        return max(now, self.due) if isinstance(self.due, datetime) else now + self.due


class Transition(msgspec.Struct, frozen=True):
    """One durable change: guarded by `expected_revision`, and by `fence` where a worker writes."""

    registration: Registration
    expected_revision: int
    events: tuple[Event, ...]
    job: NextJob | None
    attempt: Attempt | None = None
    fence: int | None = None
    claim: bool = False
    """The write takes the lease instead of ending it."""
    keep_job: bool = False
    """The job, its lease and its fence stay as they are (`job` is ignored)."""

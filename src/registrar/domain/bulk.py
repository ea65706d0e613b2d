"""One wish for many registrations: what was asked, of which, and how far it is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec
from msgspec.structs import replace

from registrar.domain.outcome import Tier
from registrar.domain.registration import State


class BulkKind(StrEnum):
    """What is done with each."""

    RETRY = "retry"
    CANCEL = "cancel"
    ABANDON = "abandon"


class BulkState(StrEnum):
    """Where the operation stands."""

    RUNNING = "running"
    DONE = "done"
    """Everything it has taken was looked at."""
    CANCELLED = "cancelled"


class Skip(StrEnum):
    """Why a registration was left as it was."""

    STATE_CONFLICT = "state_conflict"
    """It has moved on, or never was where this can be done."""
    OUTCOME_UNVERIFIED = "outcome_unverified"
    """The manufacturer may already have acted."""
    DUPLICATE = "duplicate"
    """Another registration of the same product is under way, or was successful."""


FITTING: dict[BulkKind, tuple[State, ...]] = {
    BulkKind.RETRY: (State.FAILED, State.ACTION_REQUIRED),
    BulkKind.CANCEL: (
        State.PENDING,
        State.RUNNING,
        State.WAITING,
        State.VERIFYING,
        State.AWAITING_CONFIRMATION,
        State.ACTION_REQUIRED,
    ),
    BulkKind.ABANDON: (State.FAILED,),
}
"""The states in which it can be done."""
USUAL: dict[BulkKind, tuple[State, ...]] = FITTING | {BulkKind.RETRY: (State.FAILED,)}
"""Those that are meant where none is named: a person who was asked is at it already."""


class BulkFilter(msgspec.Struct, frozen=True):
    """All conditions must hold; empty means any. Of FAILED, only what nobody has answered."""

    registration_ids: tuple[str, ...] = ()
    manufacturer_ids: tuple[str, ...] = ()
    tiers: tuple[Tier, ...] = ()
    states: tuple[State, ...] = ()
    failure_codes: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    created_after: datetime | None = None
    created_before: datetime | None = None
    failed_after: datetime | None = None
    failed_before: datetime | None = None


class BulkWish(msgspec.Struct, frozen=True):
    """What is asked for. `rate`: items a second, at most."""

    kind: BulkKind
    where: BulkFilter
    reason: str
    rate: int
    acknowledge_duplicate_risk: bool = False


class BulkOperation(msgspec.Struct, frozen=True):
    """`matched` is what it has taken; done, skipped, failed and remaining add up to it."""

    id: str
    tenant_id: str
    request_id: str
    requested_at: datetime
    actor: str
    wish: BulkWish
    matched: int
    state: BulkState = BulkState.RUNNING
    done: int = 0
    skipped: dict[Skip, int] = {}
    failed: int = 0
    """Of a defect; the log tells."""
    ended_at: datetime | None = None

    @property
    def remaining(self) -> int:
        """Not looked at: yet, or ever where it was cancelled."""
        return self.matched - self.done - sum(self.skipped.values()) - self.failed


class BulkResult(StrEnum):
    """What became of a registration that was not skipped."""

    DONE = "done"
    FAILED = "failed"


def counted(before: BulkOperation, results: list[BulkResult | Skip], at: datetime) -> BulkOperation:
    """With these, which were looked at; over where nothing remains."""
    reasons = {one: before.skipped.get(one, 0) + results.count(one) for one in Skip}
    after = replace(
        before,
        done=before.done + results.count(BulkResult.DONE),
        skipped={one: count for one, count in reasons.items() if count},
        failed=before.failed + results.count(BulkResult.FAILED),
    )
    return after if after.remaining else replace(after, state=BulkState.DONE, ended_at=at)

"""The step that all transitions share, and the gate that guards them.

`settled` guards every other tier, every retry and every cancel, `may_act` every new attempt. A
transition's events are numbered from the registration's revision, so the sequence has no gaps.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import (
    Attempt,
    Event,
    EventKind,
    NextJob,
    Registration,
    State,
    Transition,
)


class Moment(msgspec.Struct, frozen=True):
    """When and by whom; `jitter` in [0, 1) spreads retries; `shut` tiers are passed over."""

    now: datetime
    actor: str = "worker"
    jitter: float = 0.5
    shut: frozenset[Tier] = frozenset()


_SAFE = frozenset({Effect.NOT_SENT, Effect.REFUSED})


def settled(registration: Registration) -> bool:
    """The manufacturer certainly has nothing of this registration."""
    return registration.effect in _SAFE


def may_act(registration: Registration) -> bool:
    """Settled, or the manufacturer itself tells a repetition by its key."""
    return settled(registration) or registration.resend


def _event(
    after: Registration, was: State | None, kind: EventKind, moment: Moment, **detail: str
) -> Event:
    return Event(
        registration_id=after.id,
        tenant_id=after.tenant_id,
        sequence=after.revision,
        at=moment.now,
        kind=kind,
        actor=moment.actor,
        state=after.state,
        detail={key: value for key, value in detail.items() if value},
        was=was,
        tier=after.tier,
        outcome=_outcome(after),
    )


def _outcome(after: Registration) -> str:
    if after.state is State.SUCCEEDED:
        return after.result.value if after.result else ""
    return after.failure.code if after.failure else ""


def _took(attempt: Attempt | None) -> int | None:
    """Milliseconds, by the clock of whoever ended it: no less than none."""
    if attempt is None or attempt.ended_at is None:
        return None
    return max(0, round((attempt.ended_at - attempt.started_at).total_seconds() * 1000))


def step(  # noqa: PLR0913 - a transition has this many parts
    before: Registration,
    moment: Moment,
    kind: EventKind,
    job: NextJob | None,
    changes: dict[str, Any],
    *,
    attempt: Attempt | None = None,
    fence: int | None = None,
    keep_job: bool = False,
    detail: dict[str, str] | None = None,
) -> Transition:
    """The next revision with its event; `changes` are fields of the registration."""
    revision = before.revision + 1
    # For callers to see: the writer's clock. The store's own decides when the job runs.
    due = job.at(moment.now) if job else None
    after = replace(
        before,
        **changes,
        revision=revision,
        updated_at=moment.now,
        next_attempt_at=before.next_attempt_at if keep_job else due,
    )
    said = detail or {}
    was = before.state if before.revision else None
    events = [replace(_event(after, was, kind, moment, **said), took_ms=_took(attempt))]
    if before.tier is not None and after.tier is not before.tier:
        after = replace(after, revision=revision + 1)
        # Words of ours alone: what else is called a reason is a person's.
        ours = said.get("reason") if kind is EventKind.STATE_CHANGED else None
        why = said.get("code") or said.get("verdict") or ours or kind.value
        events.append(_tier_changed(before, after, moment, why))
    return Transition(
        after, before.revision, tuple(events), job, attempt=attempt, fence=fence, keep_job=keep_job
    )


def _tier_changed(before: Registration, after: Registration, moment: Moment, reason: str) -> Event:
    left = before.tier.value if before.tier else ""
    taken = after.tier.value if after.tier else ""
    kind = EventKind.TIER_CHANGED
    return _event(after, after.state, kind, moment, left=left, taken=taken, reason=reason)

"""Rows as the writers make them; reading back is `domain.plain`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.dead_letter import fingerprint_of
from registrar.domain.outcome import Tier
from registrar.domain.registration import Attempt, Event, Registration, State, Transition
from registrar.ports import plain
from registrar.ports.queue import queue_of
from registrar.ports.store import NewRegistration
from registrar.store import clock
from registrar.store.engine import Database
from registrar.store.tables import events

FREE = frozenset({State.FAILED, State.CANCELLED, State.REJECTED})
"""States in which a registration no longer stands in the way of another of the same product."""

CHANGING = ("state", "revision", "complete_by", "blocks", "cause", "failed_at", "body")
"""The columns of a registration that change with its state."""

EPOCH = sa.literal_column("pg_current_xact_id()::text::bigint", sa.BigInteger)


def changing(registration: Registration) -> dict[str, Any]:
    """`CHANGING`, with their values."""
    complete_by = registration.complete_by
    cause = fingerprint_of(registration)
    return {
        "state": registration.state.value,
        "revision": registration.revision,
        "complete_by": complete_by and plain.to_micros(complete_by),
        "blocks": registration.state not in FREE,
        "cause": cause,
        "failed_at": plain.to_micros(registration.updated_at) if cause else None,
        "body": registration,
    }


def new_registration(item: NewRegistration) -> dict[str, Any]:
    """A whole row of `registrations`."""
    registration = item.transition.registration
    return changing(registration) | {
        "id": registration.id,
        "tenant_id": registration.tenant_id,
        "request_id": registration.request_id,
        "body_digest": item.body_digest,
        "manufacturer_id": registration.manufacturer_id,
        "created_at": plain.to_micros(registration.created_at),
        "serial_index": item.serial_index,
        "reference_index": item.reference_index,
        "user_index": item.user_index,
        "email_index": item.email_index,
        "sealed": item.sealed,
    }


def scheduled(transition: Transition) -> dict[str, Any]:
    """The columns of a job that say what comes next; without a next step it is parked.

    `run_at` is yet to be made an instant by `clock.due`.
    """
    job = transition.job
    return {
        "state": "ready" if job else "parked",
        "step": job.step.value if job else "attempt",
        "run_at": clock.wired(job),
        "tier": transition.registration.tier or Tier.API,
        "queue": queue_of(transition.registration.tier),
        "paused": bool(job and job.paused),
    }


def new_job(transition: Transition) -> dict[str, Any]:
    """A whole row of `jobs`."""
    registration = transition.registration
    complete_by = registration.complete_by
    return scheduled(transition) | {
        "registration_id": registration.id,
        "manufacturer_id": registration.manufacturer_id,
        "priority": int(registration.priority),
        "complete_by": complete_by and plain.to_micros(complete_by),
        "fence": 0,
    }


def move(transition: Transition) -> dict[str, Any]:
    """A transition with its guards, for the statement that moves a batch at once."""
    job = scheduled(transition)
    return changing(transition.registration) | {
        "id": transition.registration.id,
        "expected": transition.expected_revision,
        "fence": transition.fence,
        "claims": transition.claim,
        "changes": bool(transition.events),
        "keeps_job": transition.keep_job,
        "job_state": job["state"],
        "step": job["step"],
        "run_at": job["run_at"],
        "tier": job["tier"],
        "queue": job["queue"],
        "paused": job["paused"],
    }


def attempted(attempt: Attempt) -> dict[str, Any]:
    """A row of `attempts`."""
    return {
        "registration_id": attempt.registration_id,
        "number": attempt.number,
        "tenant_id": attempt.tenant_id,
        "state": attempt.state.value,
        "body": attempt,
    }


def new_event(event: Event) -> dict[str, Any]:
    """A row of `events` but for its epoch."""
    return {
        "registration_id": event.registration_id,
        "tenant_id": event.tenant_id,
        "sequence": event.sequence,
        "body": event,
    }


async def append(connection: AsyncConnection, db: Database, written: Sequence[Event]) -> None:
    """Add events to the log, in the epoch of this transaction."""
    if written:
        epoch = EPOCH if db.postgres else sa.literal_column("0")
        made = [new_event(event) for event in written]
        await connection.execute(events.insert().values(epoch=epoch), made)

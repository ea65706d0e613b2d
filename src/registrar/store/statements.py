"""A whole batch by one statement, on PostgreSQL: one transaction, one round trip, one snapshot.

Step by step, a batch took five to nine round trips, and its price was that of the statements and
not that of its rows. The parts see the snapshot of before: each decides by what `created` or `held`
returns, never by what another part has written.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from registrar.domain.registration import Transition
from registrar.ports.store import NewRegistration
from registrar.store import bulk, rows
from registrar.store.clock import POSTGRES_NOW, due
from registrar.store.tables import attempts, events, jobs, registrations

_REGISTRATION = bulk.of(registrations, "successor_id")
_JOB = bulk.of(jobs, "hinted_at", "lease_until")
_EVENT = bulk.of(events, "position", "epoch")
_ATTEMPT = bulk.of(attempts)
_MOVE = {name: registrations.c[name].type for name in rows.CHANGING} | {
    "id": sa.String(64),
    "expected": sa.BigInteger(),
    "fence": sa.BigInteger(),
    "claims": sa.Boolean(),
    "changes": sa.Boolean(),
    "keeps_job": sa.Boolean(),
    "job_state": sa.String(8),
    "step": sa.String(16),
    "run_at": sa.BigInteger(),
    "tier": sa.String(16),
    "queue": sa.String(16),
    "paused": sa.Boolean(),
}


def _logged(fresh: sa.Select[Any]) -> sa.CTE:
    """The events of these registrations, in the epoch of this transaction."""
    given = bulk.given("event", _EVENT)
    chosen = sa.select(*given.c, rows.EPOCH).where(given.c.registration_id.in_(fresh))
    return events.insert().from_select([*_EVENT, "epoch"], chosen).cte("logged")


def _insertion() -> sa.Select[str]:
    given = bulk.given("registration", _REGISTRATION)
    created = (
        postgresql.insert(registrations)
        .from_select(list(_REGISTRATION), sa.select(*given.c))
        .on_conflict_do_nothing()
        .returning(registrations.c.id)
        .cte("created")
    )
    fresh: sa.Select[str] = sa.select(created.c.id)
    job = bulk.given("job", _JOB)
    columns = [due(one, POSTGRES_NOW) if one.name == "run_at" else one for one in job.c]
    chosen = sa.select(*columns).where(job.c.registration_id.in_(fresh))
    queued = jobs.insert().from_select(list(_JOB), chosen).cte("queued")
    return fresh.add_cte(queued, _logged(fresh), _succeeded(given, fresh))


def _succeeded(given: Any, fresh: sa.Select[Any]) -> sa.CTE:  # noqa: ANN401 - a table of values
    """What has failed of these products is answered by them.

    One that fails in this very moment is not in the snapshot yet, and stays a dead letter.
    """
    failed = registrations.c
    return (
        registrations.update()
        .where(
            failed.tenant_id == given.c.tenant_id,
            failed.serial_index == given.c.serial_index,
            failed.state == sa.literal_column("'failed'"),
            failed.successor_id.is_(None),
            given.c.id.in_(fresh),
        )
        .values(successor_id=given.c.id, cause=sa.literal_column("''"), failed_at=None)
        .cte("succeeded")
    )


INSERTION = bulk.Statement(_insertion())
"""Answers with the ids of what was created."""


def insertion(items: Sequence[NewRegistration]) -> dict[str, Any]:
    """The parameters of INSERTION."""
    moved = [item.transition for item in items]
    made = [rows.new_registration(item) for item in items]
    queued = [rows.new_job(one) for one in moved]
    logged = [rows.new_event(event) for one in moved for event in one.events]
    return (
        bulk.arrays("registration", _REGISTRATION, made)
        | bulk.arrays("job", _JOB, queued)
        | bulk.arrays("event", _EVENT, logged)
    )


def _held() -> sa.CTE:
    """The moves whose guards hold, rows locked; PostgreSQL looks again at one that has changed."""
    move, job = bulk.given("move", _MOVE), jobs.c
    return (
        sa.select(*move.c)
        .join(registrations, registrations.c.id == move.c.id)
        .join(jobs, job.registration_id == move.c.id)
        .where(
            registrations.c.revision == move.c.expected,
            sa.or_(move.c.fence.is_(None), move.c.fence == job.fence),
            sa.or_(sa.not_(move.c.claims), job.state == sa.literal_column("'hinted'")),
        )
        # One order for all, so that two batches never wait for each other crosswise.
        .order_by(registrations.c.id)
        .with_for_update(of=[registrations, jobs])
        .cte("held")
    )


def _changed(held: sa.CTE) -> sa.CTE:
    return (
        registrations.update()
        .where(registrations.c.id == held.c.id, held.c.changes)
        .values(
            {name: held.c[name] for name in rows.CHANGING}
            | {
                "successor_id": sa.case(
                    (held.c.state == sa.literal_column("'failed'"), registrations.c.successor_id),
                    else_=sa.null(),
                )
            }
        )
        .cte("changed")
    )


def _tried(fresh: sa.Select[Any]) -> sa.CTE:
    given = bulk.given("attempt", _ATTEMPT)
    chosen = sa.select(*given.c).where(given.c.registration_id.in_(fresh))
    made = postgresql.insert(attempts).from_select(list(_ATTEMPT), chosen)
    newer = {"state": made.excluded.state, "body": made.excluded.body}
    keys = [attempts.c.registration_id, attempts.c.number]
    return made.on_conflict_do_update(index_elements=keys, set_=newer).cte("tried")


def _rescheduled(held: sa.CTE) -> sa.CTE:
    """A claim takes the lease; any other move ends it, and makes older hints and writers stale."""
    lease = sa.bindparam("lease", type_=sa.BigInteger())
    job, claims = jobs.c, held.c.claims

    def either(claimed: Any, moved: Any) -> sa.Case[Any]:  # noqa: ANN401 - any column
        return sa.case((claims, claimed), else_=moved)

    return (
        jobs.update()
        .where(job.registration_id == held.c.id, sa.not_(held.c.keeps_job))
        .values(
            state=either(sa.literal_column("'leased'"), held.c.job_state),
            step=either(job.step, held.c.step),
            run_at=either(job.run_at, due(held.c.run_at, POSTGRES_NOW)),
            lease_until=either(POSTGRES_NOW + lease, sa.null()),
            hinted_at=either(job.hinted_at, sa.null()),
            fence=either(job.fence, job.fence + 1),
            tier=either(job.tier, held.c.tier),
            queue=either(job.queue, held.c.queue),
            paused=either(job.paused, held.c.paused),
        )
        .cte("rescheduled")
    )


def _moving() -> sa.Select[str]:
    held = _held()
    fresh: sa.Select[str] = sa.select(held.c.id)
    return fresh.add_cte(_changed(held), _logged(fresh), _tried(fresh), _rescheduled(held))


MOVING = bulk.Statement(_moving())
"""Answers with the ids of the registrations that were moved."""


def moving(transitions: Sequence[Transition], lease: timedelta) -> dict[str, Any]:
    """The parameters of MOVING; at most one transition a registration."""
    tried = [rows.attempted(one.attempt) for one in transitions if one.attempt is not None]
    logged = [rows.new_event(event) for one in transitions for event in one.events]
    return (
        bulk.arrays("move", _MOVE, [rows.move(one) for one in transitions])
        | bulk.arrays("attempt", _ATTEMPT, tried)
        | bulk.arrays("event", _EVENT, logged)
        | {"lease": lease // timedelta(microseconds=1)}
    )

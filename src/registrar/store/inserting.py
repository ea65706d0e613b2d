"""New registrations: one transaction a batch, told apart from what is already there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.errors import StoreUnavailable
from registrar.ports.store import Inserted, InsertStatus, NewRegistration
from registrar.store import clock, rows, statements
from registrar.store.engine import Database
from registrar.store.tables import events, jobs, registrations

_ROUNDS = 5
_table = registrations.c
_QUEUED = jobs.insert().values(
    run_at=clock.due(sa.bindparam("b_run_at", type_=sa.BigInteger()), clock.SQLITE_NOW)
)
_SUCCEEDED = (
    registrations.update()
    .where(
        _table.tenant_id == sa.bindparam("b_tenant"),
        _table.serial_index == sa.bindparam("b_serial"),
        _table.state == sa.literal_column("'failed'"),
        _table.successor_id.is_(None),
    )
    .values(successor_id=sa.bindparam("b_successor"), cause="", failed_at=None)
)
"""What has failed of the same product is answered by the new one."""


async def insert(db: Database, items: Sequence[NewRegistration]) -> list[Inserted]:
    """See `ports.store.Store.insert`."""
    if not items:
        return []
    if db.postgres:
        return await _insert(partial(_at_once, db), partial(_read, db), items)

    async def work(one: AsyncConnection) -> list[Inserted]:
        return await _insert(partial(_step_by_step, one), partial(_in_the_way, one), items)

    return await db.transact(work)


Create = Callable[[Sequence[NewRegistration]], Awaitable[set[str]]]
"""Inserts what nothing stands in the way of, with job and events; the ids of those."""

Look = Callable[[dict[int, NewRegistration]], Awaitable[dict[int, Inserted]]]
"""What stands in the way of those that were not created."""


async def _insert(create: Create, look: Look, items: Sequence[NewRegistration]) -> list[Inserted]:
    answers: dict[int, Inserted] = {}
    waiting = dict(enumerate(items))
    # What stood in the way may be cancelled before it is read: then the place is free, once more.
    for _ in range(_ROUNDS):
        created = await create(_in_order(waiting.values()))
        for place, item in waiting.items():
            if item.transition.registration.id in created:
                created.discard(item.transition.registration.id)
                answers[place] = Inserted(InsertStatus.CREATED, item.transition.registration)
        waiting = {place: item for place, item in waiting.items() if place not in answers}
        if waiting:
            answers |= await look(waiting)
            waiting = {place: item for place, item in waiting.items() if place not in answers}
        if not waiting:
            return [answers[place] for place in range(len(items))]
    raise StoreUnavailable


def _in_order(items: Iterable[NewRegistration]) -> list[NewRegistration]:
    """One order for every process, so that batches do not wait for each other crosswise.

    A repeated request has the same product, so the order of products is nearly always that of
    requests too.
    """

    def key(item: NewRegistration) -> tuple[str, bytes, str]:
        made = item.transition.registration
        return (made.tenant_id, item.serial_index, made.request_id)

    return sorted(items, key=key)


async def _step_by_step(connection: AsyncConnection, items: Sequence[NewRegistration]) -> set[str]:
    statement = sqlite.insert(registrations).on_conflict_do_nothing().returning(_table.id)
    found = await connection.execute(statement, list(map(rows.new_registration, items)))
    created = set(found.scalars())
    fresh = [one.transition for one in items if one.transition.registration.id in created]
    if fresh:
        queued = [rows.new_job(one) for one in fresh]
        for row in queued:
            row["b_run_at"] = row.pop("run_at")
        await connection.execute(_QUEUED, queued)
        logged = [rows.new_event(event) for one in fresh for event in one.events]
        await connection.execute(events.insert().values(epoch=0), logged)
        after = [_successor(one) for one in items if _id(one) in created]
        await connection.execute(_SUCCEEDED, after)
    return created


def _id(item: NewRegistration) -> str:
    return item.transition.registration.id


def _successor(item: NewRegistration) -> dict[str, object]:
    tenant_id = item.transition.registration.tenant_id
    return {"b_tenant": tenant_id, "b_serial": item.serial_index, "b_successor": _id(item)}


async def _at_once(db: Database, items: Sequence[NewRegistration]) -> set[str]:
    return set(await db.at_once(statements.INSERTION, statements.insertion(items)))


async def _read(db: Database, waiting: dict[int, NewRegistration]) -> dict[int, Inserted]:
    async with db.read() as connection:
        return await _in_the_way(connection, waiting)


async def _in_the_way(
    connection: AsyncConnection, waiting: dict[int, NewRegistration]
) -> dict[int, Inserted]:
    wanted = {place: item.transition.registration for place, item in waiting.items()}
    requests = {(one.tenant_id, one.request_id) for one in wanted.values()}
    products = {(wanted[place].tenant_id, item.serial_index) for place, item in waiting.items()}
    by_request = sa.select(
        _table.tenant_id, _table.request_id, _table.body, _table.body_digest
    ).where(sa.tuple_(_table.tenant_id, _table.request_id).in_(list(requests)))
    by_product = sa.select(_table.tenant_id, _table.serial_index, _table.body).where(
        sa.tuple_(_table.tenant_id, _table.serial_index).in_(list(products)), _table.blocks
    )
    same_request = {(row[0], row[1]): row for row in await connection.execute(by_request)}
    same_product = {(row[0], row[1]): row for row in await connection.execute(by_product)}
    answers: dict[int, Inserted] = {}
    for place, item in waiting.items():
        tenant_id = wanted[place].tenant_id
        request = same_request.get((tenant_id, wanted[place].request_id))
        product = same_product.get((tenant_id, item.serial_index))
        if request is not None:
            same = request.body_digest == item.body_digest
            status = InsertStatus.REPLAYED if same else InsertStatus.REQUEST_ID_REUSED
            answers[place] = Inserted(status, request.body)
        elif product is not None:
            answers[place] = Inserted(InsertStatus.DUPLICATE, product.body)
    return answers

"""New registrations: one transaction a batch, told apart from what is already there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from registrar.domain.errors import StoreUnavailable
from registrar.ports.store import Inserted, InsertStatus, NewRegistration
from registrar.store import bulk, rows
from registrar.store.engine import Database
from registrar.store.tables import jobs, registrations

_ROUNDS = 5
_table = registrations.c


async def insert(db: Database, items: Sequence[NewRegistration]) -> list[Inserted]:
    """See `ports.store.Store.insert`."""
    if not items:
        return []
    return await db.transact(lambda connection: _insert(connection, db, items))


async def _insert(
    connection: AsyncConnection, db: Database, items: Sequence[NewRegistration]
) -> list[Inserted]:
    answers: dict[int, Inserted] = {}
    waiting = dict(enumerate(items))
    # What stood in the way may be cancelled before it is read: then the place is free, once more.
    for _ in range(_ROUNDS):
        created = await _insert_rows(connection, db, waiting.values())
        for place, item in waiting.items():
            if item.transition.registration.id in created:
                created.discard(item.transition.registration.id)
                answers[place] = Inserted(InsertStatus.CREATED, item.transition.registration)
        waiting = {place: item for place, item in waiting.items() if place not in answers}
        answers |= await _in_the_way(connection, waiting)
        waiting = {place: item for place, item in waiting.items() if place not in answers}
        if not waiting:
            break
    else:
        raise StoreUnavailable
    fresh = [
        item.transition
        for place, item in enumerate(items)
        if answers[place].status is InsertStatus.CREATED
    ]
    if fresh:
        made = [rows.new_job(one, "api") for one in fresh]
        statement = bulk.insert(db, jobs, tuple(made[0]))
        await connection.execute(statement, bulk.parameters(db, made))
        await rows.append(connection, db, [event for one in fresh for event in one.events])
    return [answers[place] for place in range(len(items))]


async def _insert_rows(
    connection: AsyncConnection, db: Database, items: Iterable[NewRegistration]
) -> set[str]:
    # One order for every process, so that batches do not wait for each other crosswise. A repeated
    # request has the same product, so the order of products is nearly always that of requests too.
    made = sorted(
        map(rows.new_registration, items),
        key=lambda row: (row["tenant_id"], row["serial_index"], row["request_id"]),
    )
    statement = bulk.insert(db, registrations, tuple(made[0])).on_conflict_do_nothing()
    found = await connection.execute(statement.returning(_table.id), bulk.parameters(db, made))
    return set(found.scalars())


async def _in_the_way(
    connection: AsyncConnection, waiting: dict[int, NewRegistration]
) -> dict[int, Inserted]:
    if not waiting:
        return {}
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

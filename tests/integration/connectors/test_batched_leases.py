"""Members of one request through the true lifecycle: a lease, a fence and an end of its own."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from tests.integration.connectors.batching import (
    World,
    connected,
    job,
    ledger,
    requests,
    told,
)

from registrar.app.sweep import Sweep
from registrar.domain.outcome import Effect, Tier
from registrar.domain.registration import Registration, State
from registrar.ports.clock import SystemClock
from registrar.ports.connector import Connector
from registrar.store.memory import MemoryStore
from registrar.testing.conformance.fleet import Fleet
from registrar.testing.manufacturer import OneManufacturer

MICROSOFT = "microsoft"
SERIALS = ("217500001605", "217500002605", "217500003605")


@pytest.fixture
async def graph(sandbox: World) -> AsyncIterator[Connector]:
    """The API."""
    async with connected(sandbox, MICROSOFT, Tier.API) as made:
        yield made


async def accepted(fleet: Fleet, serial: str) -> Registration:
    """Durable."""
    made = job(MICROSOFT, serial)
    return await fleet.accept(MICROSOFT, made.brand, made.submission)


async def test_who_loses_its_lease_in_a_request_is_looked_up(
    graph: Connector, sandbox: World
) -> None:
    """Its answer comes too late to be its own; the others keep theirs, and nobody is sent again."""
    told(sandbox, MICROSOFT, fault="latency", step="submit", seconds=0.3)
    store = MemoryStore()
    fleet, losing = Fleet(graph, store=store), Fleet(graph, store=store, lease=timedelta(0))
    many = [await accepted(fleet, one) for one in SERIALS]
    jobs = await store.release("api", limit=9, in_flight={MICROSOFT: 9}, rehint_after=timedelta(0))
    fences = {one.registration_id: one.fence for one in jobs}
    at_work = [
        asyncio.create_task(worker.work(one.id, fences[one.id]))
        for one, worker in zip(many, (losing, fleet, fleet), strict=True)
    ]
    await asyncio.sleep(0.2)
    swept = await Sweep(store, OneManufacturer(graph), SystemClock()).leases()
    assert (swept, [one.done() for one in at_work]) == (1, [False] * 3)
    await asyncio.gather(*at_work)
    lost, *others = await fleet.settle_all(many)
    assert [one.state for one in (lost, *others)] == [State.SUCCEEDED] * 3
    assert (requests(sandbox, MICROSOFT, "submit"), ledger(sandbox, MICROSOFT)) == (1, [*SERIALS])
    effects = [[each.effect for each in await fleet.attempts(one)] for one in (lost, *others)]
    assert effects == [[Effect.UNKNOWN], [Effect.ACCEPTED], [Effect.ACCEPTED]]

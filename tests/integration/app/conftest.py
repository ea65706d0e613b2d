"""The whole of the use cases, over all three stores."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial

import pytest
from tests.integration.app.desks import (
    STRONG,
    Acme,
    System,
    accepted,
)

from registrar.app.assist import Assist
from registrar.app.batching import Batcher
from registrar.app.event_log import EventLog
from registrar.app.intervene import Intervene
from registrar.app.queries import Queries
from registrar.app.registrations import RegistrationUseCases
from registrar.app.submit import SubmitRegistrations
from registrar.app.watch import Watches, WatchLimits
from registrar.ports.clock import SystemClock
from registrar.ports.connector import Catalogue
from registrar.ports.guides import Guides, NoGuides
from registrar.ports.store import Store
from registrar.signals.memory import MemoryDoorbell
from registrar.testing.customers import customers
from registrar.testing.manufacturer import LedgerConnector
from registrar.testing.papers import SheetPapers
from registrar.testing.vault import MemoryVault


@pytest.fixture
def limits() -> WatchLimits:
    """Quick enough for tests."""
    return WatchLimits(shortest_beat=0.2, per_key=5)


@pytest.fixture
def connector() -> LedgerConnector:
    """Of acme's API."""
    return LedgerConnector(STRONG)


@pytest.fixture
def catalogue(connector: LedgerConnector) -> Catalogue:
    """Acme alone; a module may have another one."""
    return Acme(connector)


@pytest.fixture
def guides() -> Guides:
    """None; a module may have some."""
    return NoGuides()


@pytest.fixture
async def system(
    store: Store,
    limits: WatchLimits,
    connector: LedgerConnector,
    catalogue: Catalogue,
    guides: Guides,
) -> AsyncIterator[System]:
    """Running."""
    vault, clock, doorbell = MemoryVault(), SystemClock(), MemoryDoorbell()
    log = EventLog(store, doorbell, poll=0.1)
    await log.start()
    tail = asyncio.create_task(log.run())
    queries = Queries(store, vault, clock, log, guides)

    async def insert(items):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202 - the wrapped method's
        answers = await store.insert(items)
        await doorbell.ring("events")
        return answers

    interventions = Intervene(store, queries, clock)
    ring = partial(doorbell.ring, "events")
    desk = RegistrationUseCases(
        SubmitRegistrations(store, Batcher(insert), catalogue, vault, clock, log, accepted),
        queries,
        Watches(queries, limits),
        interventions,
        doorbell,
        Assist(interventions, guides, catalogue, SheetPapers(), ring),
        customers(queries),
    )
    yield System(store, vault, log, doorbell, desk, connector, catalogue)
    tail.cancel()
    with suppress(asyncio.CancelledError):
        await tail

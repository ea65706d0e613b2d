"""A real Redis that loses everything, and what every store remembers of its gates."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from tests.conftest import redis_command

from registrar.admission.redis import RedisAdmission
from registrar.app.gate_watch import GateWatch
from registrar.app.recollection import RESTING, SHORT
from registrar.bootstrap import gating
from registrar.domain.errors import StoreUnavailable
from registrar.domain.gate_memory import GateMemory
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import Store
from registrar.resilience.answers import Ask, Kind, Report, Signal, Standing, State
from registrar.resilience.settings import Settings
from registrar.signals.memory import MemoryHints
from registrar.signals.redis import connect
from registrar.store.memory import MemoryStore
from registrar.store.memory_connectors import MemoryConnectors
from registrar.testing.desk import OneCatalogue
from registrar.testing.manufacturer import LedgerConnector

KEY = ConnectorKey("acme", Tier.API)
DAY = 86_400_000
BEGIN = 20_000 * DAY + 3_600_000
OPEN = 600_000
DAYS = tuple((start, start + DAY) for start in (20_000 * DAY, 20_001 * DAY))
OF = Settings(min_calls=2, open_for=OPEN, probed=False, daily=3, days=DAYS)


class Counted(OneCatalogue):
    """Three requests a day; two failures open its circuit, for ten minutes."""

    of = OF

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The same for all."""
        del manufacturer_id, tier
        return self.of


class Fleet:
    """Dispatchers, each new at every look: what they know is in Redis or in the database."""

    def __init__(self, store: Store, admission: RedisAdmission, socket: Path) -> None:
        self.store = store
        self.admission = admission
        self.socket = socket
        self.catalogue = Counted(LedgerConnector(Capabilities("strong", "key")))

    @property
    def gate(self) -> Gated:
        """Of the one API."""
        return Gated(KEY, self.catalogue.of)

    async def look(self, later: int = 1_000) -> Standing:
        """One dispatcher's, and how the gate is after it."""
        self.admission.now += later
        watch = GateWatch(
            self.admission, self.catalogue, MemoryHints(), states=self.store.connectors
        )
        await watch.once()
        (found,) = await self.admission.look([self.gate])
        return found

    async def called(self, signal: Signal = Signal.SUCCESS, rest: int = 0) -> bool:
        """Whether it was let through."""
        self.admission.now += 1
        ask = Ask(Kind.FIRST, str(self.admission.now))
        (given,) = await self.admission.admit([(self.gate, ask)])
        if not given.lease:
            return False
        said = Report(given.lease, signal, "worker", cause="unavailable.server", rest=rest)
        await self.admission.report([(self.gate, said)])
        return True

    async def opened(self) -> Standing:
        """By two failures out of a closed breaker's window."""
        await self.look()
        for _ in range(5):
            await self.called(Signal.FAILURE)
        found = await self.look()
        assert found.state is State.OPEN
        return found

    def forgets(self) -> None:
        """Everything that is in Redis."""
        assert redis_command(self.socket, b"FLUSHALL") == b"+OK\r\n"

    async def kept(self) -> GateMemory:
        """By the database."""
        return (await self.store.connectors.all())[KEY].gate


@asynccontextmanager
async def running(store: Store, redis_url: str, socket: Path) -> AsyncIterator[Fleet]:
    """Over an empty Redis."""
    client = connect(redis_url)
    yield Fleet(store, RedisAdmission(client, timeout=30, now=BEGIN, draw=lambda: 0), socket)
    await client.aclose()


@pytest.fixture
async def fleet(store: Store, redis_url: str, redis_socket: Path) -> AsyncIterator[Fleet]:
    """Over every store."""
    async with running(store, redis_url, redis_socket) as made:
        yield made


async def test_a_days_quota_outlives_a_loss_of_redis(fleet: Fleet) -> None:
    """Three a day are three a day, whatever is forgotten in between."""
    await fleet.look()
    assert await fleet.called()
    assert await fleet.called()
    assert (await fleet.look()).used_today == 2
    fleet.forgets()
    assert not await fleet.called()
    found = await fleet.look()
    assert (found.state, found.used_today) == (State.RAMP, 2)
    assert await fleet.called()
    assert not await fleet.called()
    assert (await fleet.look()).shut_until == DAYS[0][1]


async def test_another_day_begins_with_nothing(fleet: Fleet) -> None:
    """What was used belongs to the day on which it was."""
    await fleet.look()
    assert await fleet.called()
    await fleet.look()
    fleet.forgets()
    assert (await fleet.look(DAY)).used_today == 0
    await fleet.look()
    assert (await fleet.kept()).day == DAYS[1][0]


async def test_a_hold_outlives_a_loss_of_redis(fleet: Fleet) -> None:
    """A manufacturer that was left alone still is, and the next relapse counts as one."""
    fleet.catalogue.of = replace(OF, daily=0)
    before = await fleet.opened()
    fleet.forgets()
    found = await fleet.look()
    assert (found.state, found.until) == (State.OPEN, before.until)
    assert (found.trips, found.cause) == (before.trips, before.cause)
    assert not await fleet.called()
    fleet.forgets()
    assert (await fleet.look(OPEN)).state is State.RAMP


async def test_what_a_manufacturer_asked_for_outlives_it_too(fleet: Fleet) -> None:
    """An hour's `Retry-After` belongs to no breaker."""
    fleet.catalogue.of = replace(OF, daily=0)
    await fleet.look()
    assert await fleet.called(Signal.THROTTLED, rest=OPEN)
    rest = (await fleet.look()).rest_until
    assert rest > fleet.admission.now
    fleet.forgets()
    found = await fleet.look()
    assert (found.state, found.until, found.cause) == (State.OPEN, rest, RESTING)


async def test_what_an_operator_ended_does_not_come_back(fleet: Fleet) -> None:
    """The next look forgets it in the database, too."""
    fleet.catalogue.of = replace(OF, daily=0)
    await fleet.opened()
    assert (await fleet.kept()).until
    await fleet.admission.reset(fleet.gate)
    await fleet.look()
    assert await fleet.kept() == GateMemory()
    fleet.forgets()
    assert (await fleet.look()).state is State.RAMP


async def test_a_dispatcher_as_it_is_started_remembers(
    store: Store, redis_url: str, redis_socket: Path
) -> None:
    """By the clock of the gate itself."""
    now = round(time.time() * 1000)
    catalogue = Counted(LedgerConnector(Capabilities("strong", "key")))
    catalogue.of = replace(OF, days=((now - DAY, now + DAY),))
    client = connect(redis_url)
    gate, admission = Gated(KEY, catalogue.of), RedisAdmission(client)
    for used in (0, 1):
        await gating.watch(client, catalogue, store.connectors, MemoryHints()).once()
        (found,) = await admission.look([gate])
        assert found.used_today == used
        (given,) = await admission.admit([(gate, Ask(Kind.FIRST, str(used)))])
        assert given.lease
        await admission.report([(gate, Report(given.lease, Signal.SUCCESS, "worker"))])
        await gating.watch(client, catalogue, store.connectors, MemoryHints()).once()
        assert redis_command(redis_socket, b"FLUSHALL") == b"+OK\r\n"
    await client.aclose()


class Shy(MemoryConnectors):
    """Counts what it is told to remember, and may be away for that."""

    away = False
    told: list[GateMemory]

    async def remember(self, key: ConnectorKey, gate: GateMemory) -> None:
        """Unless it is away."""
        if self.away:
            raise StoreUnavailable
        self.told.append(gate)
        await super().remember(key, gate)


class ShyStore(MemoryStore):
    """Over those connectors."""

    def __init__(self) -> None:
        super().__init__()
        self.shy = self.connectors = Shy(self._clock, self._jobs, self._wait_reason, self.audit)
        self.shy.told = []


async def _told(fleet: Fleet, store: ShyStore, looks: int) -> Sequence[GateMemory]:
    for _ in range(looks):
        await fleet.look()
    return store.shy.told


async def test_only_what_is_new_is_written(redis_url: str, redis_socket: Path) -> None:
    """A look a second is no write a second; a hold of seconds is none at all."""
    store = ShyStore()
    async with running(store, redis_url, redis_socket) as fleet:
        fleet.catalogue.of = replace(OF, daily=0)
        assert await _told(fleet, store, 3) == []
        assert await fleet.called(Signal.THROTTLED, rest=SHORT - 1_000)
        assert await _told(fleet, store, 2) == []
        assert await fleet.called(Signal.THROTTLED, rest=OPEN) is False
        fleet.admission.now += SHORT
        assert await fleet.called(Signal.THROTTLED, rest=OPEN)
        assert len(await _told(fleet, store, 3)) == 1


async def test_without_the_database_it_is_the_next_looks(
    redis_url: str, redis_socket: Path
) -> None:
    """The watch goes on, and keeps it as soon as it can."""
    store = ShyStore()
    async with running(store, redis_url, redis_socket) as fleet:
        await fleet.look()
        assert await fleet.called()
        store.shy.told.clear()
        store.shy.away = True
        assert await _told(fleet, store, 2) == []
        store.shy.away = False
        assert [one.used for one in await _told(fleet, store, 1)] == [1]

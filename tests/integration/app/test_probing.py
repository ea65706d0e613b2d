"""Probes by the clock, over all three stores."""

import asyncio
from contextlib import suppress
from datetime import timedelta

from registrar.app.probing import ProbeClock, Probes
from registrar.domain.errors import StoreUnavailable
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import MAINTENANCE, Hint
from registrar.ports.store import Store
from registrar.signals.memory import MemoryHints
from registrar.testing.desk import ACME, OneCatalogue
from registrar.testing.manufacturer import LedgerConnector

KEY = ConnectorKey("acme", Tier.API)
AT_ONCE = timedelta(0)
DAY = timedelta(days=1)


def catalogue(*, probes: bool = True) -> OneCatalogue:
    """Acme, in use."""
    made = LedgerConnector(Capabilities("strong", "key"))
    made.probes = probes
    return OneCatalogue(made)


class Unused(OneCatalogue):
    """Acme is known, and nothing of it is in use."""

    def manufacturers(self) -> dict[str, Manufacturer]:
        """Without a tier that is offered."""
        made = Manufacturer("acme", "Acme", ("Acme",), (), "1", (), (), ())
        assert ACME.offered
        return {"acme": made}


async def test_many_dispatchers_make_one_probe(store: Store) -> None:
    """And a worker keeps what came of it; the hint again does nothing."""
    hints, known = MemoryHints(), catalogue()
    clocks = [ProbeClock(known, store.connectors, hints, AT_ONCE) for _ in range(5)]
    assert sum(await asyncio.gather(*(one.hint() for one in clocks))) == 1
    ((hint,),) = [hints.sent]
    assert (hint.registration_id, hint.queue) == ("acme/api", MAINTENANCE)
    probes = Probes(known, store.connectors, DAY)
    made = await probes.by_hint(hint.registration_id, hint.fence)
    assert made == (await store.connectors.all())[KEY]
    assert made is not None
    assert made.probe is not None
    assert (made.probe.code, made.failures) == ("ok", 0)
    assert await probes.by_hint(hint.registration_id, hint.fence) is None
    assert await clocks[0].hint() == 0


async def test_what_is_not_in_use_or_cannot_be_asked_is_left_alone(store: Store) -> None:
    """By the clock, and by a worker whose catalogue is another one."""
    for known in (Unused(), OneCatalogue(), catalogue(probes=False)):
        assert await ProbeClock(known, store.connectors, MemoryHints(), AT_ONCE).hint() == 0
    for known in (OneCatalogue(), catalogue(probes=False)):
        assert await Probes(known, store.connectors).by_hint("acme/api", 1) is None
    assert await store.connectors.all() == {}


class Away(MemoryHints):
    """Redis comes back after two looks; then the database is away once."""

    def __init__(self) -> None:
        super().__init__()
        self.troubles: list[Exception] = [ConnectionError(), ConnectionError(), StoreUnavailable()]

    async def ping(self) -> None:
        """As long as there is trouble."""
        if self.troubles:
            raise self.troubles.pop()


async def test_an_outage_delays_probes_and_nothing_else(store: Store) -> None:
    """The clock goes on."""
    hints = Away()
    clock = ProbeClock(catalogue(), store.connectors, hints, AT_ONCE, look=0.01)
    task = asyncio.create_task(clock.run())
    async with asyncio.timeout(5):
        while not hints.sent:  # noqa: ASYNC110 - the clock's work
            await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert hints.sent == [Hint("acme/api", 1, MAINTENANCE)]

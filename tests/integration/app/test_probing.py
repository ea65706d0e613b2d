"""Probes by the clock, over all three stores."""

import asyncio
import dataclasses
from contextlib import suppress
from datetime import timedelta

import pytest
from tests.integration.app.desks import A

from registrar.app.probing import ProbeClock, Probes
from registrar.domain.errors import ProbeUnanswered, StoreUnavailable
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Tier
from registrar.domain.policy import Capabilities
from registrar.ports.connector import Connector
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import FORM_PROBES, MAINTENANCE, Hint
from registrar.ports.store import Store
from registrar.signals.memory import MemoryHints
from registrar.testing.desk import ACME, OneCatalogue, connectors
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


class Formed(OneCatalogue):
    """Acme's form, which is not looked at where it is asked for."""

    def __init__(self) -> None:
        made = LedgerConnector(Capabilities("none", "none"))
        super().__init__(made)
        self.made = made

    def manufacturers(self) -> dict[str, Manufacturer]:
        """With a form."""
        listing = TierListing(Tier.WEB, "anyone", "assumed", enabled=True)
        return {"acme": dataclasses.replace(ACME, tiers=(listing,))}

    def connector(self, manufacturer_id: str, tier: Tier, version: str = "") -> Connector | None:
        """Of the form alone."""
        del manufacturer_id, version
        return self.made if tier is Tier.WEB else None


FORM = ConnectorKey("acme", Tier.WEB)


async def test_a_form_that_somebody_asks_for_is_looked_at_by_a_worker(store: Store) -> None:
    """Whoever asks has no browser: it waits for the worker's answer, which is a new one."""
    hints, known = MemoryHints(), Formed()
    desk = connectors(store, known)
    await desk.probes.make(FORM, known.made, DAY)
    before = (await desk.get(FORM)).probe
    asked = asyncio.create_task(desk.probe(A, FORM, timedelta(seconds=20)))
    clock = ProbeClock(known, store.connectors, hints, DAY)
    while not await clock.hint():  # noqa: ASYNC110 - the database is asked, as by the clock
        await asyncio.sleep(0.01)
    (hint,) = hints.sent
    assert (hint.registration_id, hint.queue) == ("acme/web_automation", FORM_PROBES)
    await Probes(known, store.connectors, DAY).by_hint(hint.registration_id, hint.fence)
    now = (await asked).probe
    assert (now == before, now and now.code) == (False, "ok")


async def test_a_form_that_no_worker_looks_at_is_said_so(store: Store) -> None:
    """And it stays due."""
    desk = connectors(store, known := Formed())
    with pytest.raises(ProbeUnanswered):
        await desk.probe(A, FORM, timedelta(seconds=0.6))
    assert await ProbeClock(known, store.connectors, MemoryHints(), DAY).hint() == 1

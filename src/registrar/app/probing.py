"""Health probes of connectors: read-only, asked for by the clock or by a person."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from time import perf_counter

import structlog

from registrar.app.forms import Forms
from registrar.app.gate_watch import OF_A_BREAKER
from registrar.app.gating import Deferral, Gates, NoGates
from registrar.domain.connector import WELL, ConnectorState, probe_code
from registrar.domain.errors import ProbeUnanswered, StoreUnavailable
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.ports.connector import Catalogue, Connector
from registrar.ports.connector_states import ConnectorKey, ConnectorStates, Probed, read_key
from registrar.ports.queue import Hint, Hints, probes_of

ASKED_SECONDS = 0.25
"""Between two looks whether a worker has answered."""
LEASE = timedelta(minutes=5)
"""A probe that was hinted and not recorded by then is hinted again."""

SOONER = 4
"""A form that was found wrong is looked at again in this part of the interval."""

_log = structlog.get_logger("registrar.probes")


async def probe(ask: Callable[[], Awaitable[Outcome]], within: timedelta) -> tuple[str, timedelta]:
    """The code, and how long it took. Never raises for what a manufacturer does."""
    started = perf_counter()
    try:
        async with asyncio.timeout(within.total_seconds()):
            code = probe_code(await ask())
    except StoreUnavailable:
        raise
    except TimeoutError:
        code = Code.UNAVAILABLE_CONNECT.value
    except Exception:  # noqa: BLE001 - a connector's bug is what a probe is there to find
        code = Code.CONNECTOR_BUG.value
    return code, timedelta(seconds=perf_counter() - started)


def _spread(interval: timedelta) -> timedelta:
    """A tenth sooner or later, so that manufacturers do not drift into one moment."""
    return interval * random.uniform(0.9, 1.1)  # noqa: S311 - spreads load


@dataclass(frozen=True, slots=True)
class Probes:
    """Makes probes, and keeps what came of them. `interval`: until the next one by the clock."""

    catalogue: Catalogue
    states: ConnectorStates
    interval: timedelta = timedelta(days=1)
    forms: Forms | None = None
    gates: Gates = field(default_factory=NoGates)

    async def by_hint(self, key: str, fence: int) -> ConnectorState | None:
        """What a worker does; None where there is nothing to do, or the hint is an old one.

        Raises StoreUnavailable, and ConnectionError where the gate does not answer.
        """
        named = read_key(key)
        connector = self.catalogue.connector(named.manufacturer_id, named.tier)
        if connector is None or not connector.probes:
            return None
        given = await self.gates.ask_to_probe(named)
        if isinstance(given, Deferral):
            return None
        code, latency = await self._made(named, connector, connector.capabilities.send_deadline)
        said = Outcome(Code.REGISTERED if code == WELL else Code(code), Effect.NOT_SENT)
        await self.gates.told(given, said, latency.total_seconds())
        return await self._kept(named, code, latency, None if fence == OF_A_BREAKER else fence)

    async def make(
        self, key: ConnectorKey, connector: Connector, within: timedelta
    ) -> ConnectorState | None:
        """One that a person asks for: whatever its breaker says."""
        return await self._kept(key, *await self._made(key, connector, within))

    async def _made(
        self, key: ConnectorKey, connector: Connector, within: timedelta
    ) -> tuple[str, timedelta]:
        code, latency = await probe(self._asking(key, connector), within)
        _log.info("probe", connector=str(key), code=code, seconds=latency.total_seconds())
        return code, latency

    async def _kept(
        self, key: ConnectorKey, code: str, latency: timedelta, fence: int | None = None
    ) -> ConnectorState | None:
        """None where another probe was recorded since the hint."""
        ill = key.tier is Tier.WEB and code != WELL
        probed = Probed(code, latency, _spread(self.interval / (SOONER if ill else 1)), fence)
        return await self.states.record(key, probed)

    def _asking(self, key: ConnectorKey, connector: Connector) -> Callable[[], Awaitable[Outcome]]:
        if self.forms is None or key.tier is not Tier.WEB:
            return connector.health
        return partial(self.forms.looked, key, connector)

    async def ask(self, key: ConnectorKey, within: timedelta) -> ConnectorState:
        """Made by a worker: not every process has what it takes. Raises ProbeUnanswered."""
        before = (await self.states.all()).get(key)
        await self.states.want_probe(key)
        last = perf_counter() + within.total_seconds()
        while perf_counter() < last:
            await asyncio.sleep(ASKED_SECONDS)
            now = (await self.states.all()).get(key)
            if now and now.probe and now.probe != (before and before.probe):
                return now
        raise ProbeUnanswered


@dataclass(frozen=True, slots=True)
class ProbeClock:
    """Hints due probes to the workers. Any number may run: each probe is taken by one of them.

    `look` in seconds: how often it asks which are due.
    """

    catalogue: Catalogue
    states: ConnectorStates
    hints: Hints
    interval: timedelta = timedelta(days=1)
    look: float = 10.0
    forms: Forms | None = None

    async def run(self) -> None:
        """For ever; an outage of the database or of Redis delays probes, and nothing else."""
        while True:
            with suppress(StoreUnavailable, ConnectionError):
                if self.forms is not None:
                    await self.forms.renewed()
                await self.hint()
            await asyncio.sleep(self.look)

    async def hint(self) -> int:
        """Those that are due now; says how many."""
        await self.hints.ping()
        taken = await self.states.due_probes(self._keys(), self.interval, LEASE)
        if taken:
            await self.hints.send(
                [Hint(str(key), fence, probes_of(key.tier)) for key, fence in taken]
            )
        return len(taken)

    def _keys(self) -> list[ConnectorKey]:
        """Connectors in use here that can be asked."""
        listed = [
            (maker.id, tier)
            for maker in self.catalogue.manufacturers().values()
            for tier in maker.offered
        ]
        found = {ConnectorKey(*one): self.catalogue.connector(*one) for one in listed}
        return [key for key, connector in found.items() if connector and connector.probes]

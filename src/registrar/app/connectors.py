"""Connectors, as operators see and stop them. Of the whole installation, not of a tenant."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from registrar.app.audit import Audit
from registrar.app.circuit_view import Circuit
from registrar.app.circuits import Circuits, Look
from registrar.app.commands import Caller
from registrar.app.drift import Drifts
from registrar.app.overrides import Overrides
from registrar.app.probing import Probes
from registrar.app.reasons import of_end, of_reason
from registrar.app.registrations import JOBS
from registrar.domain.audit import Action
from registrar.domain.connector import ConnectorState, Pause, Probe
from registrar.domain.errors import InvalidRequest, NotFound, StateConflict
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Code, Tier
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue, Connector
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.ports.queue import Doorbell
from registrar.resilience.answers import Mode

LIFTED_AT_ONCE = 1_000
"""Jobs that a resumption makes due itself; the dispatcher's sweeper does the rest."""
_REJECTED = "The manufacturer rejects the credentials."


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """Everything that is known of a connector; `tier` is None where the manifest is put aside."""

    manufacturer_id: str
    tier: Tier | None
    version: str = ""
    audience: str = ""
    evidence: str = ""
    enabled: bool = False
    quarantine: str = ""
    hold: str = ""
    pause: Pause | None = None
    probe: Probe | None = None
    failures: int = 0
    secret_expires_at: datetime | None = None
    circuit: Circuit | None = None
    """None where it sends nothing, or is not in use here."""
    next_probe_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Connectors:
    """The use cases."""

    catalogue: Catalogue
    states: ConnectorStates
    clock: Clock
    doorbell: Doorbell
    probes: Probes
    overrides: Overrides
    drifts: Drifts
    circuits: Circuits
    audit: Audit

    async def all(self) -> list[ConnectorView]:
        """By manufacturer and tier."""
        states, look = await self.states.all(), await self.circuits.look()
        known = [
            self._view(maker, listing, states.get(ConnectorKey(maker.id, listing.tier)), look)
            for maker in self.catalogue.manufacturers().values()
            for listing in maker.tiers
        ]
        aside = [
            ConnectorView(name, None, quarantine=reason)
            for name, reason in self.catalogue.quarantined().items()
        ]
        order = list(Tier)
        return sorted(
            known + aside,
            key=lambda one: (one.manufacturer_id, order.index(one.tier) if one.tier else -1),
        )

    async def get(self, key: ConnectorKey) -> ConnectorView:
        """NotFound where there is none."""
        self._check(key)
        return await self._shown(key, (await self.states.all()).get(key))

    async def pause(
        self, caller: Caller, key: ConnectorKey, reason: str, until: datetime | None
    ) -> ConnectorView:
        """InvalidRequest for a reason or an end that cannot be."""
        self._check(key)
        said = reason.strip()
        wrong = [*of_reason(said), *of_end(until, self.clock.now())]
        if wrong:
            raise InvalidRequest(tuple(wrong))
        act = self.audit.act(caller, Action.PAUSE, key)
        state = await self.states.pause(key, said, act.actor, until, act)
        return await self._shown(key, state)

    async def resume(self, caller: Caller, key: ConnectorKey) -> ConnectorView:
        """What waited for it goes on."""
        self._check(key)
        state = await self.states.resume(key, self.audit.act(caller, Action.RESUME, key))
        if key.tier is Tier.WEB:
            await self.drifts.forms.records.worked(key.manufacturer_id)
        await self.states.lift(LIFTED_AT_ONCE)
        await self.doorbell.ring(JOBS)
        return await self._shown(key, state)

    async def reset(self, caller: Caller, key: ConnectorKey) -> ConnectorView:
        """Its circuit begins the ramp; see `Circuits.reset`."""
        self._check(key)
        await self.circuits.reset(caller, key)
        return await self.get(key)

    async def rule(
        self, caller: Caller, key: ConnectorKey, mode: Mode, reason: str, until: datetime | None
    ) -> ConnectorView:
        """The last word over its circuit; see `Circuits.rule`."""
        self._check(key)
        await self.circuits.rule(caller, key, mode, reason, until)
        return await self.get(key)

    async def probe(self, caller: Caller, key: ConnectorKey, within: timedelta) -> ConnectorView:
        """Within that time and the connector's own. StateConflict where it cannot be asked."""
        self._check(key)
        connector = self.catalogue.connector(key.manufacturer_id, key.tier)
        if connector is None:
            raise StateConflict("This connector is not in use here, or is held.")
        if not connector.probes:
            raise StateConflict("This connector has no health operation.")
        act = self.audit.act(caller, Action.PROBE, key)
        work = self._probing(key, connector, within)
        return await self._shown(key, await self.audit.around(act, work, _found))

    def _probing(
        self, key: ConnectorKey, connector: Connector, within: timedelta
    ) -> Callable[[], Awaitable[ConnectorState | None]]:
        if key.tier is Tier.WEB:
            # A browser is started by the workers of forms, and nowhere else.
            return partial(self.probes.ask, key, within)
        longest = min(within, connector.capabilities.send_deadline)
        return partial(self.probes.make, key, connector, longest)

    def _check(self, key: ConnectorKey) -> None:
        maker = self.catalogue.manufacturers().get(key.manufacturer_id)
        aside = key.manufacturer_id in self.catalogue.quarantined()
        if not aside and (maker is None or maker.listing(key.tier) is None):
            raise NotFound

    async def _shown(self, key: ConnectorKey, state: ConnectorState | None) -> ConnectorView:
        maker = self.catalogue.manufacturers().get(key.manufacturer_id)
        listing = maker and maker.listing(key.tier)
        if maker and listing:
            return self._view(maker, listing, state, await self.circuits.look(key))
        pause = state.pause if state else None
        reason = self.catalogue.quarantined().get(key.manufacturer_id, "")
        return ConnectorView(key.manufacturer_id, key.tier, quarantine=reason, pause=pause)

    def _view(
        self, maker: Manufacturer, listing: TierListing, state: ConnectorState | None, look: Look
    ) -> ConnectorView:
        known = state or ConnectorState(maker.id, listing.tier)
        connector = self.catalogue.connector(maker.id, listing.tier)
        circuit = look.of(ConnectorKey(maker.id, listing.tier), known.ruling)
        planned = known.probe_due if connector and connector.probes else None
        return ConnectorView(
            manufacturer_id=maker.id,
            tier=listing.tier,
            version=maker.version,
            audience=listing.audience,
            evidence=listing.evidence,
            enabled=listing.enabled,
            hold=self.catalogue.held(maker.id, listing.tier) or _rejected(known.probe),
            pause=known.pause,
            probe=known.probe,
            failures=known.failures,
            secret_expires_at=connector.secret_expires_at if connector else None,
            circuit=circuit,
            next_probe_at=_first(planned, circuit.probe_at if circuit else None),
        )


def _first(*times: datetime | None) -> datetime | None:
    return min((one for one in times if one is not None), default=None)


def _found(state: ConnectorState | None) -> object:
    """What a probe has found."""
    return {"code": state.probe.code} if state and state.probe else {}


def _rejected(probe: Probe | None) -> str:
    return _REJECTED if probe and probe.code == Code.AUTH_REJECTED.value else ""

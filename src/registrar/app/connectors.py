"""Connectors, as operators see and stop them. Of the whole installation, not of a tenant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from registrar.app.commands import Caller
from registrar.app.drift import Drifts
from registrar.app.overrides import Overrides
from registrar.app.probing import Probes
from registrar.app.registrations import JOBS
from registrar.domain.connector import ConnectorState, Pause, Probe
from registrar.domain.errors import InvalidRequest, NotFound, StateConflict, Violation
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Code, Tier
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.ports.queue import Doorbell

LONGEST_REASON = 256
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

    async def all(self) -> list[ConnectorView]:
        """By manufacturer and tier."""
        states = await self.states.all()
        known = [
            self._view(maker, listing, states.get(ConnectorKey(maker.id, listing.tier)))
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
        return self._shown(key, (await self.states.all()).get(key))

    async def pause(
        self, caller: Caller, key: ConnectorKey, reason: str, until: datetime | None
    ) -> ConnectorView:
        """InvalidRequest for a reason or an end that cannot be."""
        self._check(key)
        said = reason.strip()
        wrong = [*_of_reason(said), *self._of_end(until)]
        if wrong:
            raise InvalidRequest(tuple(wrong))
        state = await self.states.pause(key, said, f"key:{caller.key_id}", until)
        return self._shown(key, state)

    async def resume(self, key: ConnectorKey) -> ConnectorView:
        """What waited for it goes on."""
        self._check(key)
        state = await self.states.resume(key)
        if key.tier is Tier.WEB:
            await self.drifts.forms.records.worked(key.manufacturer_id)
        await self.states.lift(LIFTED_AT_ONCE)
        await self.doorbell.ring(JOBS)
        return self._shown(key, state)

    async def probe(self, key: ConnectorKey, within: timedelta) -> ConnectorView:
        """Within that time and the connector's own. StateConflict where it cannot be asked."""
        self._check(key)
        connector = self.catalogue.connector(key.manufacturer_id, key.tier)
        if connector is None:
            raise StateConflict("This connector is not in use here, or is held.")
        if not connector.probes:
            raise StateConflict("This connector has no health operation.")
        if key.tier is Tier.WEB:
            # A browser is started by the workers of forms, and nowhere else.
            return self._shown(key, await self.probes.ask(key, within))
        longest = min(within, connector.capabilities.send_deadline)
        return self._shown(key, await self.probes.make(key, connector, longest))

    def _check(self, key: ConnectorKey) -> None:
        maker = self.catalogue.manufacturers().get(key.manufacturer_id)
        aside = key.manufacturer_id in self.catalogue.quarantined()
        if not aside and (maker is None or maker.listing(key.tier) is None):
            raise NotFound

    def _of_end(self, until: datetime | None) -> list[Violation]:
        if until is None or until > self.clock.now():
            return []
        return [Violation("until", "future", "It must lie in the future.")]

    def _shown(self, key: ConnectorKey, state: ConnectorState | None) -> ConnectorView:
        maker = self.catalogue.manufacturers().get(key.manufacturer_id)
        listing = maker and maker.listing(key.tier)
        if maker and listing:
            return self._view(maker, listing, state)
        pause = state.pause if state else None
        reason = self.catalogue.quarantined().get(key.manufacturer_id, "")
        return ConnectorView(key.manufacturer_id, key.tier, quarantine=reason, pause=pause)

    def _view(
        self, maker: Manufacturer, listing: TierListing, state: ConnectorState | None
    ) -> ConnectorView:
        known = state or ConnectorState(maker.id, listing.tier)
        connector = self.catalogue.connector(maker.id, listing.tier)
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
        )


def _of_reason(reason: str) -> list[Violation]:
    if 1 <= len(reason) <= LONGEST_REASON and reason.isprintable():
        return []
    problem = f"Between 1 and {LONGEST_REASON} printable characters are needed."
    return [Violation("reason", "length", problem)]


def _rejected(probe: Probe | None) -> str:
    return _REJECTED if probe and probe.code == Code.AUTH_REJECTED.value else ""

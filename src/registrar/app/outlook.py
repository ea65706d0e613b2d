"""What is planned for a registration, from the manifest, this installation and its operators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from registrar.app.calling import shut
from registrar.app.commands import Explained, View
from registrar.app.gating import tell
from registrar.domain import plan as plans
from registrar.domain.connector import ConnectorState
from registrar.domain.explanation import told
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.outcome import Tier
from registrar.domain.plan import Course, Planned, Reason, Standing
from registrar.domain.registration import Attempt, Registration, State
from registrar.ports.admission import Admission, Gated
from registrar.ports.clock import Clock
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.resilience.answers import Why

_OF_PAUSES = (Reason.PAUSED, Reason.STOPPED)
"""An operator's is waited for, and the system's own is passed over."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The use cases. They read, and never ask a manufacturer."""

    states: ConnectorStates
    catalogue: Catalogue
    clock: Clock
    admission: Admission | None = None
    """Whose gates tell which routes fail for everyone; None where there are none."""

    async def plan(self, view: View) -> tuple[Planned, ...]:
        """All routes; StoreUnavailable where the database does not answer."""
        registration = view.registration
        maker = self.catalogue.manufacturers().get(registration.manufacturer_id)
        if maker is None:
            maker = _unknown(registration.manufacturer_id)
        states = await self.states.all()
        paused = _paused(registration, states)
        waiting, stopped = ({t: r for t, r in paused.items() if r is one} for one in _OF_PAUSES)
        waiting = await self._open(maker) | waiting
        standing = Standing(stopped | self._shut(registration.manufacturer_id), waiting)
        kind = view.submission.customer.type
        return plans.plan(maker, kind, self._course(registration), standing)

    async def explained(self, view: View, attempts: Sequence[Attempt]) -> Explained:
        """One registration with what is planned for it."""
        planned = await self.plan(view)
        registration = view.registration
        return Explained(registration, attempts, planned, told(registration, planned))

    async def _open(self, maker: Manufacturer) -> dict[Tier, Reason]:
        """Where the gate does not answer, nothing is known of it."""
        if self.admission is None:
            return {}
        keys = [ConnectorKey(maker.id, tier) for tier in maker.offered if tier.sends]
        gates = [Gated(key, self.catalogue.pace(key.manufacturer_id, key.tier)) for key in keys]
        try:
            found = await self.admission.look(gates)
        except ConnectionError:
            return {}
        seen = list(zip(keys, found, strict=True))
        for key, one in seen:
            tell(key, one.move)
        circuits = [key.tier for key, one in seen if one.shut is Why.CIRCUIT]
        return dict.fromkeys(circuits, Reason.BREAKER_OPEN)

    def _shut(self, manufacturer_id: str) -> dict[Tier, Reason]:
        held = self.catalogue.held
        return {
            tier: Reason.SECRET_MISSING if held(manufacturer_id, tier) else Reason.NOT_CONFIGURED
            for tier in shut(self.catalogue, manufacturer_id)
        }

    def _course(self, registration: Registration) -> Course:
        ends = registration.complete_by
        return Course(
            allowed=registration.allowed_tiers,
            tier=registration.tier,
            effect=registration.effect,
            resend=registration.resend,
            overdue=ends is not None and ends <= self.clock.now(),
            asked=registration.state is State.ACTION_REQUIRED,
            finished=registration.state.terminal or registration.state is State.CANCELLING,
        )


def _unknown(manufacturer_id: str) -> Manufacturer:
    """Of a manifest that is put aside: what it offers is not known at the moment."""
    return Manufacturer(manufacturer_id, manufacturer_id, (), (), "", (), (), ())


def _paused(
    registration: Registration, states: dict[ConnectorKey, ConnectorState]
) -> dict[Tier, Reason]:
    mine = (tier for tier in Tier if ConnectorKey(registration.manufacturer_id, tier) in states)
    found = {tier: states[ConnectorKey(registration.manufacturer_id, tier)].pause for tier in mine}
    return {
        tier: Reason.STOPPED if pause.stopped else Reason.PAUSED
        for tier, pause in found.items()
        if pause is not None
    }

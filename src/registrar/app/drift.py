"""What operators see of changed forms, and what they say of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import structlog

from registrar.app.audit import Audit
from registrar.app.commands import Caller
from registrar.app.forms import Forms
from registrar.domain.audit import Action
from registrar.domain.connector import Pause
from registrar.domain.drift import Change
from registrar.domain.errors import NotFound, StateConflict
from registrar.domain.outcome import Tier
from registrar.ports.connector import Catalogue
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.forms import KeptPage

_log = structlog.get_logger("registrar.forms")


@dataclass(frozen=True, slots=True)
class StepDrift:
    """One step. Without a baseline there is nothing that it could have changed from."""

    step: str
    changes: tuple[Change, ...]
    """The worst first."""
    seen_at: datetime
    """Since when it looks so."""
    baseline_at: datetime | None = None
    artifact_id: str = ""


@dataclass(frozen=True, slots=True)
class FormDrift:
    """One manufacturer's form, as its manifest in use knows it."""

    manufacturer_id: str
    version: str
    steps: tuple[StepDrift, ...]
    failures: int = 0
    """In a row."""
    patch: str = ""
    """A unified diff of the manifest: for a person to look at, never applied by the service."""
    stop: Pause | None = None
    """In force, by the system."""


@dataclass(frozen=True, slots=True)
class Drifts:
    """The use cases of operators."""

    catalogue: Catalogue
    forms: Forms
    audit: Audit

    async def all(self, manufacturer_id: str = "") -> Sequence[FormDrift]:
        """Of one manufacturer or of all that have a form; NotFound for one that has none."""
        makers = [manufacturer_id] if manufacturer_id else sorted(self.catalogue.manufacturers())
        known = [one for one in makers if self.forms.known.version(one)]
        if manufacturer_id and not known:
            raise NotFound
        return [await self._of(one) for one in known]

    async def accept(self, caller: Caller, manufacturer_id: str) -> FormDrift:
        """What is there now is as it should be, and a stop is over. NotFound, StateConflict."""
        before = (await self.all(manufacturer_id))[0]
        act = self.audit.act(caller, Action.ACCEPT_FORM, manufacturer_id)
        if not await self.forms.records.accept(manufacturer_id, before.version, act):
            raise StateConflict("Nobody has seen this form yet.")
        changes = [str(one) for step in before.steps for one in step.changes]
        told = {"version": before.version, "by": act.actor, "changes": changes}
        _log.warning("form_accepted", manufacturer=manufacturer_id, **told)
        if before.stop:
            key = ConnectorKey(manufacturer_id, Tier.WEB)
            await self.forms.resume(key, "accepted", replace(act, subject=str(key)))
        return await self._of(manufacturer_id)

    async def _of(self, maker: str) -> FormDrift:
        known, version = self.forms.known, self.forms.known.version(maker)
        kept = await self.forms.records.of(maker, version)
        order = known.steps(maker)
        named = [*(one for one in order if one in kept.pages), *sorted({*kept.pages} - {*order})]
        steps = tuple(self._step(maker, step, kept.pages[step]) for step in named)
        state = (await self.forms.states.all()).get(ConnectorKey(maker, Tier.WEB))
        pause = state.pause if state else None
        return FormDrift(
            manufacturer_id=maker,
            version=version,
            steps=steps,
            failures=kept.failures,
            patch=known.patch(maker, {one.step: one.changes for one in steps}),
            stop=pause if pause and pause.stopped else None,
        )

    def _step(self, maker: str, step: str, page: KeptPage) -> StepDrift:
        before = page.baseline
        changes = self.forms.known.compare(maker, before, page.seen) if before else ()
        return StepDrift(step, changes, page.seen_at, page.baseline_at, page.artifact_id)

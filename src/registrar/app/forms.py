"""What visits tell of forms: how they look, when they stop being filled, and when they go on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Protocol

import structlog

from registrar.domain.audit import Act
from registrar.domain.drift import Change, FormPage, FormSight, FormWalk, Severity, certain, worst
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.registration import Registration
from registrar.ports.connector import Connector
from registrar.ports.connector_states import ConnectorKey, ConnectorStates
from registrar.ports.forms import FormRecord, FormRecords, KeptPage, KnownForms, Look

PATIENCE_SECONDS = 5.0
"""An outcome waits no longer than this for what the visit has seen to be noted."""

LONGEST_REASON = 256
CHANGED = frozenset({Code.FORM_CHANGED, Code.TERMS_CHANGED})
FAILED = CHANGED | {Code.CAPTCHA, Code.LOGIN_REQUIRED, Code.OTP_REQUIRED, Code.BLOCKED}
"""What stops a form where it happens several times in a row."""

PASSED = frozenset({Effect.ACCEPTED, Effect.REFUSED})
"""The manufacturer's own word: every step on the way to it was as it should be."""

A_PROBE = "probe"
"""Who has failed where no registration has."""

_log = structlog.get_logger("registrar.forms")


class Visits(Protocol):
    """Notes what an attempt has seen. `Forms` in production."""

    async def walked(
        self, of: Registration, outcome: Outcome, walk: FormWalk | None, picture: str
    ) -> None:
        """Never raises, and does not take long. `picture`: an artifact's id."""
        ...


class NoVisits:
    """Nothing is noted: a rehearsal."""

    async def walked(
        self, of: Registration, outcome: Outcome, walk: FormWalk | None, picture: str
    ) -> None:
        """Forget it."""


@dataclass(frozen=True, slots=True)
class Forms:
    """The use cases of workers and of the dispatcher."""

    known: KnownForms
    records: FormRecords
    states: ConnectorStates

    async def walked(
        self, of: Registration, outcome: Outcome, walk: FormWalk | None, picture: str
    ) -> None:
        """Before the outcome is written: the next registration must not meet the same form."""
        if walk is None or self.known.version(of.manufacturer_id) != walk.version:
            return
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._walked(of, outcome, walk, picture)
        except Exception as error:  # noqa: BLE001 - a defect here may not cost a registration
            why = type(error).__name__
            _log.warning("form_not_noted", manufacturer=of.manufacturer_id, why=why)

    async def _walked(
        self, of: Registration, outcome: Outcome, walk: FormWalk, picture: str
    ) -> None:
        maker, good = of.manufacturer_id, outcome.effect in PASSED
        kept = await self.records.of(maker, walk.version)
        looks = [self._noted(maker, kept.pages.get(one.step), one) for one in walk.sights]
        fresh = [one for one in looks if _is_new(kept, one, good=good)]
        if fresh:
            await self.records.saw(maker, walk.version, Look(fresh, good))
        if outcome.code in FAILED and outcome.effect is Effect.NOT_SENT:
            await self._failed(of, outcome, walk, kept, picture)
        elif good and kept.failures:
            await self.records.worked(maker)

    async def _failed(
        self, of: Registration, outcome: Outcome, walk: FormWalk, kept: FormRecord, picture: str
    ) -> None:
        maker, step = of.manufacturer_id, walk.sought
        sight = walk.sight(step)
        if sight is not None:
            noted = self._noted(maker, kept.pages.get(step), sight)
            await self.records.saw(maker, walk.version, Look([noted], artifact_id=picture))
        key = ConnectorKey(maker, Tier.WEB)
        broken = self._broken(maker, kept.pages.get(step), sight)
        if broken and outcome.code in CHANGED:
            await self._stop(key, walk.version, step, outcome.code, str(broken[0]))
        else:
            await self._count(key, walk.version, step, outcome.code, of.id)

    def _broken(
        self, maker: str, page: KeptPage | None, sight: FormSight | None
    ) -> tuple[Change, ...]:
        """One odd record breaks nothing: the step itself must differ, whoever comes to it."""
        if page is None or page.baseline is None or sight is None:
            return ()
        first = self._since(maker, page.baseline, sight.arrived)
        return certain(first, self._since(maker, page.baseline, sight.last)) if first else ()

    def _noted(self, maker: str, page: KeptPage | None, sight: FormSight) -> FormPage:
        """How it came; how it was at last, where it was still being drawn when it came."""
        if page is None or page.baseline is None or self._broken(maker, page, sight):
            return sight.arrived
        first = self._since(maker, page.baseline, sight.arrived)
        return sight.last if worst(first) is Severity.BREAKING else sight.arrived

    async def _count(self, key: ConnectorKey, version: str, step: str, code: Code, by: str) -> None:
        failures = await self.records.failed(key.manufacturer_id, version, by)
        if failures >= self.known.patience(key.manufacturer_id):
            reason = f"{failures} failures in a row, the last one {code.value} at {step}"
            await self._stop(key, version, step, code, reason)

    async def _stop(
        self, key: ConnectorKey, version: str, step: str, code: Code, reason: str
    ) -> None:
        said = "".join(one if one.isprintable() else " " for one in reason)[:LONGEST_REASON]
        if await self.states.stop(key, said, version, step) is None:
            return
        told = {"tier": key.tier.value, "version": version, "step": step, "reason": said}
        _log.warning("form_stopped", manufacturer=key.manufacturer_id, code=code.value, **told)

    async def looked(self, key: ConnectorKey, connector: Connector) -> Outcome:
        """A probe of a form: FORM_CHANGED where it cannot be filled as it was before."""
        maker = key.manufacturer_id
        form, version = self.known.form(maker), self.known.version(maker)
        if form is None:
            return await connector.health()
        outcome, sight = await form.sight()
        if sight is not None:
            return await self._compared(key, version, sight, outcome)
        if outcome.code in FAILED:
            await self._count(key, version, self.known.steps(maker)[0], outcome.code, A_PROBE)
        return outcome

    async def _compared(
        self, key: ConnectorKey, version: str, sight: FormSight, outcome: Outcome
    ) -> Outcome:
        maker, now = key.manufacturer_id, sight.arrived
        kept, fits = await self.records.of(maker, version), self.known.fits(maker, now)
        if _is_new(kept, now, good=fits):
            await self.records.saw(maker, version, Look([now], fits))
        page = kept.pages.get(now.step)
        broken = self._broken(maker, page, sight)
        if broken:
            await self._stop(key, version, now.step, Code.FORM_CHANGED, str(broken[0]))
            return Outcome(Code.FORM_CHANGED, Effect.NOT_SENT, str(broken[0]))
        if self._as_before(maker, page, now) if page and page.baseline else fits:
            await self._mended(key, now.step)
        return outcome

    def _as_before(self, maker: str, page: KeptPage, now: FormPage) -> bool:
        before = page.baseline or now
        return worst(self._since(maker, before, now)) in {None, Severity.COSMETIC}

    def _since(self, maker: str, before: FormPage, now: FormPage) -> tuple[Change, ...]:
        """Mostly nothing: that costs a thousandth of a comparison."""
        return () if before.digest == now.digest else self.known.compare(maker, before, now)

    async def _mended(self, key: ConnectorKey, step: str) -> None:
        """What a probe sees tells nothing of a later step."""
        state = (await self.states.all()).get(key)
        pause = state.pause if state else None
        if pause and pause.stopped and pause.step == step:
            await self.resume(key, "probe")

    async def renewed(self) -> int:
        """End the stops of versions that are no longer in use; says how many."""
        states = await self.states.all()
        stops = {key: one.pause.stopped for key, one in states.items() if one.pause}
        over = [
            key
            for key, version in stops.items()
            if version and self.known.version(key.manufacturer_id) not in {"", version}
        ]
        for key in over:
            await self.resume(key, "version")
        return len(over)

    async def resume(self, key: ConnectorKey, why: str, act: Act | None = None) -> None:
        """As if it had never failed. `why`: probe, version or accepted."""
        await self.states.resume(key, act)
        await self.records.worked(key.manufacturer_id)
        _log.info("form_resumed", manufacturer=key.manufacturer_id, tier=key.tier.value, why=why)


def _is_new(kept: FormRecord, page: FormPage, *, good: bool) -> bool:
    """Whether it tells something that is not known yet."""
    known = kept.pages.get(page.step)
    if known is None or known.seen.digest != page.digest:
        return True
    return good and known.baseline is None

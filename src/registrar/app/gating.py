"""Whether a step may ask its manufacturer now, and what its end tells of the manufacturer."""

from __future__ import annotations

import asyncio
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from registrar.domain.outcome import Code, Outcome, Tier, Verdict, Verification
from registrar.domain.registration import Step, WaitReason
from registrar.ports.admission import Gated
from registrar.ports.connector import Catalogue, Connector
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import Work
from registrar.resilience.answers import Ask, Decision, Kind, Move, Report, Signal, State, Why
from registrar.resilience.settings import WHOLE
from registrar.resilience.suspicion import Suspicion

SIGNALS: dict[Code, Signal] = {
    Code.REGISTERED: Signal.SUCCESS,
    Code.ACCEPTED_PENDING: Signal.SUCCESS,
    Code.DUPLICATE_SAME_OWNER: Signal.SUCCESS,
    Code.DUPLICATE_OTHER_OWNER: Signal.SUCCESS,
    Code.INVALID_FIELD: Signal.SUCCESS,
    Code.UNSUPPORTED_PRODUCT: Signal.SUCCESS,
    Code.NOT_ELIGIBLE: Signal.SUCCESS,
    Code.SESSION_EXPIRED: Signal.NEUTRAL,
    Code.AUTH_REJECTED: Signal.HOLD,
    Code.CONFIG_MISSING: Signal.HOLD,
    Code.RATE_LIMITED: Signal.THROTTLED,
    Code.QUOTA_EXHAUSTED: Signal.THROTTLED,
    Code.BLOCKED: Signal.FAILURE,
    Code.CAPTCHA: Signal.FAILURE,
    Code.LOGIN_REQUIRED: Signal.FAILURE,
    Code.OTP_REQUIRED: Signal.FAILURE,
    Code.FORM_CHANGED: Signal.HOLD,
    Code.CONTRACT_CHANGED: Signal.HOLD,
    Code.TERMS_CHANGED: Signal.HOLD,
    Code.UNAVAILABLE_CONNECT: Signal.FAILURE,
    Code.UNAVAILABLE_SERVER: Signal.FAILURE,
    Code.OUTCOME_UNKNOWN: Signal.FAILURE,
    Code.UNMAPPED: Signal.FAILURE,
    Code.CONNECTOR_BUG: Signal.NEUTRAL,
    Code.INTERNAL: Signal.NEUTRAL,
    Code.HANDED_OVER: Signal.NEUTRAL,
}
"""What each code of the taxonomy tells of the manufacturer."""

_STOPPED = {Code.FORM_CHANGED, Code.TERMS_CHANGED}
"""A form's route is stopped for these as a whole, until a person has mended it."""

REASONS: dict[Why, WaitReason] = {
    Why.COLD: WaitReason.CAPACITY,
    Why.CIRCUIT: WaitReason.CIRCUIT_OPEN,
    Why.RATE: WaitReason.RATE_LIMITED,
    Why.QUIET: WaitReason.RATE_LIMITED,
    Why.CAPACITY: WaitReason.CAPACITY,
    Why.BUDGET: WaitReason.RETRY_BACKOFF,
}

MOMENT = timedelta(seconds=2)
"""Not worth putting a job off for."""
_BRIEF = {Why.RATE, Why.CAPACITY}
TRIES = 3

SPREAD = 0.1
"""Part of a wait by which those who wait are spread, so that they do not come back at once."""

_log = structlog.get_logger("registrar.breaker")


def tell(key: ConnectorKey, move: Move | None) -> None:
    """One line a move, by whoever has made it: a warning where nobody is asked any more."""
    if move is not None:
        say = _log.warning if move.taken is State.OPEN else _log.info
        say("moved", connector=str(key), left=move.left, taken=move.taken, why=move.cause)


@dataclass(frozen=True, slots=True)
class Pass:
    """May go; `gated` is None where nobody is asked."""

    gated: Gated | None = None
    lease: str = ""


@dataclass(frozen=True, slots=True)
class Deferral:
    """May not go before so long."""

    reason: WaitReason
    wait: timedelta


class Gates(Protocol):
    """What a worker asks before each call of a manufacturer."""

    async def ask(self, work: Work, connector: Connector | None) -> Pass | Deferral:
        """Raises ConnectionError where the gate does not answer: nothing may be sent."""
        ...

    async def ask_to_look(self, key: ConnectorKey, holder: str) -> Pass | Deferral:
        """Before a look-up within a step that asks nobody else."""
        ...

    async def ask_to_probe(self, key: ConnectorKey) -> Pass | Deferral:
        """Before a probe that the clock asks for."""
        ...

    async def told(
        self, given: Pass, answer: Outcome | Verification | None, seconds: float
    ) -> None:
        """The end of a call; None where nothing was asked. Never raises."""
        ...


class NoGates:
    """Everybody goes: where one process alone tries a connector."""

    async def ask(self, work: Work, connector: Connector | None) -> Pass | Deferral:
        """Always."""
        del work, connector
        return Pass()

    async def ask_to_look(self, key: ConnectorKey, holder: str) -> Pass | Deferral:
        """Always."""
        del key, holder
        return Pass()

    async def ask_to_probe(self, key: ConnectorKey) -> Pass | Deferral:
        """Always."""
        del key
        return Pass()

    async def told(
        self, given: Pass, answer: Outcome | Verification | None, seconds: float
    ) -> None:
        """Nothing comes of it."""


@dataclass(frozen=True, slots=True)
class FleetGates:
    """`admit` and `report` are those of `ports.admission`, for one call each."""

    admit: Callable[[tuple[Gated, Ask]], Awaitable[Decision]]
    report: Callable[[tuple[Gated, Report]], Awaitable[Move | None]]
    catalogue: Catalogue
    worker: str
    """This process, among all that have ever been."""
    suspicion: Suspicion = field(default_factory=Suspicion)
    clock: Callable[[], float] = time.monotonic

    @property
    def _now(self) -> int:
        return round(self.clock() * 1000)

    async def ask(self, work: Work, connector: Connector | None) -> Pass | Deferral:
        """By the registration's tier; a look-up always goes to the API."""
        key = whose(work, connector)
        if key is None:
            return Pass()
        return await self._asked(
            key, _kind(work), holder_of(work.stored.registration.id, work.fence)
        )

    async def ask_to_look(self, key: ConnectorKey, holder: str) -> Pass | Deferral:
        """As a look-up for a registration."""
        return await self._asked(key, Kind.LOOK, holder)

    async def ask_to_probe(self, key: ConnectorKey) -> Pass | Deferral:
        """Whether its turn has come."""
        return await self._asked(key, Kind.PROBE)

    async def _asked(self, key: ConnectorKey, kind: Kind, holder: str = "") -> Pass | Deferral:
        """A turn that comes in a moment is waited for: put off, a job would come back later."""
        own_fault = self.suspicion.wait(self._now)
        if own_fault:
            return Deferral(WaitReason.CAPACITY, spread(timedelta(milliseconds=own_fault)))
        gated = Gated(key, self.catalogue.pace(key.manufacturer_id, key.tier))
        tries = 0
        while True:
            cost = gated.of.reads if kind.reads else gated.of.sends
            ask = Ask(kind, uuid.uuid4().hex, cost, _jitter(), holder)
            decision = await self.admit((gated, ask))
            tell(key, decision.move)
            if decision.why is None:
                return Pass(gated, decision.lease)
            tries += 1
            wait = timedelta(milliseconds=decision.retry_at - decision.at)
            if tries == TRIES or wait > MOMENT or decision.why not in _BRIEF:
                return Deferral(REASONS[decision.why], spread(wait))
            await asyncio.sleep(wait.total_seconds())

    async def told(
        self, given: Pass, answer: Outcome | Verification | None, seconds: float
    ) -> None:
        """What is lost here runs out as a lease."""
        gated = given.gated
        if gated is None:
            return
        signal = self._heard(gated.key, signal_of(answer, gated.key.tier))
        # Nothing was asked, or nobody knows of whom it tells: so it tells nothing of its pace.
        slow = signal is not Signal.NEUTRAL and seconds * 1000 >= gated.of.slow
        made = self._report(given.lease, signal, answer, slow=slow)
        try:
            tell(gated.key, await self.report((gated, made)))
        except ConnectionError:
            _log.info("report_lost", connector=str(gated.key))

    def _heard(self, key: ConnectorKey, signal: Signal) -> Signal:
        """As it is told to the fleet: what is our own fault tells nothing of anybody else."""
        before = self.suspicion.suspected(self._now)
        self.suspicion.saw(self._now, key.manufacturer_id, signal)
        after = self.suspicion.suspected(self._now)
        if after and not before:
            _log.warning("suspects_itself", failing=sorted(self.suspicion.failing))
        elif before and not after:
            _log.warning("trusts_itself", answering=sorted(self.suspicion.answering))
        return Signal.NEUTRAL if after and signal is Signal.FAILURE else signal

    def _report(
        self, lease: str, signal: Signal, answer: Outcome | Verification | None, *, slow: bool
    ) -> Report:
        outcome = answer.outcome if isinstance(answer, Verification) else answer
        rest = outcome.retry_after if outcome else None
        return Report(
            lease=lease,
            signal=signal,
            worker=self.worker,
            slow=slow,
            cause=outcome.code.value if outcome else "",
            rest=round(rest.total_seconds() * 1000) if rest else 0,
            jitter=_jitter(),
        )


def signal_of(answer: Outcome | Verification | None, tier: Tier) -> Signal:
    """What an answer tells of the manufacturer."""
    if isinstance(answer, Verification):
        if answer.verdict is not Verdict.CANNOT_TELL:
            return Signal.SUCCESS
        answer = answer.outcome
    if answer is None or (tier is Tier.WEB and answer.code in _STOPPED):
        return Signal.NEUTRAL
    return SIGNALS[answer.code]


def spread(wait: timedelta) -> timedelta:
    """At least that, and a little more for most."""
    return wait * (1 + SPREAD * random.random())  # noqa: S311 - spreads load


def holder_of(registration_id: str, fence: int) -> str:
    """This step of this registration: the same to a worker and to who sweeps after it."""
    return f"{registration_id}/{fence}"


def looked_up_at(manufacturer_id: str) -> ConnectorKey:
    """Whose gate a look-up asks, whatever the tier of its registration."""
    return ConnectorKey(manufacturer_id, Tier.API)


def held_by(work: Work, connector: Connector | None) -> tuple[ConnectorKey, str] | None:
    """The gate that the step may hold something of, and under which name."""
    registration = work.stored.registration
    key = whose(work, connector)
    if key is None and registration.tier is Tier.MANUAL:
        key = looked_up_at(registration.manufacturer_id)
    return (key, holder_of(registration.id, work.fence)) if key else None


def whose(work: Work, connector: Connector | None) -> ConnectorKey | None:
    """Whose gate it is; None where no manufacturer is asked."""
    registration = work.stored.registration
    tier = registration.tier
    if connector is None or tier is None:
        return None
    if work.step is Step.VERIFY:
        looks = connector.capabilities.verify != "none"
        return looked_up_at(registration.manufacturer_id) if looks else None
    return ConnectorKey(registration.manufacturer_id, tier) if tier.sends else None


def _kind(work: Work) -> Kind:
    if work.step is Step.VERIFY:
        return Kind.LOOK
    return Kind.RETRY if work.stored.registration.tier_attempts else Kind.FIRST


def _jitter() -> int:
    return random.randrange(WHOLE)  # noqa: S311 - spreads load

"""Which gate a step asks, and what its end tells of the manufacturer."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from registrar.app.gating import REASONS, SIGNALS, Deferral, FleetGates, NoGates, Pass, signal_of
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict, Verification
from registrar.domain.policy import NEXT, Capabilities, Next
from registrar.domain.registration import Registration, Step, WaitReason
from registrar.ports.admission import Gated
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.store import Stored, Work
from registrar.resilience.answers import Ask, Decision, Kind, Move, Report, Signal, State, Why
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer

STRONG = Capabilities(verify="strong", idempotency="key")
BLIND = Capabilities(verify="none", idempotency="key")
API = ConnectorKey("acme", Tier.API)


@dataclass
class Gate:
    """Says what it is told to say, and keeps what it hears."""

    says: list[Decision] = field(default_factory=list)
    asked: list[tuple[Gated, Ask]] = field(default_factory=list)
    heard: list[Report] = field(default_factory=list)

    async def admit(self, asked: tuple[Gated, Ask]) -> Decision:
        """The next answer, the last one again and again."""
        self.asked.append(asked)
        return self.says.pop(0) if len(self.says) > 1 else self.says[0]

    async def report(self, made: tuple[Gated, Report]) -> Move | None:
        """Nothing comes of it."""
        self.heard.append(made[1])
        return None

    @property
    def gates(self) -> FleetGates:
        """Before it."""
        catalogue = OneManufacturer(LedgerConnector(STRONG))
        return FleetGates(self.admit, self.report, catalogue, "worker-1")


def gate(*says: Decision) -> Gate:
    """Lets everybody through where nothing is said."""
    return Gate([*says] or [Decision("lease", at=1)])


def refused(why: Why, milliseconds: int) -> Decision:
    """For so long."""
    return Decision(why=why, retry_at=1_000 + milliseconds, at=1_000)


def work_of(registration: Registration, step: Step = Step.ATTEMPT) -> Work:
    """Released for the seventh time."""
    return Work(Stored(registration, b""), step, fence=7, leased=False, running=None)


async def asked(
    registration: Registration, step: Step = Step.ATTEMPT, caps: Capabilities = STRONG
) -> list[tuple[ConnectorKey, Kind]]:
    """Whose gate, and as what."""
    one = gate()
    await one.gates.ask(work_of(registration, step), LedgerConnector(caps))
    return [(gated.key, ask.kind) for gated, ask in one.asked]


async def test_a_submission_asks_the_gate_of_its_tier(registration: Registration) -> None:
    """As a first call, or as a retry of this tier."""
    assert await asked(registration) == [(API, Kind.FIRST)]
    again = replace(registration, tier_attempts=2)
    assert await asked(again) == [(API, Kind.RETRY)]
    web = replace(registration, tier=Tier.WEB)
    assert await asked(web) == [(ConnectorKey("acme", Tier.WEB), Kind.FIRST)]


async def test_a_lookup_asks_the_gate_of_the_api(registration: Registration) -> None:
    """Whatever the tier: there is no other way to look up."""
    for tier in Tier:
        one = replace(registration, tier=tier)
        assert await asked(one, Step.VERIFY) == [(API, Kind.LOOK)]


async def test_where_no_manufacturer_is_asked_no_gate_is(registration: Registration) -> None:
    """A person, a route that is not in use here, and a look-up that there is not."""
    assert await asked(replace(registration, tier=Tier.MANUAL)) == []
    assert await asked(replace(registration, tier=None)) == []
    assert await asked(registration, Step.VERIFY, BLIND) == []
    one = gate()
    given = await one.gates.ask(work_of(registration), None)
    assert (given, one.asked) == (Pass(), [])
    await one.gates.told(Pass(), Outcome(Code.REGISTERED, Effect.ACCEPTED), 1)
    assert one.heard == []


async def test_alone_everybody_goes(registration: Registration) -> None:
    """Where a connector is tried."""
    alone = NoGates()
    assert await alone.ask(work_of(registration), None) == Pass()
    assert await alone.ask_to_probe(API) == Pass()
    await alone.told(Pass(), None, 0)


@pytest.mark.parametrize(
    ("why", "reason"),
    [
        (Why.COLD, WaitReason.CAPACITY),
        (Why.CIRCUIT, WaitReason.CIRCUIT_OPEN),
        (Why.RATE, WaitReason.RATE_LIMITED),
        (Why.QUIET, WaitReason.RATE_LIMITED),
        (Why.CAPACITY, WaitReason.CAPACITY),
        (Why.BUDGET, WaitReason.RETRY_BACKOFF),
    ],
)
async def test_what_is_refused_waits_for_its_reason(
    registration: Registration, why: Why, reason: WaitReason
) -> None:
    """At least so long, and hardly longer; nobody asks again meanwhile."""
    one = gate(refused(why, 30_000))
    given = await one.gates.ask(work_of(registration), LedgerConnector(STRONG))
    assert isinstance(given, Deferral)
    assert given.reason is reason
    assert timedelta(seconds=30) <= given.wait <= timedelta(seconds=33)
    assert len(one.asked) == 1
    assert set(REASONS) == set(Why)


async def test_a_turn_that_comes_in_a_moment_is_waited_for(registration: Registration) -> None:
    """With another name for each call; three times, and no more."""
    brief, through = refused(Why.RATE, 5), Decision("lease", at=1, move=_move())
    one = gate(brief, refused(Why.CAPACITY, 5), through)
    given = await one.gates.ask(work_of(registration), LedgerConnector(STRONG))
    assert isinstance(given, Pass)
    assert (given.lease, len({ask.nonce for _, ask in one.asked})) == ("lease", 3)
    assert {ask.holder for _, ask in one.asked} == {f"{registration.id}/7"}
    never = gate(brief)
    given = await never.gates.ask(work_of(registration), LedgerConnector(STRONG))
    assert isinstance(given, Deferral)
    assert len(never.asked) == 3
    circuit = gate(refused(Why.CIRCUIT, 5))
    await circuit.gates.ask(work_of(registration), LedgerConnector(STRONG))
    assert len(circuit.asked) == 1


def _move() -> Move:
    return Move(State.OPEN, State.PROBING, "time")


async def test_a_report_says_what_came_of_it() -> None:
    """By whom, how slowly, why, and what the manufacturer asks for."""
    one = gate()
    given = await one.gates.ask_to_probe(API)
    assert isinstance(given, Pass)
    rest = timedelta(seconds=90)
    throttled = Outcome(Code.RATE_LIMITED, Effect.REFUSED, retry_after=rest)
    await one.gates.told(given, throttled, 10.5)
    silent = Verification(Verdict.CANNOT_TELL, outcome=throttled)
    await one.gates.told(given, silent, 0.1)
    await one.gates.told(given, None, 99)
    first, second, third = one.heard
    assert (first.signal, first.slow, first.rest) == (Signal.THROTTLED, True, 90_000)
    assert (first.cause, first.worker, first.lease) == ("rate_limited", "worker-1", "lease")
    assert (second.signal, second.slow, second.rest) == (Signal.THROTTLED, False, 90_000)
    assert (third.signal, third.slow, third.cause, third.rest) == (Signal.NEUTRAL, False, "", 0)


def test_every_code_tells_something_of_the_manufacturer() -> None:
    """What a person has to mend holds the connector; a definite answer proves that it is up."""
    assert set(SIGNALS) == set(Code)
    held = {code for code, one in SIGNALS.items() if one is Signal.HOLD}
    assert held == {code for code, step in NEXT.items() if step is Next.HOLD}
    up: Sequence[Next] = (Next.SUCCEED, Next.AWAIT, Next.ASK, Next.FALL_BACK)
    well = {code for code, one in SIGNALS.items() if one is Signal.SUCCESS}
    assert well == {code for code, step in NEXT.items() if step in up}


@pytest.mark.parametrize(
    ("answer", "tier", "signal"),
    [
        (Verification(Verdict.FOUND), Tier.API, Signal.SUCCESS),
        (Verification(Verdict.ABSENT), Tier.API, Signal.SUCCESS),
        (Verification(Verdict.CANNOT_TELL), Tier.API, Signal.NEUTRAL),
        (Outcome(Code.FORM_CHANGED, Effect.NOT_SENT), Tier.WEB, Signal.NEUTRAL),
        (Outcome(Code.TERMS_CHANGED, Effect.NOT_SENT), Tier.API, Signal.HOLD),
        (Outcome(Code.CAPTCHA, Effect.NOT_SENT), Tier.WEB, Signal.FAILURE),
        (Outcome(Code.INTERNAL, Effect.UNKNOWN), Tier.API, Signal.NEUTRAL),
        (None, Tier.API, Signal.NEUTRAL),
    ],
)
def test_what_an_answer_tells(
    answer: Outcome | Verification | None, tier: Tier, signal: Signal
) -> None:
    """A form that has changed is stopped as a whole; its breaker has nothing to add."""
    assert signal_of(answer, tier) is signal


@dataclass
class Turned:
    """A clock that a test turns, in seconds."""

    now: float = 1_000.0

    def __call__(self) -> float:
        """Now."""
        return self.now


async def test_a_worker_that_fails_everywhere_suspects_itself() -> None:
    """Nobody else hears of it, and it makes one call in five seconds, until one is answered."""
    one, clock = gate(), Turned()
    gates = dataclasses.replace(one.gates, clock=clock)
    silent = Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)
    with capture_logs() as lines:
        for name in ("acme", "lg", "sony"):
            given = await gates.ask_to_probe(ConnectorKey(name, Tier.API))
            assert isinstance(given, Pass)
            await gates.told(given, silent, 0.1)
        assert isinstance(await gates.ask_to_probe(API), Pass)
        waits = await gates.ask_to_probe(API)
        clock.now += 5
        trial = await gates.ask_to_probe(API)
        assert isinstance(trial, Pass)
        await gates.told(trial, Outcome(Code.NOT_ELIGIBLE, Effect.REFUSED), 0.1)
        after = [await gates.ask_to_probe(API) for _ in range(3)]
    assert isinstance(waits, Deferral)
    assert waits.reason is WaitReason.CAPACITY
    assert timedelta(seconds=5) <= waits.wait <= timedelta(seconds=5.5)
    assert all(isinstance(one, Pass) for one in after)
    said = [report.signal for report in one.heard]
    assert said == [Signal.FAILURE, Signal.FAILURE, Signal.NEUTRAL, Signal.SUCCESS]
    assert [line["event"] for line in lines] == ["suspects_itself", "trusts_itself"]

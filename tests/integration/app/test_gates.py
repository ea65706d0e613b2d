"""Workers and dispatchers before the fleet's gates: what is refused waits, and spends nothing."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs
from tests.integration.app.test_delivery import STRONG, Fleet, Forgetful, hasty

from registrar.admission.memory import MemoryAdmission
from registrar.app.advance import Advanced
from registrar.app.dispatch import Dispatch, Pace
from registrar.app.gate_watch import OF_A_BREAKER, GateWatch
from registrar.app.gating import Deferral, FleetGates, Pass
from registrar.app.probing import Probes
from registrar.domain.manufacturer import LookupListing
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verification
from registrar.domain.registration import EventKind, State, WaitReason
from registrar.ports.admission import Gated
from registrar.ports.connector import Job
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.queue import MAINTENANCE, Hint
from registrar.ports.store import Store
from registrar.resilience.answers import Ask, Decision, Known, Mode, Move, Report
from registrar.resilience.answers import State as Circuit
from registrar.resilience.settings import Settings, Window
from registrar.signals.memory import MemoryDoorbell, MemoryHints
from registrar.testing.desk import ACME, OneCatalogue
from registrar.testing.manufacturer import Fault, LedgerConnector

API = ConnectorKey("acme", Tier.API)
BEGIN = 1_764_000_000_000


class Paced(OneCatalogue):
    """Acme, held to whatever the test wants."""

    def __init__(self, connector: LedgerConnector, of: Settings) -> None:
        super().__init__(connector)
        self.of = of

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The same for all."""
        del manufacturer_id, tier
        return self.of


@dataclass
class Yard:
    """A fleet before one gate, whose clock the test turns."""

    store: Store
    of: Settings = field(default_factory=lambda: Settings(ramp=(1000,), ramp_calls=1))
    faults: list[Fault] = field(default_factory=list)
    now: int = BEGIN

    def __post_init__(self) -> None:
        self.hints = MemoryHints()
        self.connector = LedgerConnector(STRONG, self.faults)
        self.catalogue = Paced(self.connector, self.of)
        self.admission = MemoryAdmission(lambda: self.now)
        self.watch = GateWatch(self.admission, self.catalogue, self.hints, lambda: self.now / 1000)
        self.gates = FleetGates(self._admit, self._report, self.catalogue, "worker-1")
        self.fleet = Fleet(self.store, self.connector)
        self.fleet.advance = replace(self.fleet.advance, catalogue=self.catalogue, gates=self.gates)

    async def _admit(self, asked: tuple[Gated, Ask]) -> Decision:
        return (await self.admission.admit([asked]))[0]

    async def _report(self, made: tuple[Gated, Report]) -> Move | None:
        return (await self.admission.report([made]))[0]

    async def warm(self) -> None:
        """Out of the cold, and through the ramp."""
        await self.admission.warm(Gated(API, self.of), Known())
        (one,) = await self.fleet.accept()
        assert await self.step() == [Advanced.DONE]
        assert (await self.fleet.now(one)).state is State.SUCCEEDED

    async def step(self) -> list[Advanced | None]:
        """All that is due."""
        return [await self.fleet.work(one) for one in await self.fleet.hints()]

    @property
    def circuit(self) -> Circuit:
        """Of the API."""
        return self.admission.gates[API].breaker.state


async def opened(store: Store) -> Yard:
    """By ten failures."""
    yard = Yard(store)
    await yard.warm()
    yard.connector.faults = [Fault.NONE] * yard.connector.sends + [Fault.REFUSED_CONNECTION] * 10
    await yard.fleet.accept(10)
    while yard.circuit is Circuit.CLOSED:
        await yard.step()
    return yard


async def test_a_cold_gate_lets_nobody_through(store: Store) -> None:
    """Until a dispatcher has looked; nothing is lost, and no attempt is spent."""
    yard = Yard(store)
    (one,) = await yard.fleet.accept()
    assert await yard.step() == [Advanced.DEFERRED]
    now = await yard.fleet.now(one)
    assert (now.state, now.wait_reason, now.attempt_count) == (
        State.WAITING,
        WaitReason.CAPACITY,
        0,
    )
    await yard.watch.once()
    assert yard.circuit is Circuit.RAMP
    assert await yard.step() == [Advanced.DONE]
    assert yard.connector.ledger[one.id] == 1


async def test_an_open_breaker_makes_jobs_wait_with_their_reason(store: Store) -> None:
    """With an event, and no attempt is spent; the manufacturer hears nothing of it."""
    yard = await opened(store)
    sends = yard.connector.sends
    (one,) = await yard.fleet.accept()
    assert Advanced.DEFERRED in await yard.step()
    now = await yard.fleet.now(one)
    assert (now.state, now.wait_reason, now.attempt_count) == (
        State.WAITING,
        WaitReason.CIRCUIT_OPEN,
        0,
    )
    assert yard.connector.sends == sends
    events = await store.events("tenant-a", one.id, after=0, limit=9)
    assert [(event.kind, event.detail) for event in events][1:] == [
        (EventKind.STATE_CHANGED, {"reason": "circuit_open"})
    ]


async def test_a_dispatcher_releases_nothing_onto_what_is_shut(store: Store) -> None:
    """And tells those that are due until when; the look-ups go on."""
    yard = await opened(store)
    await yard.watch.once()
    (one,) = await yard.fleet.accept()
    shut = yard.watch.shut()
    assert [(key, why.reason) for key, why in shut.items()] == [(API, WaitReason.CIRCUIT_OPEN)]
    assert timedelta(seconds=26) < shut[API].wait < timedelta(seconds=34)
    due = await store.release(
        "api", limit=99, in_flight={"acme": 99}, rehint_after=timedelta(0), shut=list(shut)
    )
    assert due == []
    assert await yard.fleet.sweep.shut("browser", shut) == 0
    assert await yard.fleet.sweep.shut("api", shut) == 11
    now = await yard.fleet.now(one)
    assert (now.state, now.wait_reason) == (State.WAITING, WaitReason.CIRCUIT_OPEN)
    assert now.next_attempt_at is not None
    assert now.next_attempt_at - now.updated_at >= shut[API].wait


async def test_what_is_shut_for_a_moment_is_not_worth_a_word(store: Store) -> None:
    """By the time it were written it would be over."""
    yard = await opened(store)
    await yard.watch.once()
    yard.now = yard.admission.gates[API].breaker.until - 1_500
    assert list(yard.watch.shut()) == [API]
    assert await yard.fleet.sweep.shut("api", yard.watch.shut()) == 0
    yard.now += 1_500
    assert yard.watch.shut() == {}


async def test_an_open_breaker_is_probed_before_any_customers_job(store: Store) -> None:
    """By a hint of the dispatcher's; then it goes on by itself."""
    yard = await opened(store)
    yard.now = yard.admission.gates[API].breaker.until
    with capture_logs() as lines:
        await yard.watch.once()
        await yard.watch.once()
    moves = [(one["left"], one["taken"]) for one in lines if one["event"] == "moved"]
    assert moves == [("open", "probing")]
    hint = Hint("acme/api", OF_A_BREAKER, MAINTENANCE)
    assert yard.hints.sent == [hint, hint]
    probes = Probes(yard.catalogue, store.connectors, gates=yard.gates)
    state = await probes.by_hint(hint.registration_id, hint.fence)
    assert state is not None
    assert state.probe is not None
    assert (state.probe.code, yard.circuit) == ("ok", Circuit.RAMP)
    sends = yard.connector.sends
    await yard.step()
    assert (yard.connector.sends, yard.circuit) == (sends + 10, Circuit.CLOSED)


async def test_a_probe_whose_turn_has_not_come_is_not_made(store: Store) -> None:
    """Another one is under way, or it is left alone."""
    yard = await opened(store)
    probes = Probes(yard.catalogue, store.connectors, gates=yard.gates)
    assert await probes.by_hint("acme/api", OF_A_BREAKER) is None
    assert await store.connectors.all() == {}


async def test_a_dead_endpoint_sees_one_probe_a_period(store: Store) -> None:
    """However many workers are hinted, at once and one after another."""
    yard = await opened(store)
    yard.now = yard.admission.gates[API].breaker.until
    asked = 0

    async def dead() -> Outcome:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return Outcome(Code.UNAVAILABLE_CONNECT, Effect.NOT_SENT)

    yard.connector.health = dead  # type: ignore[method-assign] # of this test
    probes = Probes(yard.catalogue, store.connectors, gates=yard.gates)
    await asyncio.gather(*(probes.by_hint("acme/api", OF_A_BREAKER) for _ in range(8)))
    await probes.by_hint("acme/api", OF_A_BREAKER)
    assert (asked, yard.circuit) == (1, Circuit.OPEN)


async def test_a_lookup_that_is_not_answered_in_time_is_a_failed_probe(store: Store) -> None:
    """Else a manufacturer that hangs would be asked again and again while it is probed."""
    yard = Yard(store, faults=[Fault.NONE, Fault.COMMIT_THEN_DROP])
    await yard.warm()
    await yard.fleet.accept()
    await yard.step()
    yard.admission.gates[API].breaker.state = Circuit.PROBING

    async def hangs(job: Job) -> Verification:
        await asyncio.sleep(60)
        raise AssertionError(job)

    yard.connector.verify = hangs  # type: ignore[method-assign] # of this test
    assert await yard.step() == [Advanced.DONE]
    assert yard.circuit is Circuit.OPEN


async def test_a_send_that_ends_with_its_lease_tells_nothing(store: Store) -> None:
    """It is our own fault that it was cut off; the effect is unclear all the same."""
    yard = Yard(store)
    await yard.warm()
    yard.connector.capabilities = replace(STRONG, send_deadline=timedelta(seconds=60))
    yard.connector.faults = [Fault.NONE, Fault.COMMIT_THEN_HANG]
    worker = replace(yard.fleet.advance, leases=Forgetful(), lease=timedelta(seconds=0.3))
    yard.fleet.advance = worker
    (one,) = await yard.fleet.accept()
    await yard.step()
    assert (await yard.fleet.now(one)).state is State.VERIFYING
    assert [call.signal for call in yard.admission.gates[API].breaker.calls] == []


async def test_a_lookup_waits_too_and_spends_no_check(store: Store) -> None:
    """Callers see no change by it."""
    yard = Yard(store, faults=[Fault.NONE, Fault.COMMIT_THEN_DROP])
    await yard.warm()
    (one,) = await yard.fleet.accept()
    assert await yard.step() == [Advanced.DONE]
    before = await yard.fleet.now(one)
    assert before.state is State.VERIFYING
    yard.admission.gates.clear()
    assert await yard.step() == [Advanced.DEFERRED]
    assert await yard.fleet.now(one) == before
    await yard.watch.once()
    assert await yard.step() == [Advanced.DONE]
    assert (await yard.fleet.now(one)).state is State.SUCCEEDED
    assert yard.connector.ledger[one.id] == 1


async def test_nothing_is_sent_while_the_gate_does_not_answer(store: Store) -> None:
    """The job stays as it is; afterwards it is hinted again."""
    yard = Yard(store)
    await yard.warm()
    (one,) = await yard.fleet.accept()
    yard.admission.away = True
    with pytest.raises(ConnectionError):
        await yard.step()
    assert (await yard.fleet.now(one)).state is State.PENDING
    with capture_logs() as lines:
        await yard.watch.once()
        await yard.watch.once()
        yard.admission.away = False
        await yard.watch.once()
    assert [line["event"] for line in lines] == ["outage_started", "outage_ended"]


async def test_an_outcome_is_written_also_where_its_report_is_lost(store: Store) -> None:
    """The lease runs out by itself."""
    yard = Yard(store)
    await yard.warm()
    (one,) = await yard.fleet.accept()
    admit = yard.gates.admit

    async def then_away(asked: tuple[Gated, Ask]) -> Decision:
        found = await admit(asked)
        yard.admission.away = True
        return found

    gates = replace(yard.gates, admit=then_away)
    yard.fleet.advance = replace(yard.fleet.advance, gates=gates)
    with capture_logs() as lines:
        assert await yard.step() == [Advanced.DONE]
    assert (await yard.fleet.now(one)).state is State.SUCCEEDED
    assert "report_lost" in {line["event"] for line in lines}
    yard.admission.away = False
    assert len(yard.admission.gates[API].limiter.leases) == 1


async def test_a_hint_that_turns_out_stale_gives_its_place_back(store: Store) -> None:
    """Another worker has claimed it meanwhile."""
    yard = Yard(store)
    await yard.warm()
    await yard.fleet.accept()
    (hint,) = await yard.fleet.hints()
    both = await asyncio.gather(yard.fleet.work(hint), yard.fleet.work(hint))
    assert sorted(str(one) for one in both) == ["done", "stale"]
    assert yard.admission.gates[API].limiter.leases == {}


async def test_a_vanished_worker_gives_its_place_back(store: Store) -> None:
    """When its lease is swept, and not when its call must have ended; a gate that is away waits."""
    yard = Yard(store, Settings(ramp=(1000,), ramp_calls=1, concurrency=2))
    await yard.warm()
    yard.connector.faults = [Fault.NONE, Fault.COMMIT_THEN_KILL, Fault.COMMIT_THEN_KILL]
    writer = hasty(store, timedelta(milliseconds=50))
    yard.fleet.advance = replace(yard.fleet.advance, writer=writer)
    one, _ = await yard.fleet.accept(2)
    assert await yard.step() == [None, None]
    assert len(yard.admission.gates[API].limiter.leases) == 2
    await asyncio.sleep(0.2)
    sweep = replace(yard.fleet.sweep, catalogue=yard.catalogue, gates=yard.watch)
    assert await sweep.leases() == 2
    (standing,) = await yard.admission.look([Gated(API, yard.of)])
    assert standing.in_flight == 0
    yard.admission.away = True
    await yard.watch.abandon(list((await store.work([one.id])).values()))


async def test_a_call_pays_for_all_the_requests_that_it_may_send(store: Store) -> None:
    """Two of three requests each do not fit into a window of five; a look costs its own."""
    window = Window(5, 3_600_000)
    yard = Yard(store, Settings(ramp=(1000,), ramp_calls=1, windows=(window,), sends=3, reads=2))
    await yard.admission.warm(Gated(API, yard.of), Known())
    yard.now += window.span + yard.of.lease + 1
    await yard.fleet.accept()
    assert await yard.step() == [Advanced.DONE]
    (standing,) = await yard.admission.look([Gated(API, yard.of)])
    assert standing.used == (3,)
    (one,) = await yard.fleet.accept()
    assert await yard.step() == [Advanced.DEFERRED]
    assert (await yard.fleet.now(one)).wait_reason is WaitReason.RATE_LIMITED
    assert isinstance(await yard.gates.ask_to_look(API, "one"), Pass)
    assert isinstance(await yard.gates.ask_to_look(API, "two"), Deferral)


async def test_fewer_are_released_while_it_climbs_or_was_throttled(store: Store) -> None:
    """By what was seen last; of what nobody has seen, as many as usual."""
    of = Settings(concurrency=20)
    yard = Yard(store, of)
    assert yard.watch.bound(API, 20) == 20
    await yard.watch.once()
    await yard.watch.once()
    assert yard.watch.bound(API, 20) == 2
    gate = yard.admission.gates[API]
    gate.breaker.state, gate.limiter.share, gate.limiter.share_at = Circuit.CLOSED, 300, yard.now
    await yard.watch.once()
    assert yard.watch.bound(API, 20) == 6


async def test_the_dispatcher_looks_at_all_that_is_asked_here(store: Store) -> None:
    """Warms it, holds back what is shut, and tells the jobs so; an API that only looks up, too."""
    yard = Yard(store)
    lookup = LookupListing("anyone", "documented", enabled=True)
    looked = replace(ACME, id="dell", tiers=(), lookup=lookup)
    makers = {"acme": ACME, "dell": looked}
    yard.catalogue.manufacturers = lambda: makers  # type: ignore[method-assign] # of this test
    dispatch = Dispatch(
        store=store,
        hints=yard.hints,
        doorbell=MemoryDoorbell(),
        catalogue=yard.catalogue,
        sweep=yard.fleet.sweep,
        pace=Pace(poll=0.05, sweep=0.02),
        gates=yard.watch,
    )
    for _ in range(2):
        await yard.watch.once()
    dell = ConnectorKey("dell", Tier.API)
    assert {key: gate.breaker.state for key, gate in yard.admission.gates.items()} == {
        API: Circuit.RAMP,
        dell: Circuit.RAMP,
    }
    await yard.admission.set_mode(Gated(API, yard.of), Mode.FORCED_OPEN, yard.now + 60_000)
    (one,) = await yard.fleet.accept()
    task = asyncio.create_task(dispatch.run())
    async with asyncio.timeout(20):
        while (await yard.fleet.now(one)).state is not State.WAITING:  # noqa: ASYNC110 - a store
            await asyncio.sleep(0.02)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert (await yard.fleet.now(one)).wait_reason is WaitReason.CIRCUIT_OPEN
    assert yard.hints.sent == []

"""What operators meet of circuits: seen, reset, ruled and watched over a real server."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tests.contract.test_calls import KEY, refused, violations
from tests.contract.test_connectors import ACME, Scenery, instant

from registrar.admission.memory import MemoryAdmission
from registrar.app.connector_watch import ConnectorWatches
from registrar.app.watch import WatchLimits
from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.registration import WaitReason
from registrar.ports.admission import Gated
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Ask, Kind, Known, Mode, Report, Signal
from registrar.resilience.settings import Settings, Window
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.records import new_registration
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1 import enums_pb2 as enums
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub
from registrar.v1.enums_pb2 import CircuitMode, CircuitState

Stub = Any  # the generated classes have their asynchronous type only in their stub files
Value = Any  # whatever a field takes
ACME_API = ConnectorKey("acme", Tier.API)
AHEAD = 7_777_000
"""Milliseconds by which the gate's clock is wrong."""
MINUTE = timedelta(minutes=1)
SHADOW = CircuitMode.CIRCUIT_MODE_SHADOW
OF = Settings(
    min_calls=2,
    windows=(Window(10, 60_000), Window(100, 3_600_000)),
    daily=500,
    days=((0, 1 << 50),),
    concurrency=4,
    open_for=600_000,
)


class Paced(Scenery):
    """With limits of all kinds."""

    def pace(self, manufacturer_id: str, tier: Tier) -> Settings:
        """The same object every time."""
        del manufacturer_id, tier
        return OF


def wrong_clock() -> int:
    """The gate's: only differences mean anything."""
    return round(datetime.now(UTC).timestamp() * 1000) + AHEAD


class Scene:
    """A server over one gate."""

    def __init__(self) -> None:
        self.desk = Desk()
        self.scenery = Paced()
        self.admission = MemoryAdmission(clock=wrong_clock)
        self.gate = Gated(ACME_API, OF)
        self.connectors = operators(self.desk.store, self.scenery, admission=self.admission)
        limits = WatchLimits(shortest_beat=0.05, per_key=2)
        watches = ConnectorWatches(self.connectors.all, SystemClock(), limits, seconds=0.02)
        uses = Uses(
            *(self.desk, self.scenery, authenticate, self.desk.ping, self.connectors),
            connector_watches=watches,
        )
        self.server = GrpcServer(uses, ServerSettings(grace=1.0))
        self.port = 0

    async def closed(self) -> None:
        """Warm, and well."""
        await self.admission.warm(self.gate, Known())
        self.admission.gates[ACME_API].limiter.requests.clear()
        breaker = self.admission.gates[ACME_API].breaker
        breaker.step = len(OF.ramp) - 1
        for _ in range(OF.ramp_calls):
            await self.called(Signal.SUCCESS)

    async def called(self, signal: Signal, *, slow: bool = False) -> None:
        """One call from beginning to end."""
        nonce = str(self.admission.gates[ACME_API].limiter.used_today)
        (given,) = await self.admission.admit([(self.gate, Ask(Kind.FIRST, nonce))])
        assert given.lease, given
        said = Report(given.lease, signal, "worker", slow=slow)
        await self.admission.report([(self.gate, said)])

    async def opened(self) -> None:
        """By two failures."""
        await self.closed()
        for _ in range(2):
            await self.called(Signal.FAILURE)

    async def put_off(self, wait: timedelta = timedelta(hours=1)) -> str:
        """A registration that waits for the circuit."""
        made = new_registration()
        await self.desk.store.insert([made])
        moment = Moment(datetime.now(UTC))
        reason = WaitReason.CIRCUIT_OPEN
        move = lifecycle.defer(made.transition.registration, reason, wait, moment, 0)
        assert await self.desk.store.write([move], wait) == [True]
        return made.transition.registration.id

    async def due(self) -> list[str]:
        """What may go now."""
        return await self.desk.store.connectors.due("api", ACME_API, 9)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """A server of its own."""
    made = Scene()
    made.port = await made.server.start()
    yield made
    await made.server.drain()


@pytest.fixture
async def stub(scene: Scene) -> AsyncIterator[Stub]:
    """To that server."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{scene.port}") as channel:
        yield ConnectorServiceStub(channel)


def near(stamp: Timestamp, wanted: datetime) -> bool:
    """Within the time that a busy machine takes."""
    return abs(stamp.ToDatetime(UTC) - wanted) < timedelta(seconds=20)


async def got(stub: Stub, **named: Value) -> pb.Connector:
    """Acme's API."""
    answer = await stub.GetConnector(pb.GetConnectorRequest(**(ACME | named)), metadata=KEY)
    connector: pb.Connector = answer.connector
    return connector


async def reset(stub: Stub) -> pb.Connector:
    """Acme's API."""
    request = pb.ResetCircuitBreakerRequest(**ACME)
    connector: pb.Connector = (await stub.ResetCircuitBreaker(request, metadata=KEY)).connector
    return connector


async def ruled(stub: Stub, mode: CircuitMode.ValueType, **given: Value) -> pb.Connector:
    """Acme's API."""
    fields: dict[str, Any] = ACME | {"reason": "they migrate", "mode": mode} | given
    request = pb.SetCircuitBreakerModeRequest(**fields)
    connector: pb.Connector = (await stub.SetCircuitBreakerMode(request, metadata=KEY)).connector
    return connector


async def test_a_cold_circuit_says_no_more_than_that(stub: Stub) -> None:
    """Nobody has been asked yet; what is put aside has no circuit."""
    circuit = (await got(stub)).circuit
    assert circuit.state == CircuitState.CIRCUIT_STATE_COLD
    assert (circuit.shut_reason, circuit.HasField("since"), circuit.HasField("ruling")) == (
        enums.WAIT_REASON_UNSPECIFIED,
        False,
        False,
    )
    listed = await stub.ListConnectors(pb.ListConnectorsRequest(), metadata=KEY)
    found = {one.manufacturer_id: one.HasField("circuit") for one in listed.connectors}
    assert found == {"acme": True, "broken": False}


async def test_a_closed_circuit_shows_what_is_used_of_what_it_takes(
    stub: Stub, scene: Scene
) -> None:
    """Windows, quota, calls under way, retries saved up; times by the service's clock."""
    await scene.closed()
    await scene.called(Signal.SUCCESS)
    await scene.called(Signal.SUCCESS, slow=True)
    await scene.called(Signal.FAILURE)
    await scene.admission.admit([(scene.gate, Ask(Kind.RETRY, "under way"))])
    circuit = (await got(stub)).circuit
    assert circuit.state == CircuitState.CIRCUIT_STATE_CLOSED
    assert (circuit.cause, circuit.consecutive_trips, circuit.ramp_step) == ("ramp", 0, 0)
    assert near(circuit.since, datetime.now(UTC))
    window = circuit.window
    assert (window.calls, window.failed, window.slow, circuit.in_flight) == (3, 1, 1, 1)
    room = circuit.headroom
    used = [(one.requests, one.span.ToTimedelta(), one.used) for one in room.windows]
    assert used == [(10, MINUTE, 9), (100, MINUTE * 60, 9)]
    assert (room.daily_requests, room.daily_used, room.concurrency) == (500, 9, 4)
    assert (room.share, room.HasField("rest_until")) == (1.0, False)
    assert 1 <= circuit.saved_retries < 1.5
    assert circuit.shut_reason == enums.WAIT_REASON_UNSPECIFIED


async def test_an_open_circuit_says_why_and_until_when(stub: Stub, scene: Scene) -> None:
    """And that it is probed then."""
    await scene.opened()
    found = await got(stub)
    circuit, ends = found.circuit, datetime.now(UTC) + timedelta(minutes=10)
    assert circuit.state == CircuitState.CIRCUIT_STATE_OPEN
    assert (circuit.cause, circuit.consecutive_trips) == ("failure_rate", 1)
    assert abs(circuit.until.ToDatetime(UTC) - ends) < MINUTE
    assert circuit.shut_reason == enums.WAIT_REASON_CIRCUIT_OPEN
    assert circuit.shut_until == circuit.until == found.next_probe_time


async def test_a_circuit_that_is_probed_is_probed_now(stub: Stub, scene: Scene) -> None:
    """Without a way to ask, the clock's own probe is the next one, where there is one."""
    await scene.opened()
    gate = scene.admission.gates[ACME_API]
    gate.breaker.until = wrong_clock()
    found = await got(stub)
    assert found.circuit.state == CircuitState.CIRCUIT_STATE_PROBING
    assert near(found.next_probe_time, datetime.now(UTC))


async def test_the_next_probe_by_the_clock_is_told(stub: Stub, scene: Scene) -> None:
    """Where the connector can be asked."""
    await scene.closed()
    assert not (await got(stub)).HasField("next_probe_time")
    await scene.desk.store.connectors.want_probe(ACME_API)
    assert near((await got(stub)).next_probe_time, datetime.now(UTC))
    scene.scenery.made.probes = False
    assert not (await got(stub)).HasField("next_probe_time")


async def test_a_throttled_circuit_tells_what_is_left(stub: Stub, scene: Scene) -> None:
    """And until when it wants to be left alone."""
    await scene.closed()
    await scene.called(Signal.THROTTLED)
    circuit = (await got(stub)).circuit
    assert 0.5 <= circuit.headroom.share < 0.6
    assert near(circuit.headroom.rest_until, datetime.now(UTC) + timedelta(seconds=1))
    assert circuit.shut_reason == enums.WAIT_REASON_RATE_LIMITED


async def test_without_the_gates_the_rest_is_told(stub: Stub, scene: Scene) -> None:
    """The state is not known; what an operator has said is."""
    await ruled(stub, CircuitMode.CIRCUIT_MODE_SHADOW)
    scene.admission.away = True
    found = await got(stub)
    assert (found.version, found.enabled) == ("1", True)
    assert found.circuit.state == CircuitState.CIRCUIT_STATE_UNSPECIFIED
    assert found.circuit.ruling.mode == CircuitMode.CIRCUIT_MODE_SHADOW
    assert not found.circuit.HasField("window")
    assert not found.circuit.HasField("headroom")
    listed = await stub.ListConnectors(pb.ListConnectorsRequest(), metadata=KEY)
    assert listed.connectors[0] == found


async def test_a_reset_begins_the_ramp_and_lets_go(stub: Stub, scene: Scene) -> None:
    """What was put off does not wait for the old time."""
    await scene.opened()
    made = await scene.put_off()
    assert await scene.due() == []
    circuit = (await reset(stub)).circuit
    assert circuit.state == CircuitState.CIRCUIT_STATE_RAMP
    assert (circuit.cause, circuit.ramp_step, circuit.consecutive_trips) == ("reset", 1, 0)
    assert await scene.due() == [made]


async def test_a_reset_of_a_forced_circuit_lets_nothing_go(stub: Stub, scene: Scene) -> None:
    """It would only be put off again."""
    await scene.opened()
    await scene.put_off()
    await ruled(stub, CircuitMode.CIRCUIT_MODE_FORCED_OPEN)
    assert (await reset(stub)).circuit.state == CircuitState.CIRCUIT_STATE_RAMP
    assert await scene.due() == []


async def test_without_the_gates_nothing_is_reset(stub: Stub, scene: Scene) -> None:
    """And the operator is told."""
    scene.admission.away = True
    code, info, _ = await refused(
        stub.ResetCircuitBreaker(pb.ResetCircuitBreakerRequest(**ACME), metadata=KEY)
    )
    assert (code, info.reason) == (grpc.StatusCode.UNAVAILABLE, "GATES_UNAVAILABLE")


async def test_a_ruling_is_imposed_at_once_and_kept(stub: Stub, scene: Scene) -> None:
    """With who, why, since when and until when; the same again changes nothing."""
    await scene.closed()
    until = instant(timedelta(hours=2))
    forced = CircuitMode.CIRCUIT_MODE_FORCED_OPEN
    ruling = (await ruled(stub, forced, until=until)).circuit.ruling
    assert (ruling.mode, ruling.reason, ruling.by) == (forced, "they migrate", "key:a")
    assert ruling.until.ToDatetime() == until.ToDatetime()
    assert near(ruling.since, datetime.now(UTC))
    assert (await ruled(stub, forced, until=until)).circuit.ruling == ruling
    (given,) = await scene.admission.admit([(scene.gate, Ask(Kind.LOOK, "n"))])
    assert (given.lease, given.retry_at > wrong_clock() + 7_000_000) == ("", True)
    kept = (await scene.desk.store.connectors.all())[ACME_API].ruling
    assert kept is not None
    assert kept.mode == "forced_open"


async def test_a_ruling_is_taken_back(stub: Stub, scene: Scene) -> None:
    """What it has put off goes on at once; twice does no harm."""
    await scene.closed()
    await ruled(stub, CircuitMode.CIRCUIT_MODE_FORCED_OPEN)
    made = await scene.put_off()
    for _ in range(2):
        found = await ruled(stub, CircuitMode.CIRCUIT_MODE_NORMAL, reason="")
        assert not found.circuit.HasField("ruling")
    assert await scene.due() == [made]
    assert (await scene.admission.look([scene.gate]))[0].mode is Mode.NORMAL


async def test_a_ruling_is_kept_while_the_gates_are_away(stub: Stub, scene: Scene) -> None:
    """The dispatcher imposes it when they are back."""
    scene.admission.away = True
    found = await ruled(stub, CircuitMode.CIRCUIT_MODE_DISABLED)
    assert found.circuit.ruling.mode == CircuitMode.CIRCUIT_MODE_DISABLED
    assert found.circuit.state == CircuitState.CIRCUIT_STATE_UNSPECIFIED


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"reason": " "}, "reason", "LENGTH"),
        ({"reason": "r" * 257}, "reason", "LENGTH"),
        ({"until": instant(timedelta(seconds=-1))}, "until", "FUTURE"),
        ({"until": Timestamp(seconds=2**60)}, "until", "TIMESTAMP"),
        ({"mode": 0}, "mode", "REQUIRED"),
        ({"mode": 99}, "mode", "UNKNOWN_VALUE"),
        ({"mode": 1, "until": instant(MINUTE)}, "until", "ABSENT"),
        ({"tier": 0}, "tier", "REQUIRED"),
    ],
)
async def test_a_ruling_that_cannot_be_is_refused(
    stub: Stub, given: dict[str, Any], field: str, rule: str
) -> None:
    """With the field and the rule; and nothing is said."""
    fields: dict[str, Any] = ACME | {"reason": "they migrate", "mode": 2} | given
    request = pb.SetCircuitBreakerModeRequest(**fields)
    code, _, status = await refused(stub.SetCircuitBreakerMode(request, metadata=KEY))
    assert (code, violations(status)) == (grpc.StatusCode.INVALID_ARGUMENT, [(field, rule)])
    assert not (await got(stub)).circuit.HasField("ruling")


async def test_a_connector_without_a_circuit_is_not_steered(stub: Stub) -> None:
    """Such as one that is put aside; and an unknown one is not found."""
    for named, code in (
        ({"manufacturer_id": "broken", "tier": ACME["tier"]}, grpc.StatusCode.FAILED_PRECONDITION),
        ({"manufacturer_id": "nobody", "tier": ACME["tier"]}, grpc.StatusCode.NOT_FOUND),
    ):
        calls = [
            stub.ResetCircuitBreaker(pb.ResetCircuitBreakerRequest(**named), metadata=KEY),
            stub.SetCircuitBreakerMode(
                pb.SetCircuitBreakerModeRequest(mode=SHADOW, reason="r", **named), metadata=KEY
            ),
        ]
        assert [(await refused(call))[0] for call in calls] == [code, code]


async def test_operators_of_circuits_need_a_key(stub: Stub) -> None:
    """As everybody."""
    calls = [
        stub.ResetCircuitBreaker(pb.ResetCircuitBreakerRequest(**ACME)),
        stub.SetCircuitBreakerMode(pb.SetCircuitBreakerModeRequest(**ACME)),
        stub.WatchConnectors(pb.WatchConnectorsRequest()).read(),
    ]
    codes = [(await refused(call))[0] for call in calls]
    assert codes == [grpc.StatusCode.UNAUTHENTICATED] * 3

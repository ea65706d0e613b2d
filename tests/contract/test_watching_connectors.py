"""Watches of connectors over a real server: a snapshot, what has changed, and how they end."""

import asyncio
from datetime import timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from tests.contract.test_calls import KEY, OTHER_KEY, refused, violations
from tests.contract.test_circuits import ACME_API, Scene, reset, ruled, scene, stub
from tests.contract.test_connectors import paused, probed

from registrar.client import Client, WatchPolicy
from registrar.client.messages import WatchConnectorsRequest, WatchConnectorsResponse
from registrar.domain.errors import StoreUnavailable
from registrar.domain.outcome import Code
from registrar.resilience.answers import Signal
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.enums_pb2 import CircuitMode, CircuitState, WatchClosingReason

__all__ = ["scene", "stub"]

Stub = Any  # the generated classes have their asynchronous type only in their stub files


def watching(stub: Stub, **given: Any) -> Stub:  # noqa: ANN401 - whatever a field takes
    """A new watch; a beat is rare enough not to come in between."""
    fields: dict[str, Any] = {"heartbeat_interval": Duration(seconds=60)} | given
    return stub.WatchConnectors(pb.WatchConnectorsRequest(**fields), metadata=KEY)


async def told(call: Stub) -> tuple[str, Any]:
    """Kind and content of the next message."""
    async with asyncio.timeout(10):
        message = await call.read()
    kind = message.WhichOneof("message")
    return kind, getattr(message, kind)


async def changed(call: Stub) -> pb.Connector:
    """The next one that is another one now."""
    kind, connector = await told(call)
    assert kind == "changed"
    found: pb.Connector = connector
    return found


async def begun(stub: Stub) -> Stub:
    """A watch that has been told of all."""
    call = watching(stub)
    kind, snapshot = await told(call)
    assert (kind, [one.manufacturer_id for one in snapshot.connectors]) == (
        "snapshot",
        ["acme", "broken"],
    )
    return call


async def test_a_watch_begins_with_all_connectors(stub: Stub, scene: Scene) -> None:
    """As a list shows them."""
    await scene.closed()
    _, snapshot = await told(watching(stub))
    assert snapshot.connectors[0].circuit.state == CircuitState.CIRCUIT_STATE_CLOSED
    assert snapshot.connectors[0].version == "1"


async def test_what_an_operator_says_is_told_to_all_watchers(stub: Stub, scene: Scene) -> None:
    """A pause, a ruling, a reset: each once, with the connector as it is then."""
    await scene.opened()
    calls = [await begun(stub), await begun(stub)]
    await paused(stub)
    for call in calls:
        assert (await changed(call)).pause.reason == "maintenance"
    await ruled(stub, CircuitMode.CIRCUIT_MODE_SHADOW)
    for call in calls:
        assert (await changed(call)).circuit.ruling.mode == CircuitMode.CIRCUIT_MODE_SHADOW
    await reset(stub)
    for call in calls:
        circuit = (await changed(call)).circuit
        assert (circuit.state, circuit.ramp_step) == (CircuitState.CIRCUIT_STATE_RAMP, 1)


async def test_what_a_circuit_does_is_told(stub: Stub, scene: Scene) -> None:
    """Its moves; what is merely counted is no change."""
    await scene.closed()
    call = await begun(stub)
    await scene.called(Signal.SUCCESS)
    await asyncio.sleep(0.1)
    await scene.called(Signal.FAILURE)
    circuit = (await changed(call)).circuit
    assert (circuit.state, circuit.cause) == (CircuitState.CIRCUIT_STATE_OPEN, "failure_rate")
    scene.admission.away = True
    assert (await changed(call)).circuit.state == CircuitState.CIRCUIT_STATE_UNSPECIFIED
    scene.admission.away = False
    assert (await changed(call)).circuit.state == CircuitState.CIRCUIT_STATE_OPEN


async def test_probes_and_holds_are_told(stub: Stub, scene: Scene) -> None:
    """As soon as they are seen."""
    call = await begun(stub)
    scene.scenery.made.code = Code.AUTH_REJECTED
    await probed(stub)
    found = await changed(call)
    assert (found.last_probe.code, bool(found.hold_reason)) == ("auth.rejected", True)
    scene.scenery.hold = "no secret acme.api_key"
    assert (await changed(call)).hold_reason == "no secret acme.api_key"


async def test_connectors_that_come_or_go_are_told_with_all(
    stub: Stub, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such as one whose manifest is mended."""
    call = await begun(stub)
    monkeypatch.setattr(scene.scenery, "quarantined", dict)
    kind, snapshot = await told(call)
    assert (kind, [one.manufacturer_id for one in snapshot.connectors]) == ("snapshot", ["acme"])


async def test_a_quiet_watch_shows_that_it_lives(stub: Stub) -> None:
    """As often as it was asked to, within bounds."""
    call = watching(stub, heartbeat_interval=Duration())
    await told(call)
    kind, beat = await told(call)
    assert (kind, beat.HasField("server_time")) == ("heartbeat", True)


async def test_a_heartbeat_that_cannot_be_is_refused(stub: Stub) -> None:
    """With the field and the rule."""
    call = watching(stub, heartbeat_interval=Duration(seconds=-1))
    code, _, status = await refused(call.read())
    assert (code, violations(status)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        [("heartbeat_interval", "DURATION")],
    )


async def test_a_drain_closes_every_watch(stub: Stub, scene: Scene) -> None:
    """At once, with the reason and OK; a new one is refused."""
    calls = [await begun(stub), await begun(stub)]
    draining = asyncio.create_task(scene.server.drain())
    for call in calls:
        kind, closing = await told(call)
        reason = WatchClosingReason.WATCH_CLOSING_REASON_DRAINING
        assert (kind, closing.reason) == ("closing", reason)
        assert closing.reconnect_delay.ToTimedelta() == timedelta(seconds=1)
        assert await call.code() is grpc.StatusCode.OK
    await draining


async def test_one_key_has_so_many_watches(stub: Stub) -> None:
    """Another key has its own; an ended one makes room."""
    first, _ = await begun(stub), await begun(stub)
    code, info, _ = await refused(watching(stub).read())
    assert (code, info.reason) == (grpc.StatusCode.RESOURCE_EXHAUSTED, "WATCH_LIMIT")
    other = stub.WatchConnectors(pb.WatchConnectorsRequest(), metadata=OTHER_KEY)
    assert (await told(other))[0] == "snapshot"
    first.cancel()
    async with asyncio.timeout(10):
        while True:
            try:
                return await begun(stub)
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.02)


async def test_the_database_may_be_away_for_a_while(
    stub: Stub, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An open watch goes on; a new one is told."""
    call = await begun(stub)
    states = scene.desk.store.connectors

    async def away() -> None:
        raise StoreUnavailable

    with monkeypatch.context() as trouble:
        trouble.setattr(states, "all", away)
        await asyncio.sleep(0.1)
        code, info, _ = await refused(watching(stub).read())
        assert (code, info.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    await states.pause(ACME_API, "maintenance", "key:b", None)
    assert (await changed(call)).pause.by == "key:b"


async def test_the_client_watches_for_ever(scene: Scene) -> None:
    """A server that goes away is waited for; every call begins with all."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        await asyncio.sleep(0.01)
        if len(slept) > 1:
            raise EOFError

    seen: list[WatchConnectorsResponse] = []
    drains: list[asyncio.Task[None]] = []

    async def watched() -> None:
        policy = WatchPolicy(draw=lambda _low, high: high, sleep=sleep)
        async with Client(f"127.0.0.1:{scene.port}", "key-a") as client:
            async for message in client.circuits.watch(WatchConnectorsRequest(), policy):
                seen.append(message)
                drains.append(asyncio.create_task(scene.server.drain()))

    with pytest.raises(EOFError):
        await watched()
    await asyncio.gather(*drains)
    kinds = [one.WhichOneof("message") for one in seen]
    assert kinds == ["snapshot", "closing"]
    assert slept == [1.0, 0.1]

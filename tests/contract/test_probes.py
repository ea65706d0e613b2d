"""Health and reflection, as a client meets them that knows nothing of us."""

import asyncio
from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from grpc_reflection.v1alpha import reflection_pb2

from registrar.rpc.lanes import LaneLimits, Limits
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.v1 import connector_service_pb2
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub

Stub = Any  # what is learned from the server has no type here
health: Any = health_pb2
connectors: Any = connector_service_pb2
SERVING = health.HealthCheckResponse.SERVING
NOT_SERVING = health.HealthCheckResponse.NOT_SERVING
REGISTRATIONS = "registrar.v1.RegistrationService"
NAMES = ["grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"]


@pytest.fixture
def probe(channel: grpc.aio.Channel) -> Stub:
    """Health, without a key."""
    return HealthStub(channel)


async def reflect(channel: grpc.aio.Channel, name: str, **question: Any) -> Stub:  # noqa: ANN401 - either of its fields
    """One answer of the reflection service."""
    method = channel.stream_stream(
        f"/{name}/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    call: Any = method(iter([reflection_pb2.ServerReflectionRequest(**question)]))
    return await call.read()


class Stranger:
    """Learns every type from the server."""

    def __init__(self, channel: grpc.aio.Channel, name: str) -> None:
        self._channel, self._name = channel, name
        self._pool = DescriptorPool()
        self._known: set[str] = set()

    async def learn(self, service: str) -> Stub:
        """The descriptor of a service."""
        answer = await reflect(self._channel, self._name, file_containing_symbol=service)
        await self._add(answer)
        return self._pool.FindServiceByName(service)

    async def _add(self, answer: Stub) -> None:
        for raw in answer.file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            if file.name in self._known:
                continue
            self._known.add(file.name)
            for name in file.dependency:
                await self._add(await reflect(self._channel, self._name, file_by_filename=name))
            self._pool.AddSerializedFile(raw)

    async def call(self, method: Stub, body: dict[str, Any]) -> dict[str, Any]:
        """JSON to JSON."""
        made = ParseDict(body, GetMessageClass(method.input_type)())
        rpc: Any = self._channel.unary_unary(
            f"/{method.containing_service.full_name}/{method.name}",
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        return MessageToDict(await rpc(made, metadata=(("authorization", "Bearer key-a"),)))


@pytest.mark.parametrize("name", NAMES)
async def test_a_stranger_finds_the_services_and_submits(
    channel: grpc.aio.Channel, name: str
) -> None:
    """By reflection alone, under either of its names."""
    listed = await reflect(channel, name, list_services="")
    services = {one.name for one in listed.list_services_response.service}
    assert {
        REGISTRATIONS,
        "registrar.v1.ConnectorService",
        "grpc.health.v1.Health",
        *NAMES,
    } == services
    stranger = Stranger(channel, name)
    methods = (await stranger.learn(REGISTRATIONS)).methods_by_name
    body = {
        "requestId": "8f1b5a58-7c6b-4f0e-9d5e-3f4f8d4c1a11",
        "manufacturerId": "acme",
        "product": {"serialNumber": "AC0123456789"},
        "purchase": {"date": {"year": 2026, "month": 11, "day": 1}, "country": "PL"},
    }
    answer = await stranger.call(methods["SubmitRegistration"], body)
    assert answer["registration"]["state"] == "REGISTRATION_STATE_PENDING"


async def test_health_by_service(probe: Stub) -> None:
    """One name a service, and the empty one for all."""
    for name in ("", REGISTRATIONS, "registrar.v1.ConnectorService"):
        assert (await probe.Check(health.HealthCheckRequest(service=name))).status == SERVING
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await probe.Check(health.HealthCheckRequest(service="nothing"))
    assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_health_lists(channel: grpc.aio.Channel) -> None:
    """The stock servicer does not."""
    rpc: Any = channel.unary_unary(
        "/grpc.health.v1.Health/List",
        request_serializer=health.HealthListRequest.SerializeToString,
        response_deserializer=health.HealthListResponse.FromString,
    )
    statuses = (await rpc(health.HealthListRequest())).statuses
    assert {name: one.status for name, one in statuses.items()}[REGISTRATIONS] == SERVING


async def test_a_lost_database_is_seen_and_its_return_too(probe: Stub, desk: Desk) -> None:
    """Only RegistrationService depends on it."""
    watch = probe.Watch(health.HealthCheckRequest(service=REGISTRATIONS))
    assert (await watch.read()).status == SERVING
    desk.away = True
    assert (await watch.read()).status == NOT_SERVING
    assert (await probe.Check(health.HealthCheckRequest(service=""))).status == SERVING
    desk.away = False
    assert (await watch.read()).status == SERVING
    watch.cancel()


async def test_a_drain_tells_and_ends_health_watches(
    probe: Stub, server: tuple[GrpcServer, int]
) -> None:
    """One open stream alone would hold the server for its whole grace."""
    watches = [probe.Watch(health.HealthCheckRequest(service=name)) for name in ("", "later")]
    first = [(await watch.read()).status for watch in watches]
    assert first == [SERVING, health.HealthCheckResponse.SERVICE_UNKNOWN]
    async with asyncio.timeout(2):
        await server[0].drain()
    assert (await watches[0].read()).status == NOT_SERVING
    assert await watches[0].read() is grpc.aio.EOF
    assert await watches[0].code() is grpc.StatusCode.OK


async def test_a_probe_needs_no_place(desk: Desk) -> None:
    """A gateway without room for a single call still says how it is."""
    none = LaneLimits(0, 0)
    settings = ServerSettings(limits=Limits(writes=none, reads=none))
    server = GrpcServer(
        Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store)), settings
    )
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        stub: Stub = HealthStub(channel)
        answer = await stub.Check(health.HealthCheckRequest())
        assert answer.status == SERVING
        with pytest.raises(grpc.aio.AioRpcError, match="UNAVAILABLE"):
            await ConnectorServiceStub(channel).ListManufacturers(
                connectors.ListManufacturersRequest(),
                metadata=(("authorization", "Bearer key-a"),),
            )
    await server.drain()

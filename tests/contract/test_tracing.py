"""Calls are traced by the standard's own instrumentation, and carry on where their caller was."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2
from grpc_health.v1.health_pb2_grpc import HealthStub
from opentelemetry.instrumentation.grpc import aio_client_interceptors
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.contract.test_calls import KEY, request

from registrar.ports.tracing import NoTracer, trace_id
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.telemetry.tracing import Tracing
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

health: Any = health_pb2
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@dataclass
class Traced:
    """A server, and what it would send to a collector."""

    desk: Desk
    port: int
    tracing: Tracing
    exported: InMemorySpanExporter

    def spans(self) -> dict[str, ReadableSpan]:
        """By name."""
        self.tracing.close()
        return {span.name: span for span in self.exported.get_finished_spans()}


@pytest.fixture
async def traced() -> AsyncIterator[Traced]:
    """Running."""
    desk, exported = Desk(), InMemorySpanExporter()
    tracing = Tracing("serve", exported)
    server = GrpcServer(
        Uses(desk, OneCatalogue(), authenticate, desk.ping, operators(desk.store), tracing),
        ServerSettings(),
    )
    yield Traced(desk, await server.start(), tracing, exported)
    await server.drain()


async def test_a_call_is_a_span_of_its_callers_trace(traced: Traced) -> None:
    """And the registration remembers it for whoever carries it out."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{traced.port}") as channel:
        stub: Any = RegistrationServiceStub(channel)
        await stub.SubmitRegistration(request(), metadata=(*KEY, ("traceparent", PARENT)))
    span = traced.spans()["/registrar.v1.RegistrationService/SubmitRegistration"]
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" == trace_id(PARENT)
    (kept,) = traced.desk.traces
    assert kept.split("-")[1:3] == [trace_id(PARENT), f"{span.context.span_id:016x}"]


async def test_a_client_that_is_traced_is_followed(traced: Traced) -> None:
    """With the same instrumentation on its side."""
    provider = TracerProvider()
    interceptors = aio_client_interceptors(tracer_provider=provider)
    address = f"127.0.0.1:{traced.port}"
    with provider.get_tracer("caller").start_as_current_span("checkout") as checkout:
        async with grpc.aio.insecure_channel(address, interceptors=interceptors) as channel:
            stub: Any = RegistrationServiceStub(channel)
            await stub.SubmitRegistration(request(), metadata=KEY)
    (kept,) = traced.desk.traces
    assert trace_id(kept) == f"{checkout.get_span_context().trace_id:032x}"


async def test_nothing_personal_is_in_a_span_and_probes_have_none(traced: Traced) -> None:
    """Whatever is sent to a collector is out of our hands."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{traced.port}") as channel:
        probe: Any = HealthStub(channel)
        await probe.Check(health.HealthCheckRequest())
        stub: Any = RegistrationServiceStub(channel)
        await stub.SubmitRegistration(request(), metadata=KEY)
        traced.desk.error = ValueError("l@example.org")
        with pytest.raises(grpc.aio.AioRpcError):
            await stub.SubmitRegistration(request(), metadata=KEY)
    spans = traced.spans()
    assert set(spans) == {"/registrar.v1.RegistrationService/SubmitRegistration"}
    told = "".join(span.to_json() for span in traced.exported.get_finished_spans())
    for personal in ("Łucja", "Nowak", "example.org", "key-a"):
        assert personal not in told


def test_without_a_collector_the_trace_is_passed_on() -> None:
    """An attempt belongs to the trace of its submission."""
    with NoTracer().continued("attempt", PARENT, {}) as kept:
        assert kept == PARENT
    assert NoTracer().current() == ""
    assert trace_id("") == ""


def test_an_attempt_goes_on_in_another_process() -> None:
    """Its span is a child of the submission's."""
    exported = InMemorySpanExporter()
    tracing = Tracing("work", exported)
    with tracing.continued("attempt", PARENT, {"registration_id": "reg_1"}) as own:
        assert trace_id(own) == trace_id(PARENT)
        assert own != PARENT
    with tracing.continued("attempt", "", {}) as own:
        assert trace_id(own) not in {"", trace_id(PARENT)}
    tracing.close()
    first, second = exported.get_finished_spans()
    assert (first.name, dict(first.attributes or {})) == (
        "attempt",
        {"registration_id": "reg_1"},
    )
    assert first.parent is not None
    assert f"{first.parent.span_id:016x}" == PARENT.split("-")[2]
    assert second.parent is None

"""Traces of the running system, as a collector receives them."""

import asyncio
import time
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import (
    TraceServiceServicer,
    add_TraceServiceServicer_to_server,
)
from tests.system import System, example, lines, start

from registrar.client import Client

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
messages: Any = trace_service_pb2


class Collector(TraceServiceServicer):
    """Keeps every span, and every byte it was sent."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, str, Any]] = []
        self.raw = b""

    def Export(self, request: Any, context: object) -> Any:  # noqa: ANN401, N802 - gRPC's name
        """Take them."""
        del context
        self.raw += request.SerializeToString()
        for resource in request.resource_spans:
            about = {one.key: one.value.string_value for one in resource.resource.attributes}
            for scope in resource.scope_spans:
                self.spans += [(about["registrar.process"], one.name, one) for one in scope.spans]
        return messages.ExportTraceServiceResponse()


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    """Listening; its address."""
    made = Collector()
    server = grpc.server(futures.ThreadPoolExecutor(2))
    add_TraceServiceServicer_to_server(made, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield made, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


async def first_attempt(system: System, registration_id: str) -> Any:  # noqa: ANN401 - a message
    """As callers see it."""
    async with Client(system.ready["grpc"], system.ready["api_key"]) as client:
        return (await client.attempts(registration_id))[0]


def test_one_trace_from_the_submission_to_the_attempt(
    tmp_path: Path, collector: tuple[Collector, str]
) -> None:
    """Over two processes and a database; nothing personal reaches the collector."""
    kept, endpoint = collector
    system = start(tmp_path, REGISTRAR_OTLP_ENDPOINT=endpoint)
    try:
        done, _ = system.json("submit", "-", "--wait", stdin=lines(example(7)))
        attempt = asyncio.run(first_attempt(system, done["response"]["registration"]["id"]))
    finally:
        assert system.stop() == 0
        assert system.process.stdout is not None
        system.process.stdout.close()
    ends = time.monotonic() + 10
    while {process for process, _, _ in kept.spans} != {"serve", "work"}:
        assert time.monotonic() < ends, kept.spans
        time.sleep(0.1)
    (submitted,) = [s for _, name, s in kept.spans if name.endswith("/BatchSubmitRegistrations")]
    (attempted,) = [s for process, name, s in kept.spans if (process, name) == ("work", "attempt")]
    assert submitted.trace_id == attempted.trace_id
    assert attempted.parent_span_id == submitted.span_id
    assert attempted.trace_id.hex() == attempt.trace_id
    for personal in ("Ada", "Łoś", "ada@example.com", "AC99ZZ000007"):
        assert personal.encode() not in kept.raw

"""OpenTelemetry, an extra: spans of calls and attempts, sent as OTLP to whom the settings name."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from importlib.metadata import version
from typing import Any

from opentelemetry import propagate
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind

NOT_TRACED = ("WatchRegistrations", "ServerReflectionInfo")
"""A span that is open for a quarter of an hour tells nothing, and reflection little."""

_FLUSH_MILLISECONDS = 2_000


class Tracing:
    """`ports.tracing.Tracer` over a provider of its own: nothing global is touched."""

    def __init__(self, process: str, exporter: SpanExporter) -> None:
        about = {
            "service.name": "registrar",
            "service.version": version("registrar"),
            "registrar.process": process,
        }
        self._provider = TracerProvider(resource=Resource.create(about))
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("registrar")

    def current(self) -> str:
        """The `traceparent` of the innermost span."""
        carrier: dict[str, str] = {}
        propagate.inject(carrier)
        return carrier.get("traceparent", "")

    @contextmanager
    def continued(
        self, name: str, traceparent: str, attributes: Mapping[str, str | int]
    ) -> Iterator[str]:
        """A consumer's span, the child of what was traced in another process."""
        parent = propagate.extract({"traceparent": traceparent}) if traceparent else None
        with self._tracer.start_as_current_span(
            name, parent, SpanKind.CONSUMER, attributes=dict(attributes), record_exception=False
        ):
            yield self.current()

    def server_interceptor(self) -> Any:  # noqa: ANN401 - grpc.aio's own type is another module's
        """A span a call, but for watches, probes and reflection; it stands outermost."""
        left_out: list[Any] = [filters.method_name(name) for name in NOT_TRACED]
        left_out.append(filters.health_check())
        chosen = filters.negate(filters.any_of(*left_out))
        return aio_server_interceptor(  # type: ignore[no-untyped-call]  # it has no types
            tracer_provider=self._provider, filter_=chosen
        )

    def close(self) -> None:
        """Send what is left; an address that does not answer is not waited for."""
        self._provider.force_flush(_FLUSH_MILLISECONDS)
        self._provider.shutdown()


@asynccontextmanager
async def exporting(process: str, endpoint: str) -> AsyncIterator[Tracing]:
    """Spans of this process, sent to `endpoint` (http://HOST:PORT, OTLP over gRPC)."""
    tracing = Tracing(process, OTLPSpanExporter(endpoint, insecure=endpoint.startswith("http://")))
    try:
        yield tracing
    finally:
        tracing.close()

"""What is known of the call being served, from any depth below the interceptors."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import grpc

from registrar.app.commands import Caller
from registrar.app.rate_limits import Allowance
from registrar.domain.errors import ApiKeyInvalid
from registrar.ports.tracing import Tracer, trace_id
from registrar.rpc import rates
from registrar.rpc.lanes import Lane
from registrar.telemetry import logs

Context = grpc.aio.ServicerContext[Any, Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


OPEN_SERVICES = frozenset(
    {
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    }
)
"""Need no key: probes have none, and the contract is public."""


@dataclass(frozen=True, slots=True)
class Method:
    """`path` is `/package.Service/Method`."""

    path: str
    service: str = field(init=False)
    name: str = field(init=False)
    open: bool = field(init=False)
    """Needs no key, no place in a lane and no line in the log."""

    def __post_init__(self) -> None:
        """Its parts, once: they are asked for at every call."""
        _, service, name = self.path.split("/")
        object.__setattr__(self, "service", service)
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "open", service in OPEN_SERVICES)


@dataclass(slots=True)
class Call:
    """One RPC; `started` is a reading of `perf_counter`."""

    method: Method
    authorization: str = ""
    request_id: str = field(default_factory=partial(secrets.token_hex, 16))
    traceparent: str = ""
    caller: Caller | None = None
    started: float = field(default_factory=time.perf_counter)
    facts: dict[str, object] = field(default_factory=lambda: {"code": "OK"})
    """How it ended, for its line in the log."""
    lane: Lane | None = None
    allowance: Allowance | None = None
    """What its key has left of its quota."""

    @property
    def trailing(self) -> tuple[tuple[str, str | bytes], ...]:
        """Metadata that each answer ends with."""
        return (("x-request-id", self.request_id), *rates.headers(self.allowance))

    def leave(self) -> None:
        """Give its place among the calls of its kind back; again does nothing."""
        lane, self.lane = self.lane, None
        if lane is not None:
            lane.release()


_current: ContextVar[Call] = ContextVar("call")


def begin(
    method: Method, metadata: Iterable[tuple[str, str | bytes]], tracer: Tracer | None = None
) -> Call:
    """Read the metadata; the caller's own request id is kept where it is harmless in a log."""
    call = Call(method)
    for key, value in metadata:
        if not isinstance(value, str):
            continue
        if key == "authorization":
            call.authorization = value
        elif key == "x-request-id" and _REQUEST_ID.fullmatch(value):
            call.request_id = value
        elif key == "traceparent" and _TRACEPARENT.fullmatch(value):
            call.traceparent = value
    if tracer is not None:
        call.traceparent = tracer.current() or call.traceparent
    logs.about(request_id=call.request_id, trace_id=trace_id(call.traceparent))
    _current.set(call)
    return call


def current() -> Call:
    """The call of this task."""
    return _current.get()


def caller() -> Caller:
    """Who calls; deny by default where nothing has authenticated the call."""
    found = current().caller
    if found is None:
        raise ApiKeyInvalid
    return found

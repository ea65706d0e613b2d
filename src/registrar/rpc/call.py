"""What is known of the call being served, from any depth below the interceptors."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import grpc

from registrar.app.commands import Caller
from registrar.domain.errors import ApiKeyInvalid

Context = grpc.aio.ServicerContext[Any, Any]

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")


def _fresh_id() -> str:
    return uuid.uuid4().hex


@dataclass(slots=True)
class Call:
    """One RPC. `method` is `/package.Service/Method`."""

    method: str
    authorization: str = ""
    request_id: str = field(default_factory=_fresh_id)
    trace_id: str = ""
    caller: Caller | None = None

    @property
    def service(self) -> str:
        """`package.Service`."""
        return self.method.split("/")[1]

    @property
    def name(self) -> str:
        """`Method`."""
        return self.method.rsplit("/", maxsplit=1)[-1]


_current: ContextVar[Call] = ContextVar("call")


def begin(method: str, metadata: Sequence[tuple[str, str | bytes]]) -> Call:
    """Read the metadata; the caller's own request id is kept where it is harmless in a log."""
    given = {key: value for key, value in metadata if isinstance(value, str)}
    call = Call(method, given.get("authorization", ""))
    if _REQUEST_ID.fullmatch(given.get("x-request-id", "")):
        call.request_id = given["x-request-id"]
    parent = _TRACEPARENT.fullmatch(given.get("traceparent", ""))
    call.trace_id = parent[1] if parent else ""
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

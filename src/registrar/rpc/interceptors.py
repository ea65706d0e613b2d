"""What surrounds every call, outermost first: errors, log, authentication, concurrency, deadline.

Each concern is an async context manager around the handler, the same for unary and streaming calls.
Handlers are wrapped in real `async def`s, because grpc.aio inspects them and takes a lambda for a
synchronous one.
"""

from __future__ import annotations

import asyncio
import inspect
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any

import grpc
import structlog

from registrar.app.commands import Authenticate
from registrar.domain.errors import ApiKeyInvalid
from registrar.rpc import call as calls
from registrar.rpc import status
from registrar.rpc.call import Call, Context
from registrar.rpc.lanes import Lanes

Handler = Any  # the stubs' handlers share no type that tells unary from streaming
Around = Callable[[Context], AbstractAsyncContextManager[Call]]

OPEN_SERVICES = frozenset(
    {
        "grpc.health.v1.Health",
        "grpc.reflection.v1.ServerReflection",
        "grpc.reflection.v1alpha.ServerReflection",
    }
)
"""Need no key: probes have none, and the contract is public."""

LONG_CALLS = frozenset({"WatchRegistrations", "WaitRegistration"})
"""End by themselves; no default deadline."""

BEARER = "bearer "
_log = structlog.get_logger("registrar.rpc")


class Surroundings(grpc.aio.ServerInterceptor):
    """One interceptor, its concerns in order in `_around`."""

    def __init__(
        self, authenticate: Authenticate, lanes: Lanes, *, default_deadline: float = 30.0
    ) -> None:
        self._authenticate = authenticate
        self._lanes = lanes
        self._default_deadline = default_deadline

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """The same handler, surrounded; None for an unknown method, which gRPC answers itself."""
        handler = await continuation(handler_call_details)
        method = handler_call_details.method
        metadata = handler_call_details.invocation_metadata

        def around(context: Context) -> AbstractAsyncContextManager[Call]:
            return self._around(calls.begin(method, tuple(metadata or ())), context)

        return handler and _wrapped(handler, around, self._default_deadline)

    @asynccontextmanager
    async def _around(self, call: Call, context: Context) -> AsyncIterator[Call]:
        async with _errors(call, context), _logged(call, context):
            await self._check_key(call)
            async with self._lanes.enter(call):
                yield call

    async def _check_key(self, call: Call) -> None:
        if call.service in OPEN_SERVICES:
            return
        if not call.authorization.lower().startswith(BEARER):
            raise ApiKeyInvalid
        call.caller = await self._authenticate(call.authorization[len(BEARER) :].strip())


@asynccontextmanager
async def _errors(call: Call, context: Context) -> AsyncIterator[None]:
    """A security control: the text of an uncaught error would reach the client verbatim."""
    context.set_trailing_metadata((("x-request-id", call.request_id),))
    try:
        yield
    except grpc.aio.AbortError:
        raise
    except asyncio.CancelledError as error:
        if _asked_to_stop():
            raise
        await _abort(error, call, context)
    except Exception as error:  # noqa: BLE001 - this is the place where all errors end
        await _abort(error, call, context)


def _asked_to_stop() -> bool:
    """Cancelled from outside. One raised inside would leave the client without any answer."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _abort(error: BaseException, call: Call, context: Context) -> None:
    answer = status.to_status(error, call.request_id)
    own: tuple[tuple[str, str | bytes], ...] = (("x-request-id", call.request_id),)
    metadata = own + status.trailers(answer)  # gRPC takes nothing but a tuple here
    await context.abort(status.rule_of(error).code, answer.message, metadata)


@asynccontextmanager
async def _logged(call: Call, context: Context) -> AsyncIterator[None]:
    """One canonical line a call, without a word from the messages."""
    started = time.perf_counter()
    ids = {"request_id": call.request_id, "trace_id": call.trace_id}
    structlog.contextvars.bind_contextvars(**ids)
    facts: dict[str, object] = {"code": "OK"}
    try:
        yield
    except grpc.aio.AbortError:
        facts = {"code": str(context.code())}
        raise
    except (asyncio.CancelledError, GeneratorExit):
        facts = {"code": "CANCELLED"}
        raise
    except Exception as error:
        facts = _facts(error)
        raise
    finally:
        _write_line(call, time.perf_counter() - started, facts)


def _facts(error: Exception) -> dict[str, object]:
    rule = status.rule_of(error)
    facts: dict[str, object] = {"code": rule.code.name, "reason": status.reason_name(rule)}
    if rule.code is grpc.StatusCode.INTERNAL:
        # Where, not what: the text of an unexpected error may hold personal data.
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        facts["error"] = type(error).__name__
        facts["where"] = [f"{one.name}:{one.lineno}" for one in frames]
    return facts


def _write_line(call: Call, seconds: float, facts: dict[str, object]) -> None:
    tenant = call.caller.tenant_id if call.caller else ""
    level = "debug" if call.service in OPEN_SERVICES else "info"
    level = "error" if facts["code"] == "INTERNAL" else level
    milliseconds = round(seconds * 1000, 1)
    getattr(_log, level)("rpc", method=call.name, tenant=tenant, ms=milliseconds, **facts)


def _wrapped(handler: Handler, around: Around, default_deadline: float) -> Handler:
    if handler.response_streaming:
        return _wrapped_stream(handler, around)
    inner = handler.stream_unary if handler.request_streaming else handler.unary_unary

    async def unary(request: object, context: Context) -> object:
        async with (
            around(context) as call,
            asyncio.timeout(_limit(call, context, default_deadline)),
        ):
            return await inner(request, context)

    make = (
        grpc.stream_unary_rpc_method_handler
        if handler.request_streaming
        else grpc.unary_unary_rpc_method_handler
    )
    return make(unary, handler.request_deserializer, handler.response_serializer)


def _limit(call: Call, context: Context, default_deadline: float) -> float | None:
    if call.name in LONG_CALLS or context.time_remaining() is not None:
        return None
    return default_deadline


def _wrapped_stream(handler: Handler, around: Around) -> Handler:
    inner = handler.stream_stream if handler.request_streaming else handler.unary_stream
    yields = inspect.isasyncgenfunction(inner)

    async def stream(request: object, context: Context) -> AsyncIterator[object]:
        async with around(context):
            if not yields:
                await inner(request, context)
                return
            # Closed here and now when the client goes away, not when the collector comes by.
            async with aclosing(inner(request, context)) as messages:
                async for message in messages:
                    yield message

    make = (
        grpc.stream_stream_rpc_method_handler
        if handler.request_streaming
        else grpc.unary_stream_rpc_method_handler
    )
    return make(stream, handler.request_deserializer, handler.response_serializer)

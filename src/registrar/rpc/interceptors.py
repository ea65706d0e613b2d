"""What surrounds every call, outermost first: errors, log, key, rate limit, concurrency, deadline.

Each concern is a few lines around the handler rather than a context manager of its own: four of
those took as long as gRPC itself. Handlers are wrapped in real `async def`s, because grpc.aio
inspects them and takes a lambda for a synchronous one.
"""

from __future__ import annotations

import asyncio
import inspect
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any, NoReturn

import grpc
import structlog
from google.protobuf.message import DecodeError, Message

from registrar.app.commands import Authenticate
from registrar.app.rate_limits import RateLimits
from registrar.domain.errors import ApiKeyInvalid, Draining, InvalidRequest, Violation
from registrar.ports.tracing import Tracer
from registrar.rpc import call as calls
from registrar.rpc import rates, scopes, status
from registrar.rpc.call import Call, Context, Method
from registrar.rpc.lanes import Lanes
from registrar.rpc.texts import Unkept, unkept

Handler = Any  # the stubs' handlers share no type that tells unary from streaming

Whole = Callable[[Any], object]
"""A request, or a stream of them, as the handler gets it."""

LONG_CALLS = frozenset({"WatchRegistrations", "WaitRegistration"})
"""End by themselves; no default deadline."""

BEARER = "bearer "
NOTHING = object()
"""In the place of a request that could not be read."""
LOOK_THEMSELVES = frozenset({"SubmitRegistration", "BatchSubmitRegistrations"})
"""Whose texts are all validated, a batch's each by itself."""
_log = structlog.get_logger("registrar.rpc")


class Surroundings(grpc.aio.ServerInterceptor):
    """One interceptor; `_enter` and `_end` stand before and behind every handler."""

    def __init__(
        self,
        authenticate: Authenticate,
        lanes: Lanes,
        *,
        rate_limits: RateLimits | None = None,
        default_deadline: float = 30.0,
        tracer: Tracer | None = None,
    ) -> None:
        self._authenticate = authenticate
        self._tracer = tracer
        self._lanes = lanes
        self._rate_limits = rate_limits
        self._default_deadline = default_deadline
        self._handlers: dict[str, Handler] = {}
        self._running: set[asyncio.Task[object]] = set()
        self._over = False

    def end(self) -> None:
        """Answer whatever still runs, while it can be: else gRPC cuts it off with INTERNAL.

        Once, at the end of a drain. Its callers are told to come back; what they asked for may have
        been done, as after any UNAVAILABLE.
        """
        self._over = True
        for task in self._running:
            task.cancel()

    def _begun(self) -> asyncio.Task[object]:
        task: asyncio.Task[object] | None = asyncio.current_task()
        assert task is not None  # noqa: S101 - handlers run in tasks of gRPC's
        self._running.add(task)
        return task

    def _told(self, error: BaseException, task: asyncio.Task[object]) -> BaseException:
        """What is answered. Who was cancelled by `end`, and not by its client, can still speak."""
        if not self._over or not isinstance(error, asyncio.CancelledError):
            return error
        for _ in range(task.cancelling()):
            task.uncancel()
        return Draining()

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """The same handler, surrounded; None for an unknown method, which gRPC answers itself."""
        method = handler_call_details.method
        known = self._handlers.get(method)
        if known is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return None
            known = self._handlers[method] = self._surrounded(method, handler)
        return known

    def _surrounded(self, path: str, handler: Handler) -> Handler:
        method = Method(path)
        whole: Whole = _each if handler.request_streaming else _one
        if handler.response_streaming:
            inner = handler.stream_stream if handler.request_streaming else handler.unary_stream
            make = _STREAMS[handler.request_streaming]
            around = self._stream(method, inner, whole)
        else:
            inner = handler.stream_unary if handler.request_streaming else handler.unary_unary
            make = _UNARIES[handler.request_streaming]
            around = self._unary(method, inner, whole)
        read = _lenient(handler.request_deserializer, looks=method.name not in LOOK_THEMSELVES)
        return make(around, read, handler.response_serializer)

    def _unary(self, method: Method, inner: Handler, whole: Whole) -> Handler:
        limit = None if method.name in LONG_CALLS else self._default_deadline

        async def unary(request: object, context: Context) -> object:
            call = calls.begin(method, context.invocation_metadata() or (), self._tracer)
            task = self._begun()
            try:
                await self._enter(call, context, request)
                if limit is None or context.time_remaining() is not None:
                    return await inner(whole(request), context)
                return await _within(limit, inner(whole(request), context))
            except BaseException as error:
                failed = self._told(error, task)
                if _goes_on(failed, call, context):
                    raise
            finally:
                self._running.discard(task)
                call.leave()
                _write_line(call)
            # Outside of the handler: no other error's text travels along, to a tracer say.
            return await _abort(failed, call, context)

        return unary

    def _stream(self, method: Method, inner: Handler, whole: Whole) -> Handler:
        yields = inspect.isasyncgenfunction(inner)

        async def stream(request: object, context: Context) -> AsyncIterator[object]:
            call = calls.begin(method, context.invocation_metadata() or (), self._tracer)
            task = self._begun()
            try:
                await self._enter(call, context, request)
                if not yields:
                    await inner(whole(request), context)
                    return
                # Closed when the client goes away, not when the collector comes by.
                async with aclosing(inner(whole(request), context)) as messages:
                    async for message in messages:
                        yield message
            except BaseException as error:
                failed = self._told(error, task)
                if _goes_on(failed, call, context):
                    raise
            else:
                return
            finally:
                self._running.discard(task)
                call.leave()
                _write_line(call)
            # Outside of the handler: no other error's text travels along, to a tracer say.
            await _abort(failed, call, context)

        return stream

    async def _enter(self, call: Call, context: Context, request: object) -> None:
        """Who calls, whether it may so often, and a place among the calls of its kind."""
        context.set_trailing_metadata(call.trailing)
        if call.method.open:
            return
        if call.authorization[: len(BEARER)].lower() != BEARER:
            raise ApiKeyInvalid
        call.caller = await self._authenticate(call.authorization[len(BEARER) :].strip())
        scope = scopes.demand(call.method.name, call.caller)
        if self._rate_limits is not None:
            allowance = await self._rate_limits.call(call.caller, scope, rates.cost(request))
            call.allowance = allowance
            context.set_trailing_metadata(call.trailing)
            if allowance is not None and (refusal := allowance.refusal):
                raise refusal
        lane = self._lanes.of(call.method.name)
        await lane.acquire()
        call.lane = lane


_UNARIES: dict[bool, Callable[..., Handler]] = {
    False: grpc.unary_unary_rpc_method_handler,
    True: grpc.stream_unary_rpc_method_handler,
}
_STREAMS: dict[bool, Callable[..., Handler]] = {
    False: grpc.unary_stream_rpc_method_handler,
    True: grpc.stream_stream_rpc_method_handler,
}
"""By whether the request streams."""


def _lenient(read: Callable[[bytes], Message], *, looks: bool) -> Callable[[bytes], object]:
    """Bytes that are no message become `NOTHING`: gRPC would tell the client its error's text.

    With `looks`, a message with texts that cannot be kept becomes `Unkept`.
    """

    def reading(data: bytes) -> object:
        try:
            message = read(data)
        except DecodeError:
            return NOTHING
        # Most messages have no such byte at all: then there is no such text.
        if looks and b"\0" in data and (paths := tuple(unkept(message))):
            return Unkept(paths)
        return message

    return reading


def _one(request: object) -> object:
    """Raises InvalidRequest for what could not be read, or not be kept."""
    if isinstance(request, Unkept):
        raise InvalidRequest(request.violations())
    if request is NOTHING:
        problem = Violation("", "malformed", "The request is no message of this method.")
        raise InvalidRequest((problem,))
    return request


async def _each(requests: Any) -> AsyncIterator[object]:  # noqa: ANN401 - of gRPC
    """The same for each of a stream."""
    async for request in requests:
        yield _one(request)


async def _within(seconds: float, work: Awaitable[object]) -> object:
    async with asyncio.timeout(seconds):
        return await work


def _goes_on(error: BaseException, call: Call, context: Context) -> bool:
    """Whether gRPC itself knows what to do with it."""
    if isinstance(error, grpc.aio.AbortError):
        call.facts = {"code": str(context.code())}
        return True
    ours = isinstance(error, Exception) or (
        isinstance(error, asyncio.CancelledError) and not _asked_to_stop()
    )
    call.facts = _facts(error) if ours else {"code": "CANCELLED"}
    return not ours


def _asked_to_stop() -> bool:
    """Cancelled from outside. One raised inside would leave the client without any answer."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


async def _abort(error: BaseException, call: Call, context: Context) -> NoReturn:
    """A security control: the text of an uncaught error would reach the client verbatim."""
    answer = status.to_status(error, call.request_id)
    metadata = call.trailing + status.trailers(answer)  # gRPC takes nothing but a tuple here
    await context.abort(status.rule_of(error).code, answer.message, metadata)


def _facts(error: BaseException) -> dict[str, object]:
    rule = status.rule_of(error)
    facts: dict[str, object] = {"code": rule.code.name, "reason": status.reason_name(rule)}
    if rule.code is grpc.StatusCode.INTERNAL:
        # Where, not what: the text of an unexpected error may hold personal data.
        frames = traceback.extract_tb(error.__traceback__)[-4:]
        facts["error"] = type(error).__name__
        facts["where"] = [f"{one.name}:{one.lineno}" for one in frames]
    return facts


def _write_line(call: Call) -> None:
    """One canonical line a call, without a word from the messages."""
    tenant = call.caller.tenant_id if call.caller else ""
    write = _log.debug if call.method.open else _log.info
    write = _log.error if call.facts["code"] == "INTERNAL" else write
    milliseconds = round((time.perf_counter() - call.started) * 1000, 1)
    write("rpc", method=call.method.name, tenant=tenant, ms=milliseconds, **call.facts)

"""The shipped client against a server that is stopping."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest

from registrar.client import CallError, Client
from registrar.client.calls import CUT_OFF
from registrar.v1 import registration_service_pb2 as pb

SERVICE, METHOD = "registrar.v1.RegistrationService", "SubmitRegistration"
messages: Any = pb


class Stopping:
    """Cuts calls off as gRPC does when it stops: with CANCELLED, before any handler has run."""

    def __init__(self) -> None:
        self.left = 0
        self.code = grpc.StatusCode.CANCELLED
        self.request_ids: list[str] = []

    async def submit(self, request: Any, context: Any) -> Any:  # noqa: ANN401 - messages
        """Serves what it does not cut off."""
        self.request_ids.append(request.request_id)
        if self.left:
            self.left -= 1
            await context.abort(self.code)
        return messages.SubmitRegistrationResponse(created=True)


@pytest.fixture
async def stopping() -> AsyncIterator[tuple[Stopping, Client]]:
    """The server, and a client of it."""
    made = Stopping()
    handler = grpc.unary_unary_rpc_method_handler(
        made.submit,
        request_deserializer=messages.SubmitRegistrationRequest.FromString,
        response_serializer=messages.SubmitRegistrationResponse.SerializeToString,
    )
    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {METHOD: handler}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with Client(f"127.0.0.1:{port}", "key") as client:
        yield made, client
    await server.stop(None)


async def test_a_call_that_was_cut_off_is_made_again(stopping: tuple[Stopping, Client]) -> None:
    """With the same request id: the service tells a repetition."""
    server, client = stopping
    server.left = 2
    answer = await client.submit(messages.SubmitRegistrationRequest())
    assert answer.created
    assert len(server.request_ids) == 3
    assert len(set(server.request_ids)) == 1


async def test_a_call_is_not_made_again_for_ever(stopping: tuple[Stopping, Client]) -> None:
    """Nobody may be there to take it up."""
    server, client = stopping
    server.left = 100
    with pytest.raises(CallError) as caught:
        await client.submit(messages.SubmitRegistrationRequest())
    assert caught.value.code is grpc.StatusCode.CANCELLED
    assert len(server.request_ids) == 1 + len(CUT_OFF)


async def test_another_refusal_is_told_at_once(stopping: tuple[Stopping, Client]) -> None:
    """It would be the same the next time."""
    server, client = stopping
    server.left, server.code = 100, grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(CallError):
        await client.submit(messages.SubmitRegistrationRequest())
    assert len(server.request_ids) == 1

"""Calls about a whole customer: `client.customers`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import grpc

from registrar.client.errors import from_call
from registrar.v1 import registration_service_pb2 as service

if TYPE_CHECKING:
    from registrar.v1.registration_service_pb2_grpc import RegistrationServiceAsyncStub

SECONDS = 300.0
"""For all registrations of one customer."""


@dataclass(frozen=True, slots=True)
class CustomerCalls:
    """Each raises CallError, and names the customer by `user_ref` or by `email`.

    `call` sends a request by a method of the stub.
    """

    call: Callable[..., Awaitable[Any]]
    stub: RegistrationServiceAsyncStub
    metadata: Sequence[tuple[str, str]]

    async def export(
        self, *, user_ref: str = "", email: str = ""
    ) -> AsyncIterator[service.ExportCustomerDataResponse]:
        """A registration at a time, with its events, its attempts, and what files it has."""
        named: Any = _named(user_ref, email)
        request = service.ExportCustomerDataRequest(**named)
        try:
            call: Any = self.stub.ExportCustomerData(
                request, metadata=self.metadata, timeout=SECONDS
            )
            async for one in call:
                yield one
        except grpc.aio.AioRpcError as error:
            raise from_call(error) from error

    async def erase(
        self, *, user_ref: str = "", email: str = "", request_id: str = ""
    ) -> service.EraseCustomerDataResponse:
        """How far it is: complete, or without `complete_time`. It goes on by itself.

        Made again with the same `request_id`, it tells how far the same erasure is by then.
        """
        named: Any = _named(user_ref, email)
        request = service.EraseCustomerDataRequest(
            request_id=request_id or str(uuid.uuid4()), **named
        )
        made: service.EraseCustomerDataResponse = await self.call(
            self.stub.EraseCustomerData, request, SECONDS
        )
        return made


def _named(user_ref: str, email: str) -> dict[str, str]:
    return {"user_ref": user_ref} if user_ref else {"email": email}

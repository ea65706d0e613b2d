"""Calls about failures by their cause, and about many registrations: `client.bulk`."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.v1 import registration_admin_service_pb2 as pb

if TYPE_CHECKING:
    from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceAsyncStub

SECONDS = 60.0
"""For taking up to 50,000 registrations."""


@dataclass(frozen=True, slots=True)
class BulkCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: RegistrationAdminServiceAsyncStub

    async def dead_letters(self, manufacturer_id: str = "") -> AsyncIterator[pb.DeadLetterGroup]:
        """Failures that nobody has answered, by manufacturer and fingerprint, page by page."""
        request = pb.ListDeadLettersRequest(manufacturer_id=manufacturer_id)
        while True:
            page = await self.call(self.stub.ListDeadLetters, request)
            for one in page.groups:
                yield one
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def create(
        self, request: pb.CreateBulkOperationRequest
    ) -> pb.CreateBulkOperationResponse:
        """Durable when it returns. A `request_id` is made where there is none, and kept."""
        request.request_id = request.request_id or str(uuid.uuid4())
        made: pb.CreateBulkOperationResponse = await self.call(
            self.stub.CreateBulkOperation, request, SECONDS
        )
        return made

    async def glance(
        self, request: pb.CreateBulkOperationRequest
    ) -> pb.CreateBulkOperationResponse:
        """How many match; nothing is done."""
        own = pb.CreateBulkOperationRequest()
        own.CopyFrom(request)
        own.dry_run = True
        return await self.create(own)

    async def get(self, bulk_operation_id: str) -> pb.BulkOperation:
        """How far it is."""
        request = pb.GetBulkOperationRequest(bulk_operation_id=bulk_operation_id)
        found: pb.BulkOperation = (
            await self.call(self.stub.GetBulkOperation, request)
        ).bulk_operation
        return found

    async def every(self) -> AsyncIterator[pb.BulkOperation]:
        """Newest first, page by page."""
        request = pb.ListBulkOperationsRequest()
        while True:
            page = await self.call(self.stub.ListBulkOperations, request)
            for one in page.bulk_operations:
                yield one
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    async def cancel(self, bulk_operation_id: str) -> pb.BulkOperation:
        """Nothing more of it is done."""
        request = pb.CancelBulkOperationRequest(bulk_operation_id=bulk_operation_id)
        ended: pb.BulkOperation = (
            await self.call(self.stub.CancelBulkOperation, request)
        ).bulk_operation
        return ended

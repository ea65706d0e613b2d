"""The methods of RegistrationAdminService that concern failures, and many registrations at once."""

from __future__ import annotations

from abc import abstractmethod

from registrar.app.bulk import BulkOperations
from registrar.app.dead_letters import DeadLetters
from registrar.rpc import bulk_messages as messages
from registrar.rpc import paging
from registrar.rpc.call import Context, caller
from registrar.v1 import registration_admin_service_pb2 as pb

GROUPS = 50
"""Of a page where the caller names no size."""


class BulkMethods:
    """Mixed into the servicer."""

    @property
    @abstractmethod
    def dead_letters(self) -> DeadLetters:
        """The use cases."""
        ...

    @property
    @abstractmethod
    def bulk(self) -> BulkOperations:
        """The use cases."""
        ...

    async def ListDeadLetters(  # noqa: N802 - gRPC's name
        self, request: pb.ListDeadLettersRequest, context: Context
    ) -> pb.ListDeadLettersResponse:
        """See the contract."""
        del context
        size = paging.size(request.page_size, default=GROUPS)
        found, rest = await self.dead_letters.page(
            caller(), request.manufacturer_id, size, request.page_token
        )
        return pb.ListDeadLettersResponse(
            groups=map(messages.write_group, found), next_page_token=rest
        )

    async def CreateBulkOperation(  # noqa: N802
        self, request: pb.CreateBulkOperationRequest, context: Context
    ) -> pb.CreateBulkOperationResponse:
        """See the contract."""
        del context
        wish = messages.read_wish(request)
        if request.dry_run:
            return messages.write_glance(await self.bulk.glance(caller(), wish))
        request_id = messages.read_request_id(request.request_id)
        made = await self.bulk.create(caller(), request_id, wish)
        return pb.CreateBulkOperationResponse(
            bulk_operation=messages.write_operation(made), matched_count=made.matched
        )

    async def GetBulkOperation(  # noqa: N802
        self, request: pb.GetBulkOperationRequest, context: Context
    ) -> pb.GetBulkOperationResponse:
        """See the contract."""
        del context
        found = await self.bulk.get(caller(), request.bulk_operation_id)
        return pb.GetBulkOperationResponse(bulk_operation=messages.write_operation(found))

    async def ListBulkOperations(  # noqa: N802
        self, request: pb.ListBulkOperationsRequest, context: Context
    ) -> pb.ListBulkOperationsResponse:
        """See the contract."""
        del context
        size = paging.size(request.page_size, default=paging.DEFAULT_SIZE)
        found, rest = await self.bulk.page(caller(), size, request.page_token)
        return pb.ListBulkOperationsResponse(
            bulk_operations=map(messages.write_operation, found), next_page_token=rest
        )

    async def CancelBulkOperation(  # noqa: N802
        self, request: pb.CancelBulkOperationRequest, context: Context
    ) -> pb.CancelBulkOperationResponse:
        """See the contract."""
        del context
        ended = await self.bulk.cancel(caller(), request.bulk_operation_id)
        return pb.CancelBulkOperationResponse(bulk_operation=messages.write_operation(ended))

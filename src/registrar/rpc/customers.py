"""The methods of RegistrationService that concern a whole customer."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import aclosing

from registrar.app.customers import CustomerKey, Customers
from registrar.rpc import convert, mapping
from registrar.rpc.artifact_messages import ARTIFACT
from registrar.rpc.assist import check_request_id
from registrar.rpc.call import Context, caller
from registrar.v1 import registration_service_pb2 as pb


class CustomerMethods:
    """Mixed into the servicer."""

    @property
    @abstractmethod
    def customers(self) -> Customers:
        """The use cases."""
        ...

    async def ExportCustomerData(  # noqa: N802 - gRPC's name
        self, request: pb.ExportCustomerDataRequest, context: Context
    ) -> AsyncIterator[pb.ExportCustomerDataResponse]:
        """See the contract."""
        del context
        events = convert.EventMessages()
        whose = CustomerKey(request.user_ref, request.email)
        async with aclosing(self.customers.export(caller(), whose)) as records:
            async for one in records:
                yield pb.ExportCustomerDataResponse(
                    registration=convert.write_view(one.view),
                    events=[events.of(event) for event in one.events],
                    attempts=[mapping.ATTEMPT.write(attempt) for attempt in one.attempts],
                    artifacts=[ARTIFACT.write(artifact) for artifact in one.artifacts],
                )

    async def EraseCustomerData(  # noqa: N802
        self, request: pb.EraseCustomerDataRequest, context: Context
    ) -> pb.EraseCustomerDataResponse:
        """See the contract."""
        del context
        check_request_id(request.request_id)
        whose = CustomerKey(request.user_ref, request.email)
        made = await self.customers.erase(caller(), request.request_id, whose)
        return mapping.ERASURE.write(made)

"""ConnectorService: what is known of the manufacturers."""

from __future__ import annotations

from registrar.app.commands import Manufacturers
from registrar.domain.errors import NotFound
from registrar.rpc import convert, paging
from registrar.rpc.call import Context
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceServicer


class ConnectorServicer(ConnectorServiceServicer):
    """Over the catalogue."""

    def __init__(self, catalogue: Manufacturers) -> None:
        self._catalogue = catalogue

    async def ListManufacturers(  # noqa: N802 - gRPC's name
        self, request: pb.ListManufacturersRequest, context: Context
    ) -> pb.ListManufacturersResponse:
        """See the contract."""
        del context
        size = paging.size(request.page_size, default=100)
        start = paging.read(request.page_token, "manufacturers")
        known = [one for _, one in sorted(self._catalogue.manufacturers().items())]
        end = start + size
        return pb.ListManufacturersResponse(
            manufacturers=[convert.write_manufacturer(one) for one in known[start:end]],
            next_page_token=paging.write(end, "manufacturers") if end < len(known) else "",
        )

    async def GetManufacturer(  # noqa: N802
        self, request: pb.GetManufacturerRequest, context: Context
    ) -> pb.GetManufacturerResponse:
        """See the contract."""
        del context
        found = self._catalogue.manufacturers().get(request.manufacturer_id)
        if found is None:
            raise NotFound
        return pb.GetManufacturerResponse(manufacturer=convert.write_manufacturer(found))

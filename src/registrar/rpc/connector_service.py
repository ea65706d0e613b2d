"""ConnectorService: what is known of the manufacturers, and how their connectors are doing."""

from __future__ import annotations

from registrar.app.commands import Manufacturers
from registrar.app.connector_watch import ConnectorWatches
from registrar.app.connectors import Connectors
from registrar.domain.errors import InvalidRequest, NotFound, Violation
from registrar.rpc import convert, paging
from registrar.rpc.call import Context
from registrar.rpc.circuits import CircuitMethods
from registrar.rpc.connector_messages import (
    CONNECTOR,
    operator,
    read_connector,
    time_for_probe,
    too_slow,
    write_news,
)
from registrar.rpc.delivery import Delivery
from registrar.rpc.drift_messages import FORM
from registrar.rpc.fields import Found, read_time
from registrar.rpc.override_messages import OVERRIDE, read_new
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceServicer


class ConnectorServicer(CircuitMethods, ConnectorServiceServicer):
    """Over the catalogue and the use cases of operators. `patience`: see `Delivery`."""

    def __init__(
        self,
        catalogue: Manufacturers,
        connectors: Connectors,
        watches: ConnectorWatches,
        *,
        patience: float,
    ) -> None:
        self._catalogue = catalogue
        self._connectors = connectors
        self._watches = watches
        self._patience = patience

    @property
    def connectors(self) -> Connectors:
        """The use cases."""
        return self._connectors

    async def ListManufacturers(  # noqa: N802 - gRPC's name
        self, request: pb.ListManufacturersRequest, context: Context
    ) -> pb.ListManufacturersResponse:
        """See the contract."""
        del context
        known = [one for _, one in sorted(self._catalogue.manufacturers().items())]
        shown, token = paging.page(known, request.page_size, request.page_token, "manufacturers")
        return pb.ListManufacturersResponse(
            manufacturers=[convert.write_manufacturer(one) for one in shown],
            next_page_token=token,
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

    async def ListConnectors(  # noqa: N802
        self, request: pb.ListConnectorsRequest, context: Context
    ) -> pb.ListConnectorsResponse:
        """See the contract."""
        del context
        operator()
        known = await self._connectors.all()
        shown, token = paging.page(known, request.page_size, request.page_token, "connectors")
        return pb.ListConnectorsResponse(
            connectors=[CONNECTOR.write(one) for one in shown], next_page_token=token
        )

    async def GetConnector(  # noqa: N802
        self, request: pb.GetConnectorRequest, context: Context
    ) -> pb.GetConnectorResponse:
        """See the contract."""
        del context
        operator()
        found = await self._connectors.get(read_connector(request))
        return pb.GetConnectorResponse(connector=CONNECTOR.write(found))

    async def PauseConnector(  # noqa: N802
        self, request: pb.PauseConnectorRequest, context: Context
    ) -> pb.PauseConnectorResponse:
        """See the contract."""
        del context
        wrong = Found()
        until = read_time(request.until if request.HasField("until") else None, "until", wrong)
        key = read_connector(request, wrong)
        paused = await self._connectors.pause(operator(), key, request.reason, until)
        return pb.PauseConnectorResponse(connector=CONNECTOR.write(paused))

    async def ResumeConnector(  # noqa: N802
        self, request: pb.ResumeConnectorRequest, context: Context
    ) -> pb.ResumeConnectorResponse:
        """See the contract."""
        del context
        resumed = await self._connectors.resume(operator(), read_connector(request))
        return pb.ResumeConnectorResponse(connector=CONNECTOR.write(resumed))

    async def ProbeConnector(  # noqa: N802
        self, request: pb.ProbeConnectorRequest, context: Context
    ) -> pb.ProbeConnectorResponse:
        """See the contract."""
        key = read_connector(request)
        probed = await self._connectors.probe(operator(), key, time_for_probe(context))
        return pb.ProbeConnectorResponse(connector=CONNECTOR.write(probed))

    async def WatchConnectors(  # type: ignore[override]  # noqa: N802 - writes instead of yielding
        self, request: pb.WatchConnectorsRequest, context: Context
    ) -> None:
        """See the contract."""
        found = Found()
        beat = convert.read_optional_duration(request, "heartbeat_interval", found)
        convert.check(found)
        messages = self._watches.watch(operator(), beat)
        await Delivery(messages, context, write_news, too_slow, self._patience).run()

    async def CreateErrorOverride(  # noqa: N802
        self, request: pb.CreateErrorOverrideRequest, context: Context
    ) -> pb.CreateErrorOverrideResponse:
        """See the contract."""
        del context
        made = await self._connectors.overrides.create(
            operator(), read_new(request), validate_only=request.validate_only
        )
        return pb.CreateErrorOverrideResponse(error_override=OVERRIDE.write(made))

    async def ListErrorOverrides(  # noqa: N802
        self, request: pb.ListErrorOverridesRequest, context: Context
    ) -> pb.ListErrorOverridesResponse:
        """See the contract."""
        del context
        operator()
        name = f"overrides/{request.manufacturer_id}/{request.show_expired}"
        known = await self._connectors.overrides.all(
            request.manufacturer_id, expired=request.show_expired
        )
        shown, token = paging.page(known, request.page_size, request.page_token, name)
        return pb.ListErrorOverridesResponse(
            error_overrides=[OVERRIDE.write(one) for one in shown], next_page_token=token
        )

    async def DeleteErrorOverride(  # noqa: N802
        self, request: pb.DeleteErrorOverrideRequest, context: Context
    ) -> pb.DeleteErrorOverrideResponse:
        """See the contract."""
        del context
        gone = await self._connectors.overrides.delete(
            operator(), request.id, request.reason, validate_only=request.validate_only
        )
        return pb.DeleteErrorOverrideResponse(error_override=OVERRIDE.write(gone))

    async def ListFormDrift(  # noqa: N802
        self, request: pb.ListFormDriftRequest, context: Context
    ) -> pb.ListFormDriftResponse:
        """See the contract."""
        del context
        operator()
        known = await self._connectors.drifts.all(request.manufacturer_id)
        name = f"drift/{request.manufacturer_id}"
        shown, token = paging.page(known, request.page_size, request.page_token, name)
        return pb.ListFormDriftResponse(
            forms=[FORM.write(one) for one in shown], next_page_token=token
        )

    async def AcceptForm(  # noqa: N802
        self, request: pb.AcceptFormRequest, context: Context
    ) -> pb.AcceptFormResponse:
        """See the contract."""
        del context
        if not request.manufacturer_id:
            problem = Violation("manufacturer_id", "required", "A manufacturer is needed.")
            raise InvalidRequest((problem,))
        accepted = await self._connectors.drifts.accept(operator(), request.manufacturer_id)
        return pb.AcceptFormResponse(form=FORM.write(accepted))

"""The methods of ConnectorService about circuits."""

from __future__ import annotations

from abc import abstractmethod

from registrar.app.connectors import Connectors
from registrar.rpc.call import Context
from registrar.rpc.connector_messages import (
    CONNECTOR,
    operator,
    read_connector,
    read_mode,
)
from registrar.rpc.fields import Found, read_time
from registrar.v1 import connector_service_pb2 as pb


class CircuitMethods:
    """Mixed into the servicer."""

    @property
    @abstractmethod
    def connectors(self) -> Connectors:
        """The use cases."""
        ...

    async def ResetCircuitBreaker(  # noqa: N802 - gRPC's name
        self, request: pb.ResetCircuitBreakerRequest, context: Context
    ) -> pb.ResetCircuitBreakerResponse:
        """See the contract."""
        del context
        reset = await self.connectors.reset(operator(), read_connector(request))
        return pb.ResetCircuitBreakerResponse(connector=CONNECTOR.write(reset))

    async def SetCircuitBreakerMode(  # noqa: N802
        self, request: pb.SetCircuitBreakerModeRequest, context: Context
    ) -> pb.SetCircuitBreakerModeResponse:
        """See the contract."""
        del context
        wrong = Found()
        until = read_time(request.until if request.HasField("until") else None, "until", wrong)
        mode = read_mode(request, wrong)
        key = read_connector(request, wrong)
        ruled = await self.connectors.rule(operator(), key, mode, request.reason, until)
        return pb.SetCircuitBreakerModeResponse(connector=CONNECTOR.write(ruled))

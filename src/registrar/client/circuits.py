"""Calls about circuits, and the watch of connectors: `client.circuits`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import grpc

from registrar.client.errors import from_call
from registrar.client.watching import RESUMED_ON, WatchPolicy
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.enums_pb2 import CircuitMode, FulfillmentTier

if TYPE_CHECKING:
    from registrar.v1.connector_service_pb2_grpc import ConnectorServiceAsyncStub


@dataclass(frozen=True, slots=True)
class CircuitCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: ConnectorServiceAsyncStub
    metadata: tuple[tuple[str, str], ...]

    async def reset(self, manufacturer_id: str, tier: FulfillmentTier.ValueType) -> pb.Connector:
        """Begins its ramp."""
        request = pb.ResetCircuitBreakerRequest(manufacturer_id=manufacturer_id, tier=tier)
        answer = await self.call(self.stub.ResetCircuitBreaker, request)
        connector: pb.Connector = answer.connector
        return connector

    async def set_mode(
        self,
        manufacturer_id: str,
        tier: FulfillmentTier.ValueType,
        mode: CircuitMode.ValueType,
        reason: str = "",
        until: datetime | None = None,
    ) -> pb.Connector:
        """The last word, until then or until it is taken back by NORMAL."""
        request = pb.SetCircuitBreakerModeRequest(
            manufacturer_id=manufacturer_id, tier=tier, mode=mode, reason=reason
        )
        if until is not None:
            request.until.FromDatetime(until)
        answer = await self.call(self.stub.SetCircuitBreakerMode, request)
        connector: pb.Connector = answer.connector
        return connector

    def watch(
        self,
        request: pb.WatchConnectorsRequest | None = None,
        policy: WatchPolicy | None = None,
    ) -> AsyncIterator[pb.WatchConnectorsResponse]:
        """For ever, over as many calls as it takes; each begins with a snapshot of all."""
        wanted = request or pb.WatchConnectorsRequest()

        def open_call() -> AsyncIterator[pb.WatchConnectorsResponse]:
            call: Any = self.stub.WatchConnectors(wanted, metadata=self.metadata)
            return aiter(call)

        return endless(open_call, policy or WatchPolicy())


async def endless(
    open_call: Callable[[], AsyncIterator[pb.WatchConnectorsResponse]], policy: WatchPolicy
) -> AsyncIterator[pb.WatchConnectorsResponse]:
    """One call after another. Raises CallError for what another call cannot mend."""
    failures = 0
    while True:
        try:
            async for message in policy.heard(open_call()):
                failures = 0
                yield message
                if message.WhichOneof("message") == "closing":
                    await policy.asked_to_wait(message.closing.reconnect_delay.ToTimedelta())
                    break
            else:
                # The stream ended without a word: no reason to hurry back.
                await policy.back_off(failures)
                failures += 1
        except (grpc.RpcError, TimeoutError) as error:
            if isinstance(error, grpc.RpcError) and error.code() not in RESUMED_ON:
                raise from_call(error) from error
            await policy.back_off(failures)
            failures += 1

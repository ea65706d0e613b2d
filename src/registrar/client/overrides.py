"""Calls about overrides of error rules: `client.overrides`."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from registrar.v1 import connector_service_pb2 as pb

if TYPE_CHECKING:
    from registrar.v1.connector_service_pb2_grpc import ConnectorServiceAsyncStub


@dataclass(frozen=True, slots=True)
class OverrideCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: ConnectorServiceAsyncStub

    async def create(self, request: pb.CreateErrorOverrideRequest) -> pb.ErrorOverride:
        """In force within seconds. A `request_id` is made where there is none, and kept."""
        request.request_id = request.request_id or str(uuid.uuid4())
        answer = await self.call(self.stub.CreateErrorOverride, request)
        made: pb.ErrorOverride = answer.error_override
        return made

    async def all(
        self, manufacturer_id: str = "", *, show_expired: bool = False
    ) -> list[pb.ErrorOverride]:
        """Of one manufacturer or of all, in order."""
        request = pb.ListErrorOverridesRequest(
            manufacturer_id=manufacturer_id, show_expired=show_expired
        )
        found: list[pb.ErrorOverride] = []
        while True:
            page = await self.call(self.stub.ListErrorOverrides, request)
            found += page.error_overrides
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def delete(
        self, override_id: str, reason: str, *, validate_only: bool = False
    ) -> pb.ErrorOverride:
        """The one that has gone, or would go."""
        request = pb.DeleteErrorOverrideRequest(
            id=override_id, reason=reason, validate_only=validate_only
        )
        answer = await self.call(self.stub.DeleteErrorOverride, request)
        gone: pb.ErrorOverride = answer.error_override
        return gone

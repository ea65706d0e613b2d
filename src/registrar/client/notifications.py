"""Calls about what customers and systems are told: `client.notifications`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from registrar.v1 import notification_service_pb2 as pb

if TYPE_CHECKING:
    from registrar.v1.notification_service_pb2_grpc import NotificationServiceAsyncStub


@dataclass(frozen=True, slots=True)
class NotificationCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: NotificationServiceAsyncStub

    async def settings(self) -> pb.GetNotificationSettingsResponse:
        """Of the caller's tenant."""
        request = pb.GetNotificationSettingsRequest()
        found: pb.GetNotificationSettingsResponse = await self.call(
            self.stub.GetNotificationSettings, request
        )
        return found

    async def update(
        self, settings: pb.NotificationSettings, etag: str = "", *, validate_only: bool = False
    ) -> pb.UpdateNotificationSettingsResponse:
        """All of them. The secret of a first webhook is in the answer, this once."""
        request = pb.UpdateNotificationSettingsRequest(
            settings=settings, etag=etag, validate_only=validate_only
        )
        made: pb.UpdateNotificationSettingsResponse = await self.call(
            self.stub.UpdateNotificationSettings, request
        )
        return made

    async def rotate(self, overlap: timedelta | None = None) -> pb.RotateWebhookSecretResponse:
        """A new secret, shown this once; the one before signs as well for a day, or `overlap`."""
        request = pb.RotateWebhookSecretRequest()
        if overlap is not None:
            request.overlap.FromTimedelta(overlap)
        made: pb.RotateWebhookSecretResponse = await self.call(
            self.stub.RotateWebhookSecret, request
        )
        return made

    async def deliveries(
        self, request: pb.ListNotificationDeliveriesRequest
    ) -> AsyncIterator[pb.NotificationDelivery]:
        """Newest first, page by page."""
        wanted = pb.ListNotificationDeliveriesRequest()
        wanted.CopyFrom(request)
        while True:
            page = await self.call(self.stub.ListNotificationDeliveries, wanted)
            for one in page.deliveries:
                yield one
            if not page.next_page_token:
                return
            wanted.page_token = page.next_page_token

    async def replay(self, request: pb.ReplayNotificationDeliveriesRequest) -> int:
        """How many are told again."""
        answer = await self.call(self.stub.ReplayNotificationDeliveries, request)
        count: int = answer.replayed
        return count

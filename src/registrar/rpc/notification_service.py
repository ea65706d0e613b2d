"""NotificationService: how the caller's tenant wants it told, and what was told."""

from __future__ import annotations

from registrar.app.notifications.settings import NotificationSettings
from registrar.rpc import notification_messages as messages
from registrar.rpc import paging
from registrar.rpc.call import Context, caller
from registrar.v1 import notification_service_pb2 as pb
from registrar.v1.notification_service_pb2_grpc import NotificationServiceServicer


class NotificationServicer(NotificationServiceServicer):
    """Over the use cases; `scopes` says which key may what."""

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings

    async def GetNotificationSettings(  # noqa: N802 - gRPC's name
        self, request: pb.GetNotificationSettingsRequest, context: Context
    ) -> pb.GetNotificationSettingsResponse:
        """See the contract."""
        del request, context
        row, ways = await self._settings.get(caller()), self._settings.ways
        return pb.GetNotificationSettingsResponse(
            settings=messages.SETTINGS.write(row.settings),
            etag=str(row.revision),
            changed_by=row.changed_by,
            change_time=messages.instant(row.changed_at),
            webhook_health=messages.write_health(row),
            email_available=ways.email,
            webhook_available=ways.webhook,
        )

    async def UpdateNotificationSettings(  # noqa: N802
        self, request: pb.UpdateNotificationSettingsRequest, context: Context
    ) -> pb.UpdateNotificationSettingsResponse:
        """See the contract."""
        del context
        wanted, only = messages.read_settings(request), request.validate_only
        row, secret = await self._settings.update(
            caller(), wanted, request.etag, validate_only=only
        )
        return pb.UpdateNotificationSettingsResponse(
            settings=messages.SETTINGS.write(row.settings),
            etag=str(row.revision),
            webhook_secret=secret.text if secret else "",
        )

    async def RotateWebhookSecret(  # noqa: N802
        self, request: pb.RotateWebhookSecretRequest, context: Context
    ) -> pb.RotateWebhookSecretResponse:
        """See the contract."""
        del context
        made = await self._settings.rotate(caller(), messages.read_overlap(request))
        return pb.RotateWebhookSecretResponse(
            webhook_secret=made.secret.text,
            previous_expire_time=messages.instant(made.ends),
        )

    async def ListNotificationDeliveries(  # noqa: N802
        self, request: pb.ListNotificationDeliveriesRequest, context: Context
    ) -> pb.ListNotificationDeliveriesResponse:
        """See the contract."""
        del context
        where = messages.read_filter(request)
        size = paging.size(request.page_size, default=paging.DEFAULT_SIZE)
        after = messages.read_place(request.page_token, where)
        found = await self._settings.deliveries(caller(), where, size + 1, after)
        return pb.ListNotificationDeliveriesResponse(
            deliveries=[messages.write_delivery(one) for one in found[:size]],
            next_page_token=messages.write_place(found, size, where),
        )

    async def ReplayNotificationDeliveries(  # noqa: N802
        self, request: pb.ReplayNotificationDeliveriesRequest, context: Context
    ) -> pb.ReplayNotificationDeliveriesResponse:
        """See the contract."""
        del context
        channel, since = messages.read_replay(request)
        count = await self._settings.replay(caller(), channel, since, sent=request.include_sent)
        return pb.ReplayNotificationDeliveriesResponse(replayed=count)

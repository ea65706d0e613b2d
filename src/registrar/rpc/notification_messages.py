"""The mapping between the contract and the domain for notifications, both directions."""

from __future__ import annotations

import base64
import binascii
import zlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from google.protobuf.timestamp_pb2 import Timestamp

from registrar.domain.errors import InvalidRequest, PageTokenInvalid
from registrar.domain.notification import Channel, Kind, TenantNotifications
from registrar.ports import plain
from registrar.ports.notices import Notice, NoticeCursor, NoticeFilter, NoticeState
from registrar.ports.tenant_settings import TenantRow
from registrar.rpc.fields import (
    STRINGS,
    EnumMap,
    Field,
    Found,
    Mapping,
    read_duration,
    read_time,
    write_time,
)
from registrar.v1 import notification_service_pb2 as pb

KIND = EnumMap(pb.NotificationKind, Kind)
CHANNEL = EnumMap(pb.NotificationChannel, Channel)
STATE = EnumMap(pb.DeliveryState, NoticeState)

SETTINGS = Mapping(
    pb.NotificationSettings,
    TenantNotifications,
    Field("emails", KIND.many()),
    "from_address",
    "reply_to",
    "brand",
    "logo_url",
    "support_link",
    "unsubscribe_link",
    Field("languages", STRINGS),
    Field("webhooks", KIND.many()),
    "webhook_url",
    Field("webhook_references", attribute="webhook_personal"),
)


def read_settings(request: pb.UpdateNotificationSettingsRequest) -> TenantNotifications:
    """Raises InvalidRequest for what cannot be read."""
    wrong = Found()
    made = SETTINGS.read(request.settings, "settings.", wrong)
    if not request.HasField("settings"):
        wrong.add("settings", "required", "Settings are needed, and may be empty.")
    _refuse(wrong)
    return made


def instant(value: datetime | None) -> Timestamp | None:
    """None where there is none."""
    return None if value is None else write_time(value)


def write_health(row: TenantRow) -> pb.WebhookHealth:
    """Of its webhook."""
    return pb.WebhookHealth(
        failing_since=instant(row.failing_since),
        disabled_since=instant(row.disabled_at),
    )


def read_overlap(request: pb.RotateWebhookSecretRequest) -> timedelta | None:
    """Raises InvalidRequest."""
    wrong = Found()
    given = request.overlap if request.HasField("overlap") else None
    made = read_duration(given, "overlap", wrong)
    _refuse(wrong)
    return made


def read_replay(request: pb.ReplayNotificationDeliveriesRequest) -> tuple[Channel, datetime]:
    """Raises InvalidRequest."""
    wrong = Found()
    channel = CHANNEL.read(request.channel, "channel", wrong)
    since = read_time(request.since, "since", wrong) if request.HasField("since") else None
    if not request.channel:
        wrong.add("channel", "required", "A channel is needed.")
    if not request.HasField("since"):
        wrong.add("since", "required", "An instant is needed.")
    if wrong or channel is None or since is None:
        raise InvalidRequest(tuple(wrong))
    return channel, since


def read_filter(request: pb.ListNotificationDeliveriesRequest) -> NoticeFilter:
    """Raises InvalidRequest."""
    wrong = Found()
    made = NoticeFilter(
        channel=CHANNEL.read(request.channel, "channel", wrong),
        states=STATE.many().read(request.states, "states", wrong),
        registration_id=request.registration_id,
    )
    _refuse(wrong)
    return made


def write_delivery(one: Notice) -> pb.NotificationDelivery:
    """For callers."""
    waits = one.state is NoticeState.WAITING
    made = pb.NotificationDelivery(
        id=one.id,
        registration_id=one.registration_id,
        sequence=one.sequence,
        tries=one.tries,
        code=one.code,
        create_time=write_time(one.created_at),
        next_try_time=write_time(one.due_at) if waits else None,
        end_time=instant(one.settled_at),
    )
    numbers = CHANNEL.write(one.channel), KIND.write(one.kind), STATE.write(one.state)
    for name, number in zip(("channel", "kind", "state"), numbers, strict=True):
        setattr(made, name, number)
    return made


def _refuse(wrong: Found) -> None:
    if wrong:
        raise InvalidRequest(tuple(wrong))


def _mark(where: NoticeFilter) -> int:
    return zlib.crc32(repr(where).encode())


def write_place(found: Sequence[Notice], size: int, where: NoticeFilter) -> str:
    """Behind the first `size`; empty where nothing is left behind them."""
    if len(found) <= size:
        return ""
    last = found[size - 1]
    text = f"{plain.to_micros(last.created_at)}.{_mark(where)}.{last.id}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def read_place(token: str, where: NoticeFilter) -> NoticeCursor | None:
    """PageTokenInvalid for another list's. It guards nothing: only the caller's rows can follow."""
    if not token:
        return None
    try:
        micros, mark, last = base64.urlsafe_b64decode(token.encode()).decode().split(".")
        if int(mark) == _mark(where):
            return NoticeCursor(plain.from_micros(int(micros)), last)
    except (ValueError, OverflowError, binascii.Error):
        pass
    raise PageTokenInvalid

"""Personal fields are marked, so that one redactor finds them."""

from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor

from registrar.v1 import (
    analytics_service_pb2,
    artifact_service_pb2,
    connector_service_pb2,
    notification_service_pb2,
    options_pb2,
    registration_admin_service_pb2,
    registration_pb2,
    registration_service_pb2,
)

FILES = [
    analytics_service_pb2.DESCRIPTOR,
    artifact_service_pb2.DESCRIPTOR,
    connector_service_pb2.DESCRIPTOR,
    notification_service_pb2.DESCRIPTOR,
    registration_admin_service_pb2.DESCRIPTOR,
    registration_pb2.DESCRIPTOR,
    registration_service_pb2.DESCRIPTOR,
]


MAP_ENTRY = {"value"}
"""Of a map that is marked as a whole."""


def messages(of: list[Descriptor]) -> Iterator[Descriptor]:
    """These and all below."""
    for one in of:
        yield one
        yield from messages(list(one.nested_types))


def test_personal_fields_are_marked_wherever_they_are() -> None:
    """A name that is personal in one message is personal in all."""
    tops = [one for file in FILES for one in file.message_types_by_name.values()]
    fields = [field for one in messages(tops) for field in one.fields]
    marked = {one.name for one in fields if one.GetOptions().Extensions[options_pb2.pii]}
    kept = {
        "given_name",
        "family_name",
        "email",
        "phone",
        "serial_number",
        "external_reference",
        "chunk",
        "webhook_secret",
    }
    assert kept <= marked
    unmarked = [
        one.full_name
        for one in fields
        if one.name in marked - MAP_ENTRY and not one.GetOptions().Extensions[options_pb2.pii]
    ]
    assert sorted(unmarked) == [
        "registrar.v1.BulkSkipCount.reason",
        "registrar.v1.FunnelExit.reason",
        "registrar.v1.PlannedTier.reason",
        "registrar.v1.RegistrationEvent.StateChanged.reason",
        "registrar.v1.RegistrationEvent.TierChanged.reason",
        "registrar.v1.WatchClosing.reason",
    ]

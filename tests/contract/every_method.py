"""All methods of the contract, as its descriptors have them, and a call of each."""

from collections.abc import Iterator
from typing import Any

import grpc
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from registrar.v1 import (
    analytics_service_pb2,
    artifact_service_pb2,
    connector_service_pb2,
    notification_service_pb2,
    registration_admin_service_pb2,
    registration_service_pb2,
)

FILES = (
    analytics_service_pb2,
    artifact_service_pb2,
    connector_service_pb2,
    notification_service_pb2,
    registration_admin_service_pb2,
    registration_service_pb2,
)
Key = tuple[tuple[str, str], ...]


def methods() -> Iterator[MethodDescriptor]:
    """Of every service."""
    for file in FILES:
        for service in file.DESCRIPTOR.services_by_name.values():
            yield from service.methods


def message(method: MethodDescriptor) -> Message:
    """An empty request."""
    made: Message = GetMessageClass(method.input_type)()
    return made


async def called(
    channel: grpc.aio.Channel, method: MethodDescriptor, request: Message, key: Key
) -> list[Any]:
    """What is answered; of a stream the first message. Raises AioRpcError."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    coding: dict[str, Any] = {
        "request_serializer": type(request).SerializeToString,
        "response_deserializer": GetMessageClass(method.output_type).FromString,
    }
    given: dict[str, Any] = {"metadata": key, "timeout": 2}
    if method.client_streaming:
        return [await channel.stream_unary(path, **coding)(iter([request]), **given)]
    if not method.server_streaming:
        return [await channel.unary_unary(path, **coding)(request, **given)]
    call: Any = channel.unary_stream(path, **coding)(request, **given)
    first = await call.read()
    call.cancel()
    return [first]

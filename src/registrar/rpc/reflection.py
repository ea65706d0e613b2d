"""Server reflection under both names, for clients that know nothing of us."""

from __future__ import annotations

from collections.abc import Sequence

import grpc
from grpc_reflection.v1alpha import reflection_pb2 as pb
from grpc_reflection.v1alpha.reflection import aio

NAMES = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")


def handlers(services: Sequence[str]) -> tuple[grpc.GenericRpcHandler, ...]:
    """One servicer for both: v1 and v1alpha have the same messages on the wire."""
    servicer = aio.ReflectionServicer([*services, *NAMES])
    method = grpc.stream_stream_rpc_method_handler(
        servicer.ServerReflectionInfo,
        request_deserializer=pb.ServerReflectionRequest.FromString,
        response_serializer=pb.ServerReflectionResponse.SerializeToString,
    )
    return tuple(
        grpc.method_handlers_generic_handler(name, {"ServerReflectionInfo": method})
        for name in NAMES
    )

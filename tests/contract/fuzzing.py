"""Requests that nobody would make, and a server of everything to make them to."""

import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from tests.contract.file_gateway import submission, use_cases

from registrar.app.api_keys import ApiKeys
from registrar.app.artifacts import Artifacts
from registrar.app.notifications.settings import NotificationSettings, Ways
from registrar.app.statistics.analytics import Analytics
from registrar.app.validation import validated
from registrar.artifacts.files import FileBlobs
from registrar.ports.clock import SystemClock
from registrar.ports.store import Store
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.store.memory import MemoryStore
from registrar.testing.desk import OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.vault import MemoryVault
from registrar.v1 import registration_pb2 as pb
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

KEY = (("authorization", "Bearer key-a"),)
DEEPEST = 5
MOST = 3
TEXTS = (
    *("", "a", "acme", "Acme", "AC0000000001", "PL", "2026-11-01", "a@example.org", "1"),
    *("\0", "\x1b[31m", "a\nb", "\u202egnp.exe", "\ufffd\u200b\ufeff", "é" * 300, "x" * 5_000),
    *("../../etc/passwd", "'; DROP TABLE registrations; --", "{{7*7}}", "%s%n", "${jndi:x}"),
    *("-1", "1e309", "NaN", "0" * 400, "9" * 30, "https://[::1]/", "tel:+49", "rgk_a_b_c"),
)
WHOLE = (0, 1, -1, 2, 7, 100, 500, 2**31 - 1, -(2**31), 2**63 - 1, -(2**63), 253402300800)
REAL = (0.0, -0.0, 1.5, float("nan"), float("inf"), -1e308)


class Fuzzer:
    """Follows from its seed. `known` are ids of what is there."""

    def __init__(self, seed: int, known: Sequence[str]) -> None:
        self._any = random.Random(seed)  # noqa: S311 - a test
        self._known = known
        self._made: dict[int, Callable[[FieldDescriptor], Any]] = {
            FieldDescriptor.CPPTYPE_STRING: self._text,
            FieldDescriptor.CPPTYPE_BOOL: lambda _: self._any.random() < 0.5,
            FieldDescriptor.CPPTYPE_ENUM: self._member,
            FieldDescriptor.CPPTYPE_DOUBLE: lambda _: self._any.choice(REAL),
            FieldDescriptor.CPPTYPE_FLOAT: lambda _: self._any.choice((0.0, float("nan"))),
            FieldDescriptor.CPPTYPE_INT32: lambda _: self._whole(-(2**31), 2**31 - 1),
            FieldDescriptor.CPPTYPE_INT64: lambda _: self._whole(-(2**63), 2**63 - 1),
            FieldDescriptor.CPPTYPE_UINT32: lambda _: self._whole(0, 2**32 - 1),
            FieldDescriptor.CPPTYPE_UINT64: lambda _: self._whole(0, 2**64 - 1),
        }

    def message(self, of: Descriptor, depth: int = 0) -> Message:
        """Any."""
        made: Any = GetMessageClass(of)()
        for field in of.fields:
            if self._any.random() < 0.4 or depth >= DEEPEST:
                continue
            many = self._any.randrange(MOST) if field.is_repeated else 1
            for _ in range(many):
                self._set(made, field, depth)
        return made

    def _set(self, made: Any, field: FieldDescriptor, depth: int) -> None:  # noqa: ANN401 - a message
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return
        if field.message_type is not None:
            inner = self.message(field.message_type, depth + 1)
            if field.is_repeated:
                getattr(made, field.name).append(inner)
            else:
                getattr(made, field.name).CopyFrom(inner)
            return
        value = self._made[field.cpp_type](field)
        if field.is_repeated:
            getattr(made, field.name).append(value)
        else:
            setattr(made, field.name, value)

    def _text(self, field: FieldDescriptor) -> str | bytes:
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self._any.randbytes(self._any.choice((0, 1, 60, 5_000)))
        if field.name.endswith("_id") and self._any.random() < 0.7:
            return self._any.choice(self._known)
        return self._any.choice(TEXTS)

    def _member(self, field: FieldDescriptor) -> int:
        numbers = [one.number for one in field.enum_type.values] if field.enum_type else []
        return self._any.choice([*numbers, *numbers, *numbers, 77, -1])

    def _whole(self, least: int, most: int) -> int:
        return self._any.choice([one for one in WHOLE if least <= one <= most])

    def rubbish(self, message: Message) -> bytes:
        """No message, or one that somebody has spoiled on its way."""
        data = bytearray(message.SerializeToString())
        if not data or self._any.random() < 0.2:
            return self._any.randbytes(self._any.randrange(1, 200))
        for _ in range(self._any.randrange(1, 6)):
            data[self._any.randrange(len(data))] = self._any.randrange(256)
        return bytes(data[: self._any.randrange(1, len(data) + 1)])


@asynccontextmanager
async def everything(
    folder: Path, kept: Store | None = None
) -> AsyncIterator[tuple[grpc.aio.Channel, list[str]]]:
    """A connection to all services over the real use cases, and the ids that are there."""
    store, vault, clock = kept or MemoryStore(), MemoryVault(), SystemClock()
    desk = await use_cases(store, vault, clock, validated)
    uses = Uses(
        *(desk, OneCatalogue(), authenticate, store.ping, operators(store)),
        artifacts=Artifacts(store.artifacts, FileBlobs(str(folder)), vault, clock),
        notifications=NotificationSettings(
            store, vault.keys, clock, Ways(email=True, webhook=True)
        ),
        analytics=Analytics(store.statistics, clock),
        api_keys=ApiKeys(store, vault.keys),
    )
    server = GrpcServer(uses, ServerSettings(grace=0.1))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        stub: Any = RegistrationServiceStub(channel)
        accepted = submission(consents=pb.Consents(terms=True))
        made = await stub.SubmitRegistration(accepted, metadata=KEY)
        yield channel, [made.registration.id, "acme", "reg_" + "0" * 32]
    await server.drain()

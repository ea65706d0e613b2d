"""A real server over the real use cases, whose files lie in a folder."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
import pytest
from google.rpc.status_pb2 import Status
from google.type.date_pb2 import Date

from registrar.app.api_keys import ApiKeys
from registrar.app.artifacts import Artifacts
from registrar.app.assist import Assist
from registrar.app.batching import Batcher
from registrar.app.event_log import EventLog
from registrar.app.intervene import Intervene
from registrar.app.queries import Queries
from registrar.app.registrations import RegistrationUseCases
from registrar.app.submit import SubmitRegistrations, Validate
from registrar.app.watch import Watches
from registrar.artifacts.files import FileBlobs
from registrar.domain.artifact import ArtifactKind
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.guides import NoGuides
from registrar.ports.store import Store
from registrar.ports.vault import Vault
from registrar.rpc.lanes import LaneLimits, Limits
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.customers import customers
from registrar.testing.desk import OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.papers import SheetPapers
from registrar.testing.proofs import PDF
from registrar.testing.vault import MemoryVault
from registrar.v1 import artifact_service_pb2 as wire
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.artifact_service_pb2_grpc import ArtifactServiceStub
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

Stub = Any  # the generated classes have their asynchronous type only in their stub files
Value = Any  # whatever a field takes
A = (("authorization", "Bearer key-a"),)
B = (("authorization", "Bearer key-b"),)
LARGE = PDF + bytes(range(256)) * 12_000
SHOT = ArtifactKind.SCREENSHOT
SOON = timedelta(seconds=30)
PATIENCE = 0.5
NO_PROBES = (("grpc.http2.bdp_probe", 0),)
"""Else megabytes are on their way to a reader who has stopped."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A real server over the real use cases; files lie in `folder`."""

    port: int
    files: Stub
    registrations: Stub
    artifacts: Artifacts
    store: MemoryStore
    folder: Path

    async def upload(self, data: bytes = PDF, key: Value = A, **header: Value) -> pb.Artifact:
        """As a caller does."""
        call = self.files.UploadProof(messages(data, **header), metadata=key)
        made: pb.Artifact = (await call).artifact
        return made

    async def submit(self, *proofs: str, key: Value = A, **more: Value) -> Any:  # noqa: ANN401 - the stub's answer
        """With these proofs."""
        made = submission(*proofs, **more)
        return await self.registrations.SubmitRegistration(made, metadata=key)

    async def download(
        self, artifact_id: str, key: Value = A
    ) -> tuple[wire.DownloadArtifactResponse, list[bytes]]:
        """The first message, and the chunks."""
        request = wire.DownloadArtifactRequest(artifact_id=artifact_id)
        got = [one async for one in self.files.DownloadArtifact(request, metadata=key)]
        return got[0], [one.chunk for one in got[1:]]

    async def listed(self, registration_id: str, key: Value = A) -> list[pb.Artifact]:
        """Of one registration."""
        request = wire.ListArtifactsRequest(registration_id=registration_id)
        return list((await self.files.ListArtifacts(request, metadata=key)).artifacts)

    def written(self) -> dict[str, bytes]:
        """All files, by name."""
        found = [path for path in self.folder.rglob("*") if path.is_file()]
        return {path.name: path.read_bytes() for path in found}


def header(**given: Value) -> wire.UploadProofRequest:
    """Of a PDF."""
    made: dict[str, Any] = {"request_id": str(uuid.uuid4()), "media_type": "application/pdf"}
    made |= given
    return wire.UploadProofRequest(header=wire.UploadProofHeader(**made))


def messages(data: bytes, size: int = 64_000, **given: Value) -> list[wire.UploadProofRequest]:
    """The announcement and the chunks."""
    parts = [data[start : start + size] for start in range(0, len(data), size)]
    return [header(**given), *(wire.UploadProofRequest(chunk=one) for one in parts)]


def submission(*proofs: str, **more: Value) -> service.SubmitRegistrationRequest:
    """That nothing else is wrong with."""
    given: dict[str, Any] = {
        "request_id": str(uuid.uuid4()),
        "manufacturer_id": "acme",
        "brand": "Acme",
        "customer": pb.Customer(given_name="Ada", family_name="Łoś", email="a@example.org"),
        "product": pb.Product(serial_number=f"AC{uuid.uuid4().int % 10**10:010}"),
        "purchase": pb.Purchase(date=Date(year=2026, month=11, day=1), country="PL", proofs=proofs),
    }
    return service.SubmitRegistrationRequest(**(given | more))


def as_it_is(
    submission: Submission, maker: Manufacturer, today: date
) -> tuple[Submission, tuple[()]]:
    """Validation has its own tests."""
    del maker, today
    return submission, ()


async def use_cases(
    store: Store, vault: Vault, clock: SystemClock, validate: Validate
) -> RegistrationUseCases:
    """The real ones."""
    bell = MemoryDoorbell()
    log = EventLog(store, bell)
    await log.start()
    queries = Queries(store, vault, clock, log)
    submit = SubmitRegistrations(
        store, Batcher(store.insert, wait=0), OneCatalogue(), vault, clock, log, validate
    )
    interventions = Intervene(store, queries, clock)
    assist = Assist(interventions, NoGuides(), OneCatalogue(), SheetPapers())
    watches = Watches(queries)
    return RegistrationUseCases(
        submit, queries, watches, interventions, bell, assist, customers(queries)
    )


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Gateway]:
    """With a folder of its own; a client is waited for half a second."""
    store, vault, clock = MemoryStore(), MemoryVault(), SystemClock()
    desk = await use_cases(store, vault, clock, as_it_is)
    artifacts = Artifacts(store.artifacts, FileBlobs(str(folder)), vault, clock)
    uses = Uses(
        desk,
        OneCatalogue(),
        authenticate,
        store.ping,
        operators(store),
        artifacts=artifacts,
        api_keys=ApiKeys(store, vault.keys),
    )
    limits = Limits(transfers=LaneLimits(1, 1))
    server = GrpcServer(uses, ServerSettings(patience=PATIENCE, grace=0.1, limits=limits))
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", NO_PROBES) as channel:
        stubs = ArtifactServiceStub(channel), RegistrationServiceStub(channel)
        yield Gateway(port, *stubs, artifacts, store, folder)
    await server.drain()


async def refused(call: Any) -> tuple[grpc.StatusCode, str, list[tuple[str, str]]]:  # noqa: ANN401
    """Code, reason and violations of a call that must fail."""
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    trailing: Any = caught.value.trailing_metadata()
    status = Status.FromString(trailing["grpc-status-details-bin"])
    info, bad = details.ErrorInfo(), details.BadRequest()
    assert status.details[0].Unpack(info)
    status.details[1].Unpack(bad)
    broken = [(one.field, one.reason) for one in bad.field_violations]
    return caught.value.code(), info.reason, broken


INVALID = grpc.StatusCode.INVALID_ARGUMENT
NOT_FOUND = grpc.StatusCode.NOT_FOUND

"""Files in and out over real gRPC: whose they are, what is refused, what is left behind."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import google.rpc.error_details_pb2 as details
import grpc
import pytest
from google.rpc.status_pb2 import Status
from google.type.date_pb2 import Date

from registrar.app.artifacts import Artifacts
from registrar.app.batching import Batcher
from registrar.app.event_log import EventLog
from registrar.app.intervene import Intervene
from registrar.app.queries import Queries
from registrar.app.registrations import RegistrationUseCases
from registrar.app.submit import SubmitRegistrations
from registrar.app.watch import Watches
from registrar.artifacts.files import FileBlobs
from registrar.domain import lifecycle
from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.domain.lifecycle import Moment
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.rpc.lanes import LaneLimits, Limits
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.signals.memory import MemoryDoorbell
from registrar.store.keyring import Keyring
from registrar.store.memory import MemoryStore
from registrar.testing.desk import OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.proofs import JPEG, PDF, PNG
from registrar.v1 import artifact_service_pb2 as wire
from registrar.v1 import enums_pb2 as enums
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

    async def submit(self, *proofs: str, key: Value = A, **more: Value) -> Any:  # noqa: ANN401
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


@pytest.fixture
async def gateway(tmp_path: Path) -> AsyncIterator[Gateway]:
    """With a folder of its own; a client is waited for half a second."""
    store, keys, clock, bell = MemoryStore(), Keyring(b"k" * 32), SystemClock(), MemoryDoorbell()
    log = EventLog(store, bell)
    await log.start()
    queries = Queries(store, keys, clock, log)
    submit = SubmitRegistrations(
        store, Batcher(store.insert, wait=0), OneCatalogue(), keys, clock, log, as_it_is
    )
    desk = RegistrationUseCases(
        submit, queries, Watches(queries), Intervene(store, queries, clock), bell
    )
    artifacts = Artifacts(store.artifacts, FileBlobs(str(tmp_path)), keys, clock)
    uses = Uses(
        desk,
        OneCatalogue(),
        authenticate,
        store.ping,
        operators(store),
        artifacts=artifacts,
    )
    limits = Limits(transfers=LaneLimits(1, 1))
    server = GrpcServer(uses, ServerSettings(patience=PATIENCE, grace=0.1, limits=limits))
    port = await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", NO_PROBES) as channel:
        stubs = ArtifactServiceStub(channel), RegistrationServiceStub(channel)
        yield Gateway(*stubs, artifacts, store, tmp_path)
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


@pytest.mark.parametrize(
    ("data", "kind"), [(LARGE, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")]
)
async def test_a_proof_goes_in_and_comes_out(gateway: Gateway, data: bytes, kind: str) -> None:
    """With its size and digest, in pieces, first what it is."""
    digest = hashlib.sha256(data).hexdigest()
    made = await gateway.upload(data, media_type=kind, sha256=digest.upper())
    assert (made.size, made.sha256, made.media_type) == (len(data), digest, kind)
    assert made.kind == enums.ARTIFACT_KIND_PROOF_OF_PURCHASE
    assert made.expire_time.ToDatetime() - made.create_time.ToDatetime() == timedelta(days=7)
    first, chunks = await gateway.download(made.id)
    assert first.artifact == made
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= 64 * 1024


async def test_no_file_holds_what_came_in(gateway: Gateway) -> None:
    """Byte by byte; neither does a name."""
    await gateway.upload(PDF * 2_000)
    ((name, written),) = gateway.written().items()
    assert len(written) > len(PDF) * 2_000
    for word in (b"Yevgenia", b"%PDF", b"receipt", b"Catalog"):
        assert word not in written
    assert name.startswith("art_")


async def test_files_of_another_tenant_do_not_exist(gateway: Gateway) -> None:
    """Not to read, not to list, not to name in a submission."""
    made = await gateway.upload()
    mine = (await gateway.submit(made.id)).registration.id
    free = await gateway.upload()
    for call in (
        gateway.download(made.id, B),
        gateway.listed(mine, B),
        gateway.download("art_unknown"),
    ):
        assert (await refused(call))[:2] == (NOT_FOUND, "NOT_FOUND")
    code, _, broken = await refused(gateway.submit(free.id, key=B))
    assert (code, broken) == (INVALID, [("purchase.proofs[0]", "UNKNOWN")])
    assert (await gateway.upload(key=B)).id not in {made.id, free.id}


async def test_a_call_without_a_key_is_refused(gateway: Gateway) -> None:
    """As everywhere."""
    code, _, _ = await refused(gateway.upload(key=()))
    assert code is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("stream", "broken"),
    [
        ([], [("header", "REQUIRED")]),
        ([wire.UploadProofRequest(chunk=PDF)], [("header", "REQUIRED")]),
        ([header(), header()], [("header", "REPEATED")]),
        (messages(PNG), [("chunk", "MEDIA_TYPE")]),
        (messages(b""), [("chunk", "MEDIA_TYPE")]),
        (messages(PDF, sha256="00" * 32), [("header.sha256", "MISMATCH")]),
        (messages(PDF, media_type="text/html"), [("header.media_type", "UNSUPPORTED")]),
        (messages(PDF, kind=1), [("header.kind", "UNSUPPORTED")]),
        (messages(PDF, kind=99), [("header.kind", "UNKNOWN_VALUE")]),
        (messages(PDF, request_id="x"), [("header.request_id", "UUID")]),
        (messages(PDF + bytes(10 * 1024 * 1024)), [("chunk", "SIZE")]),
    ],
)
async def test_what_is_no_proof_is_refused(
    gateway: Gateway, stream: Iterable[wire.UploadProofRequest], broken: list[tuple[str, str]]
) -> None:
    """By its content and not by its name; nothing of it is kept."""
    call = gateway.files.UploadProof(stream, metadata=A)
    assert await refused(call) == (INVALID, "FIELD_INVALID", broken)
    assert gateway.written() == {}


async def test_an_upload_that_is_repeated_is_one(gateway: Gateway) -> None:
    """The same answer; another file under its request_id is refused."""
    request_id = str(uuid.uuid4())
    first = await gateway.upload(request_id=request_id)
    assert await gateway.upload(request_id=request_id) == first
    code, reason, _ = await refused(gateway.upload(PDF + b"x", request_id=request_id))
    assert (code, reason) == (INVALID, "REQUEST_ID_REUSED")
    assert len(gateway.written()) == 1


@pytest.mark.parametrize("ending", ["cancelled", "channel closed", "deadline"])
async def test_an_upload_that_is_cut_off_is_begun_again(gateway: Gateway, ending: str) -> None:
    """Nothing is left of the first; the second is whole."""
    request_id = str(uuid.uuid4())
    begun = messages(LARGE, request_id=request_id)[:5]

    async def half() -> AsyncIterator[wire.UploadProofRequest]:
        for one in begun:
            yield one
        await asyncio.Event().wait()

    seconds = 0.2 if ending == "deadline" else 30
    call = gateway.files.UploadProof(half(), metadata=A, timeout=seconds)
    async with asyncio.timeout(5):
        while not gateway.written():  # noqa: ASYNC110 - a folder tells nobody
            await asyncio.sleep(0.01)
    if ending != "deadline":
        call.cancel()
    with suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
        await call
    async with asyncio.timeout(5):
        while gateway.written():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
    made = await gateway.upload(LARGE, request_id=request_id)
    _, chunks = await gateway.download(made.id)
    assert b"".join(chunks) == LARGE


async def test_who_says_nothing_more_is_not_waited_for(gateway: Gateway) -> None:
    """And gives its place to the next."""

    async def silent() -> AsyncIterator[wire.UploadProofRequest]:
        yield header()
        await asyncio.Event().wait()

    call = gateway.files.UploadProof(silent(), metadata=A, timeout=30)
    code, reason, _ = await refused(call)
    assert (code, reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
    await gateway.upload()
    assert len(gateway.written()) == 1


async def test_who_reads_no_further_holds_no_place(gateway: Gateway) -> None:
    """There is one; the next reader waits half a second for it, and the first reads on later."""
    made = await gateway.upload(LARGE * 3)
    request = wire.DownloadArtifactRequest(artifact_id=made.id)
    slow = gateway.files.DownloadArtifact(request, metadata=A)
    first = await slow.read()
    assert first.artifact == made
    begun = asyncio.get_running_loop().time()
    async with asyncio.timeout(10):
        _, chunks = await gateway.download(made.id)
    assert b"".join(chunks) == LARGE * 3
    assert asyncio.get_running_loop().time() - begun >= PATIENCE - 0.1
    late = b""
    while (message := await slow.read()) is not grpc.aio.EOF:
        late += message.chunk
    assert late == LARGE * 3


async def test_more_transfers_than_there_is_room_for_are_refused(gateway: Gateway) -> None:
    """One is under way, one waits: the third is told to come back."""
    held = asyncio.Event()

    async def slow() -> AsyncIterator[wire.UploadProofRequest]:
        yield header()
        await held.wait()
        yield wire.UploadProofRequest(chunk=PDF)

    calls = [gateway.files.UploadProof(slow(), metadata=A) for _ in range(2)]
    await asyncio.sleep(0.1)
    code, reason, _ = await refused(gateway.upload())
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "OVERLOADED")
    held.set()
    assert len({(await call).artifact.id for call in calls}) == 2


async def test_a_proof_belongs_to_the_registration_that_names_it(gateway: Gateway) -> None:
    """It is shown there, and kept as long as the kind is."""
    one, two = await gateway.upload(), await gateway.upload(PNG, media_type="image/png")
    made = (await gateway.submit(two.id, one.id)).registration
    assert list(made.purchase.proofs) == [two.id, one.id]
    listed = await gateway.listed(made.id)
    assert [found.id for found in listed] == [one.id, two.id]
    assert {found.registration_id for found in listed} == {made.id}
    kept = listed[0].expire_time.ToDatetime() - listed[0].create_time.ToDatetime()
    assert kept > timedelta(days=399)


async def test_a_repeated_submission_keeps_its_proofs(gateway: Gateway) -> None:
    """The same registration, its proof bound once; many at once as well."""
    proof = (await gateway.upload()).id
    wanted = submission(proof)
    answers = await asyncio.gather(
        *(gateway.registrations.SubmitRegistration(wanted, metadata=A) for _ in range(5))
    )
    ids = {one.registration.id for one in answers}
    assert len(ids) == 1
    assert [one.registration_id for one in await gateway.listed(ids.pop())] == [
        answers[0].registration.id
    ]


async def test_a_proof_has_one_registration(gateway: Gateway) -> None:
    """Another product is told so; the same product, that it is registered."""
    proof, other = (await gateway.upload()).id, (await gateway.upload()).id
    wanted = submission(proof)
    made = (await gateway.registrations.SubmitRegistration(wanted, metadata=A)).registration
    call = gateway.submit(proof, other)
    assert await refused(call) == (INVALID, "FIELD_INVALID", [("purchase.proofs", "IN_USE")])
    again = gateway.submit(proof, product=wanted.product)
    code, reason, _ = await refused(again)
    assert (code, reason) == (grpc.StatusCode.ALREADY_EXISTS, "DUPLICATE_REGISTRATION")
    policy = enums.DUPLICATE_POLICY_RETURN_EXISTING
    existing = await gateway.submit(proof, product=wanted.product, duplicate_policy=policy)
    assert (existing.registration.id, existing.created) == (made.id, False)
    assert (await gateway.submit(other)).created


async def test_a_refused_submission_leaves_its_proof_free(gateway: Gateway) -> None:
    """Whether the product is known already or the request_id is another body's."""
    known = submission()
    await gateway.registrations.SubmitRegistration(known, metadata=A)
    proof = (await gateway.upload()).id
    code, _, _ = await refused(gateway.submit(proof, product=known.product))
    assert code is grpc.StatusCode.ALREADY_EXISTS
    _, reason, _ = await refused(gateway.submit(proof, request_id=known.request_id))
    assert reason == "REQUEST_ID_REUSED"
    plan = await gateway.submit(proof, validate_only=True)
    assert not plan.created
    assert (await gateway.submit(proof)).created


@pytest.mark.parametrize(
    ("proofs", "broken"),
    [
        (["art_unknown"], [("purchase.proofs[0]", "UNKNOWN")]),
        (["shot", "art_unknown"], [("purchase.proofs[0]", "UNKNOWN"), ("purchase.proofs[1]",) * 2]),
        (["a", "a"], [("purchase.proofs", "LENGTH")]),
        ([str(number) for number in range(6)], [("purchase.proofs", "LENGTH")]),
    ],
)
async def test_what_is_no_proof_of_the_callers_is_named(
    gateway: Gateway, proofs: list[str], broken: list[tuple[str, str]]
) -> None:
    """Each of them, with the rest of what is wrong; also when it is only validated."""
    made = await gateway.artifacts.keep("reg_1", "tenant-a", 1, SHOT, "image/png", PNG)
    assert isinstance(made, Artifact)
    named = [made.id if one == "shot" else one for one in proofs]
    for validate_only in (True, False):
        call = gateway.submit(*named, request_id="x", validate_only=validate_only)
        code, _, found = await refused(call)
        assert code is INVALID
        assert [one[0] for one in found] == [*(one[0] for one in broken), "request_id"]


async def test_attempts_show_what_they_have_made(gateway: Gateway) -> None:
    """Each its own; what no attempt made is only among all files."""
    proof = (await gateway.upload()).id
    made = (await gateway.submit(proof)).registration.id
    bounds = {"acme": 9}
    (job,) = await gateway.store.release("api", limit=9, in_flight=bounds, rehint_after=SOON)
    work = (await gateway.store.work([made]))[made]
    now = Moment(SystemClock().now())
    claim = lifecycle.start_attempt(work.stored.registration, now, job.fence, "1")
    assert await gateway.store.write([claim], SOON) == [True]
    for number in (1, 2):
        await gateway.artifacts.keep(made, "tenant-a", number, SHOT, "image/png", PNG)
    request = service.GetAttemptRequest(registration_id=made, number=1)
    attempt = (await gateway.registrations.GetAttempt(request, metadata=A)).attempt
    ((shot),) = attempt.artifacts
    assert (shot.attempt, shot.kind) == (1, enums.ARTIFACT_KIND_SCREENSHOT)
    every = service.ListAttemptsRequest(registration_id=made)
    listed = (await gateway.registrations.ListAttempts(every, metadata=A)).attempts
    assert [list(one.artifacts) for one in listed] == [[shot]]
    assert len(await gateway.listed(made)) == 3


async def test_a_place_that_is_away_is_said(gateway: Gateway) -> None:
    """UNAVAILABLE with its own reason; the registrations go on, with what can be named."""
    proof = (await gateway.upload()).id
    for path in gateway.folder.iterdir():
        path.rename(gateway.folder.parent / f"{gateway.folder.name}-{path.name}")
    gateway.folder.rmdir()
    gateway.folder.write_text("in the way")
    code, reason, _ = await refused(gateway.upload())
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "ARTIFACTS_UNAVAILABLE")
    code, reason, _ = await refused(gateway.download(proof))
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "ARTIFACTS_UNAVAILABLE")
    assert (await gateway.submit(proof)).created

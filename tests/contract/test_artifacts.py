"""Files in and out over real gRPC: whose they are, what is refused, what is left behind."""

import asyncio
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable
from contextlib import suppress
from datetime import timedelta

import grpc
import pytest
from tests.contract.file_gateway import (
    INVALID,
    LARGE,
    NOT_FOUND,
    PATIENCE,
    SHOT,
    SOON,
    A,
    B,
    Gateway,
    header,
    messages,
    refused,
)

from registrar.domain import lifecycle
from registrar.domain.lifecycle import Moment
from registrar.ports.clock import SystemClock
from registrar.testing.proofs import JPEG, PDF, PNG
from registrar.v1 import artifact_service_pb2 as wire
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_service_pb2 as service


@pytest.mark.parametrize(
    ("data", "kind"), [(LARGE, "application/pdf"), (JPEG, "image/jpeg"), (PNG, "image/png")]
)
async def test_a_proof_goes_in_and_comes_out(file_gateway: Gateway, data: bytes, kind: str) -> None:
    """With its size and digest, in pieces, first what it is."""
    digest = hashlib.sha256(data).hexdigest()
    made = await file_gateway.upload(data, media_type=kind, sha256=digest.upper())
    assert (made.size, made.sha256, made.media_type) == (len(data), digest, kind)
    assert made.kind == enums.ARTIFACT_KIND_PROOF_OF_PURCHASE
    assert made.expire_time.ToDatetime() - made.create_time.ToDatetime() == timedelta(days=7)
    first, chunks = await file_gateway.download(made.id)
    assert first.artifact == made
    assert b"".join(chunks) == data
    assert max(map(len, chunks)) <= 64 * 1024


async def test_no_file_holds_what_came_in(file_gateway: Gateway) -> None:
    """Byte by byte; neither does a name."""
    await file_gateway.upload(PDF * 2_000)
    ((name, written),) = file_gateway.written().items()
    assert len(written) > len(PDF) * 2_000
    for word in (b"Yevgenia", b"%PDF-1.", b"receipt", b"Catalog"):
        assert word not in written
    assert name.startswith("art_")


async def test_files_of_another_tenant_do_not_exist(file_gateway: Gateway) -> None:
    """Not to read, not to list, not to name in a submission."""
    made = await file_gateway.upload()
    mine = (await file_gateway.submit(made.id)).registration.id
    free = await file_gateway.upload()
    for call in (
        file_gateway.download(made.id, B),
        file_gateway.listed(mine, B),
        file_gateway.download("art_unknown"),
        file_gateway.download("../" + made.id),
        file_gateway.download("art_\x1b"),
    ):
        assert (await refused(call))[:2] == (NOT_FOUND, "NOT_FOUND")
    code, _, broken = await refused(file_gateway.submit(free.id, key=B))
    assert (code, broken) == (INVALID, [("purchase.proofs[0]", "UNKNOWN")])
    assert (await file_gateway.upload(key=B)).id not in {made.id, free.id}


async def test_a_call_without_a_key_is_refused(file_gateway: Gateway) -> None:
    """As everywhere."""
    code, _, _ = await refused(file_gateway.upload(key=()))
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
    file_gateway: Gateway, stream: Iterable[wire.UploadProofRequest], broken: list[tuple[str, str]]
) -> None:
    """By its content and not by its name; nothing of it is kept."""
    call = file_gateway.files.UploadProof(stream, metadata=A)
    assert await refused(call) == (INVALID, "FIELD_INVALID", broken)
    assert file_gateway.written() == {}


async def test_an_upload_that_is_repeated_is_one(file_gateway: Gateway) -> None:
    """The same answer; another file under its request_id is refused."""
    request_id = str(uuid.uuid4())
    first = await file_gateway.upload(request_id=request_id)
    assert await file_gateway.upload(request_id=request_id) == first
    code, reason, _ = await refused(file_gateway.upload(PDF + b"x", request_id=request_id))
    assert (code, reason) == (INVALID, "REQUEST_ID_REUSED")
    assert len(file_gateway.written()) == 1


@pytest.mark.parametrize("ending", ["cancelled", "channel closed", "deadline"])
async def test_an_upload_that_is_cut_off_is_begun_again(file_gateway: Gateway, ending: str) -> None:
    """Nothing is left of the first; the second is whole."""
    request_id = str(uuid.uuid4())
    begun = messages(LARGE, request_id=request_id)[:5]

    async def half() -> AsyncIterator[wire.UploadProofRequest]:
        for one in begun:
            yield one
        await asyncio.Event().wait()

    seconds = 0.2 if ending == "deadline" else 30
    call = file_gateway.files.UploadProof(half(), metadata=A, timeout=seconds)
    async with asyncio.timeout(5):
        while not file_gateway.written():  # noqa: ASYNC110 - a folder tells nobody
            await asyncio.sleep(0.01)
    if ending != "deadline":
        call.cancel()
    with suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
        await call
    async with asyncio.timeout(5):
        while file_gateway.written():  # noqa: ASYNC110 - see above
            await asyncio.sleep(0.01)
    made = await file_gateway.upload(LARGE, request_id=request_id)
    _, chunks = await file_gateway.download(made.id)
    assert b"".join(chunks) == LARGE


async def test_who_says_nothing_more_is_not_waited_for(file_gateway: Gateway) -> None:
    """And gives its place to the next."""

    async def silent() -> AsyncIterator[wire.UploadProofRequest]:
        yield header()
        await asyncio.Event().wait()

    call = file_gateway.files.UploadProof(silent(), metadata=A, timeout=30)
    code, reason, _ = await refused(call)
    assert (code, reason) == (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED")
    await file_gateway.upload()
    assert len(file_gateway.written()) == 1


async def test_who_reads_no_further_holds_no_place(file_gateway: Gateway) -> None:
    """There is one; the next reader waits half a second for it, and the first reads on later."""
    made = await file_gateway.upload(LARGE * 3)
    request = wire.DownloadArtifactRequest(artifact_id=made.id)
    slow = file_gateway.files.DownloadArtifact(request, metadata=A)
    first = await slow.read()
    assert first.artifact == made
    begun = asyncio.get_running_loop().time()
    async with asyncio.timeout(10):
        _, chunks = await file_gateway.download(made.id)
    assert b"".join(chunks) == LARGE * 3
    assert asyncio.get_running_loop().time() - begun >= PATIENCE - 0.1
    late = b""
    while (message := await slow.read()) is not grpc.aio.EOF:
        late += message.chunk
    assert late == LARGE * 3


async def test_more_transfers_than_there_is_room_for_are_refused(file_gateway: Gateway) -> None:
    """One is under way, one waits: the third is told to come back."""
    held = asyncio.Event()

    async def slow() -> AsyncIterator[wire.UploadProofRequest]:
        yield header()
        await held.wait()
        yield wire.UploadProofRequest(chunk=PDF)

    calls = [file_gateway.files.UploadProof(slow(), metadata=A) for _ in range(2)]
    await asyncio.sleep(0.1)
    code, reason, _ = await refused(file_gateway.upload())
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "OVERLOADED")
    held.set()
    assert len({(await call).artifact.id for call in calls}) == 2


async def test_attempts_show_what_they_have_made(file_gateway: Gateway) -> None:
    """Each its own; what no attempt made is only among all files."""
    proof = (await file_gateway.upload()).id
    made = (await file_gateway.submit(proof)).registration.id
    bounds = {"acme": 9}
    (job,) = await file_gateway.store.release("api", limit=9, in_flight=bounds, rehint_after=SOON)
    work = (await file_gateway.store.work([made]))[made]
    now = Moment(SystemClock().now())
    claim = lifecycle.start_attempt(work.stored.registration, now, job.fence, "1")
    assert await file_gateway.store.write([claim], SOON) == [True]
    for number in (1, 2):
        await file_gateway.artifacts.keep(made, "tenant-a", number, SHOT, "image/png", PNG)
    request = service.GetAttemptRequest(registration_id=made, number=1)
    attempt = (await file_gateway.registrations.GetAttempt(request, metadata=A)).attempt
    ((shot),) = attempt.artifacts
    assert (shot.attempt, shot.kind) == (1, enums.ARTIFACT_KIND_SCREENSHOT)
    every = service.ListAttemptsRequest(registration_id=made)
    listed = (await file_gateway.registrations.ListAttempts(every, metadata=A)).attempts
    assert [list(one.artifacts) for one in listed] == [[shot]]
    assert len(await file_gateway.listed(made)) == 3


async def test_a_place_that_is_away_is_said(file_gateway: Gateway) -> None:
    """UNAVAILABLE with its own reason; the registrations go on, with what can be named."""
    proof = (await file_gateway.upload()).id
    for path in file_gateway.folder.iterdir():
        path.rename(file_gateway.folder.parent / f"{file_gateway.folder.name}-{path.name}")
    file_gateway.folder.rmdir()
    file_gateway.folder.write_text("in the way")
    code, reason, _ = await refused(file_gateway.upload())
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "ARTIFACTS_UNAVAILABLE")
    code, reason, _ = await refused(file_gateway.download(proof))
    assert (code, reason) == (grpc.StatusCode.UNAVAILABLE, "ARTIFACTS_UNAVAILABLE")
    assert (await file_gateway.submit(proof)).created

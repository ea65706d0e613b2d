"""The shipped client brings and fetches files."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from tests.contract.file_gateway import LARGE, Gateway

from registrar.client import CallError, Client
from registrar.client.messages import ArtifactKind
from registrar.testing.proofs import PDF, PNG
from registrar.v1 import artifact_service_pb2 as wire
from registrar.v1.registration_pb2 import Artifact

EVIDENCE = ArtifactKind.ARTIFACT_KIND_EVIDENCE
messages: Any = wire


@pytest.fixture
async def client(file_gateway: Gateway) -> AsyncIterator[Client]:
    """Of tenant-a."""
    async with Client(f"127.0.0.1:{file_gateway.port}", "key-a") as made:
        yield made


async def test_a_file_is_brought_from_the_disk_and_fetched(
    client: Client, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Once for each request_id, piece by piece."""
    file = tmp_path_factory.mktemp("receipts") / "receipt.pdf"
    file.write_bytes(LARGE)
    request_id = str(uuid.uuid4())
    made = await client.artifacts.upload_proof(file, "application/pdf", request_id=request_id)
    again = await client.artifacts.upload_proof(LARGE, "application/pdf", request_id=request_id)
    assert again == made
    written: list[bytes] = []
    assert await client.artifacts.download(made.id, written.append) == made
    assert b"".join(written) == LARGE
    assert len(written) > 10


async def test_what_the_service_says_against_it_is_raised(client: Client) -> None:
    """With the field, on either way."""
    with pytest.raises(CallError) as caught:
        await client.artifacts.upload_proof(PNG, "application/pdf", kind=EVIDENCE)
    assert [one.field for one in caught.value.fields] == ["chunk"]
    with pytest.raises(CallError) as caught:
        await client.artifacts.download("art_unknown", bytes)
    assert caught.value.reason == "NOT_FOUND"
    with pytest.raises(CallError) as caught:
        await client.artifacts.of("reg_unknown")
    assert caught.value.reason == "NOT_FOUND"


async def test_the_files_of_a_registration_are_listed(
    client: Client, file_gateway: Gateway
) -> None:
    """With what it named."""
    proof = await client.artifacts.upload_proof(PDF, "application/pdf")
    made = (await file_gateway.submit(proof.id)).registration
    (listed,) = await client.artifacts.of(made.id)
    assert (listed.id, listed.registration_id) == (proof.id, made.id)


class Odd:
    """Cuts uploads off as a server that stops, and gives files out that are not what they were."""

    def __init__(self) -> None:
        self.uploads: list[tuple[str, str]] = []

    async def upload(self, stream: Any, context: Any) -> Any:  # noqa: ANN401 - messages
        """Only the third time."""
        header, digest = None, hashlib.sha256()
        async for part in stream:
            header = part.header if part.HasField("header") else header
            digest.update(part.chunk)
        assert header is not None
        self.uploads.append((header.request_id, digest.hexdigest()))
        if len(self.uploads) < 3:
            await context.abort(grpc.StatusCode.CANCELLED)
        return messages.UploadProofResponse(artifact=Artifact(id="art_1"))

    async def download(self, request: Any, context: Any) -> AsyncIterator[Any]:  # noqa: ANN401
        """Half of it."""
        del request, context
        whole = hashlib.sha256(b"whole").hexdigest()
        yield messages.DownloadArtifactResponse(artifact=Artifact(id="art_1", sha256=whole))
        yield messages.DownloadArtifactResponse(chunk=b"who")


@pytest.fixture
async def odd() -> AsyncIterator[tuple[Odd, Client]]:
    """The server, and a client of it."""
    made = Odd()
    handlers = {
        "UploadProof": grpc.stream_unary_rpc_method_handler(
            made.upload,
            messages.UploadProofRequest.FromString,
            messages.UploadProofResponse.SerializeToString,
        ),
        "DownloadArtifact": grpc.unary_stream_rpc_method_handler(
            made.download,
            messages.DownloadArtifactRequest.FromString,
            messages.DownloadArtifactResponse.SerializeToString,
        ),
    }
    server = grpc.aio.server()
    name = "registrar.v1.ArtifactService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(name, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with Client(f"127.0.0.1:{port}", "key") as client:
        yield made, client
    await server.stop(None)


async def test_an_upload_that_was_cut_off_is_made_again(
    odd: tuple[Odd, Client], tmp_path: Path
) -> None:
    """From its first byte, with the same request_id."""
    server, client = odd
    file = tmp_path / "receipt.pdf"
    file.write_bytes(LARGE)
    assert (await client.artifacts.upload_proof(file, "application/pdf")).id == "art_1"
    assert len(set(server.uploads)) == 1
    assert len(server.uploads) == 3
    assert server.uploads[0][1] == hashlib.sha256(LARGE).hexdigest()


async def test_a_file_that_is_not_whole_is_none(odd: tuple[Odd, Client]) -> None:
    """Whatever the stream ended with."""
    _, client = odd
    with pytest.raises(CallError) as caught:
        await client.artifacts.download("art_1", bytes)
    assert caught.value.code is grpc.StatusCode.DATA_LOSS

"""Calls about files: `client.artifacts`."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc

from registrar.client.errors import CallError, from_call
from registrar.v1 import artifact_service_pb2 as pb
from registrar.v1.enums_pb2 import ArtifactKind
from registrar.v1.registration_pb2 import Artifact

if TYPE_CHECKING:
    from registrar.v1.artifact_service_pb2_grpc import ArtifactServiceAsyncStub

CHUNK = 64 * 1024
SECONDS = 300.0
"""For a whole file, in either direction."""


@dataclass(frozen=True, slots=True)
class ArtifactCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: ArtifactServiceAsyncStub
    metadata: Sequence[tuple[str, str]]

    async def of(self, registration_id: str) -> list[Artifact]:
        """All files of one registration, oldest first."""
        request = pb.ListArtifactsRequest(registration_id=registration_id)
        return list((await self.call(self.stub.ListArtifacts, request)).artifacts)

    async def upload_proof(
        self,
        content: bytes | Path,
        media_type: str,
        *,
        kind: ArtifactKind.ValueType = ArtifactKind.ARTIFACT_KIND_PROOF_OF_PURCHASE,
        request_id: str = "",
    ) -> Artifact:
        """Durable when it returns. Its id goes into `purchase.proofs` of a submission.

        Made again with the same `request_id`, it is the same artifact. A service that stops on the
        way is sent all of it once more.
        """
        header = pb.UploadProofHeader(
            request_id=request_id or str(uuid.uuid4()),
            media_type=media_type,
            kind=kind,
            sha256=_digest(content),
        )

        async def parts() -> AsyncIterator[pb.UploadProofRequest]:
            yield pb.UploadProofRequest(header=header)
            for chunk in _chunks(content):
                yield pb.UploadProofRequest(chunk=chunk)

        def upload(_: object, **options: Any) -> Awaitable[pb.UploadProofResponse]:  # noqa: ANN401 - gRPC's
            return self.stub.UploadProof(parts(), **options)

        made: Artifact = (await self.call(upload, header, SECONDS)).artifact
        return made

    async def download(self, artifact_id: str, write: Callable[[bytes], object]) -> Artifact:
        """What it is, after all of its content has been written.

        DATA_LOSS where that is not the content that was kept.
        """
        request = pb.DownloadArtifactRequest(artifact_id=artifact_id)
        made, digest = Artifact(), hashlib.sha256()
        try:
            call = self.stub.DownloadArtifact(request, metadata=self.metadata, timeout=SECONDS)
            async for part in call:
                if part.HasField("artifact"):
                    made = part.artifact
                digest.update(part.chunk)
                write(part.chunk)
        except grpc.aio.AioRpcError as error:
            raise from_call(error) from error
        if digest.hexdigest() != made.sha256:
            raise CallError(grpc.StatusCode.DATA_LOSS, "This is not the content that was kept.")
        return made


def _chunks(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield from (content[at : at + CHUNK] for at in range(0, len(content), CHUNK))
        return
    with content.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def _digest(content: bytes | Path) -> str:
    made = hashlib.sha256()
    for chunk in _chunks(content):
        made.update(chunk)
    return made.hexdigest()

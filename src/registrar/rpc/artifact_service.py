"""ArtifactService: files in and out, piece by piece."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from registrar.app.artifacts import Artifacts
from registrar.app.commands import Registrations
from registrar.rpc.artifact_messages import ARTIFACT, read_chunk, read_header
from registrar.rpc.call import Context, caller, current
from registrar.rpc.delivery import written
from registrar.v1 import artifact_service_pb2 as pb
from registrar.v1.artifact_service_pb2_grpc import ArtifactServiceServicer


class ArtifactServicer(ArtifactServiceServicer):
    """Over the use cases. `patience`: seconds that a client may let one message wait."""

    def __init__(
        self, registrations: Registrations, artifacts: Artifacts, *, patience: float
    ) -> None:
        self._registrations = registrations
        self._artifacts = artifacts
        self._patience = patience

    async def ListArtifacts(  # noqa: N802 - gRPC's name
        self, request: pb.ListArtifactsRequest, context: Context
    ) -> pb.ListArtifactsResponse:
        """See the contract."""
        del context
        view = await self._registrations.get(caller(), request.registration_id)
        found = await self._artifacts.listed(caller().tenant_id, view.registration.id)
        return pb.ListArtifactsResponse(artifacts=[ARTIFACT.write(one) for one in found])

    async def DownloadArtifact(  # type: ignore[override]  # noqa: N802 - writes instead of yielding
        self, request: pb.DownloadArtifactRequest, context: Context
    ) -> None:
        """See the contract."""
        tenant_id = caller().tenant_id
        known = await self._artifacts.found(tenant_id, request.artifact_id)
        await self._write(context, pb.DownloadArtifactResponse(artifact=ARTIFACT.write(known)))
        async with aclosing(self._artifacts.opened(tenant_id, known.id)) as chunks:
            async for chunk in chunks:
                await self._write(context, pb.DownloadArtifactResponse(chunk=chunk))

    async def _write(self, context: Context, message: pb.DownloadArtifactResponse) -> None:
        # Who reads no further holds no place that others need.
        await written(context, message, self._patience, current().leave)

    async def UploadProof(  # noqa: N802
        self, request_iterator: AsyncIterator[pb.UploadProofRequest], context: Context
    ) -> pb.UploadProofResponse:
        """See the contract."""
        del context
        messages = self._patient(request_iterator)
        # Without any message there is no announcement either.
        wanted = read_header(await anext(messages, pb.UploadProofRequest()))
        chunks = (read_chunk(one) async for one in messages)
        made = await self._artifacts.upload(caller().tenant_id, wanted, chunks)
        return pb.UploadProofResponse(artifact=ARTIFACT.write(made))

    async def _patient(
        self, messages: AsyncIterator[pb.UploadProofRequest]
    ) -> AsyncIterator[pb.UploadProofRequest]:
        """TimeoutError where the next one does not come."""
        while True:
            async with asyncio.timeout(self._patience):
                message = await anext(messages, None)
            if message is None:
                return
            yield message

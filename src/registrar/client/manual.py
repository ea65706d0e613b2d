"""Calls of the manual tier: `client.manual`."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import grpc
from google.type.date_pb2 import Date

from registrar.client.errors import CallError, from_call
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service

if TYPE_CHECKING:
    from registrar.v1.registration_service_pb2_grpc import RegistrationServiceAsyncStub

Completed = service.CompleteManualRegistrationRequest.Completed
GaveUp = service.CompleteManualRegistrationRequest.GaveUp

Info = TypeVar("Info", service.ManualAssistInfo, service.ProofInfo)


@dataclass(frozen=True, slots=True)
class Received(Generic[Info]):
    """A paper with what is known of it. `content` is whole: its SHA-256 has been compared."""

    info: Info
    content: bytes


@dataclass(frozen=True, slots=True)
class ManualCalls:
    """Each raises CallError. `call` sends a request by a method of the stub."""

    call: Callable[..., Awaitable[Any]]
    stub: RegistrationServiceAsyncStub
    metadata: Sequence[tuple[str, str]]
    timeout: float
    """Seconds for one paper."""

    async def guide(
        self, registration_id: str, language: str = ""
    ) -> Received[service.ManualAssistInfo]:
        """For a person; in their language, BCP 47, else in the registration's."""
        request = service.GetManualAssistPackageRequest(
            registration_id=registration_id, language=language
        )
        parts: Any = self.stub.GetManualAssistPackage(request, **self._options())
        return await _received(parts, service.ManualAssistInfo())

    async def proof(self, registration_id: str, language: str = "") -> Received[service.ProofInfo]:
        """Of a registration that has succeeded."""
        request = service.GetProofPackRequest(registration_id=registration_id, language=language)
        parts: Any = self.stub.GetProofPack(request, **self._options())
        return await _received(parts, service.ProofInfo())

    async def done(
        self,
        registration_id: str,
        reference: str = "",
        registered_on: date | None = None,
        *,
        request_id: str = "",
    ) -> pb.Registration:
        """The manufacturer has it."""
        said = Completed(manufacturer_reference=reference)
        if registered_on is not None:
            year, month, day = registered_on.timetuple()[:3]
            said.registered_on.CopyFrom(Date(year=year, month=month, day=day))
        return await self._complete(registration_id, request_id, completed=said)

    async def give_up(
        self, registration_id: str, reason: str, *, request_id: str = ""
    ) -> pb.Registration:
        """It will not be registered by hand."""
        said = GaveUp(reason=reason)
        return await self._complete(registration_id, request_id, gave_up=said)

    async def _complete(
        self,
        registration_id: str,
        request_id: str,
        *,
        completed: Completed | None = None,
        gave_up: GaveUp | None = None,
    ) -> pb.Registration:
        request = service.CompleteManualRegistrationRequest(
            registration_id=registration_id,
            request_id=request_id or str(uuid.uuid4()),
            completed=completed,
            gave_up=gave_up,
        )
        answer = await self.call(self.stub.CompleteManualRegistration, request)
        registration: pb.Registration = answer.registration
        return registration

    def _options(self) -> dict[str, Any]:
        return {"metadata": self.metadata, "timeout": self.timeout}


async def _received(parts: AsyncIterator[Any], info: Info) -> Received[Info]:
    content = bytearray()
    try:
        async for part in parts:
            if part.HasField("info"):
                info.CopyFrom(part.info)
            content += part.chunk
    except grpc.aio.AioRpcError as error:
        raise from_call(error) from error
    if hashlib.sha256(content).hexdigest() != info.paper.sha256:
        raise CallError(grpc.StatusCode.DATA_LOSS, "The paper did not arrive whole.")
    return Received(info, bytes(content))

"""The manual tier's methods of RegistrationService: a guide, what became of it, a proof."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Iterator
from uuid import UUID

from registrar.app.assist import Assist
from registrar.app.completing import Done, GivenUp
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.paper import Paper
from registrar.rpc import convert, mapping
from registrar.rpc.call import Context, caller
from registrar.rpc.fields import DATE, Found
from registrar.v1 import registration_pb2 as pb
from registrar.v1 import registration_service_pb2 as service

CHUNK = 64 * 1024
"""Bytes of a paper in one message."""


def check_request_id(request_id: str) -> None:
    """Raises InvalidRequest."""
    try:
        UUID(request_id)
    except ValueError:
        raise InvalidRequest((Violation("request_id", "uuid", "A UUID is needed."),)) from None


class AssistMethods:
    """Mixed into the servicer."""

    @property
    @abstractmethod
    def assist(self) -> Assist:
        """The use cases."""
        ...

    async def GetManualAssistPackage(  # noqa: N802 - gRPC's name
        self, request: service.GetManualAssistPackageRequest, context: Context
    ) -> AsyncIterator[service.GetManualAssistPackageResponse]:
        """See the contract."""
        del context
        made = await self.assist.guide(caller(), request.registration_id, request.language)
        guide = mapping.GUIDE.write(made.guide)
        info = service.ManualAssistInfo(paper=_info(made.paper), guide=guide)
        yield service.GetManualAssistPackageResponse(info=info)
        for chunk in _chunks(made.paper):
            yield service.GetManualAssistPackageResponse(chunk=chunk)

    async def CompleteManualRegistration(  # noqa: N802
        self, request: service.CompleteManualRegistrationRequest, context: Context
    ) -> service.CompleteManualRegistrationResponse:
        """See the contract."""
        del context
        check_request_id(request.request_id)
        view = await self.assist.complete(
            caller(),
            request.registration_id,
            read_result(request),
            etag=request.etag,
            request_id=request.request_id,
        )
        return service.CompleteManualRegistrationResponse(registration=convert.write_view(view))

    async def GetProofPack(  # noqa: N802
        self, request: service.GetProofPackRequest, context: Context
    ) -> AsyncIterator[service.GetProofPackResponse]:
        """See the contract."""
        del context
        made = await self.assist.proof(caller(), request.registration_id, request.language)
        proof = convert.write_proof(made.view, made.subject.manufacturer, made.proof)
        info = service.ProofInfo(paper=_info(made.paper), proof=proof)
        yield service.GetProofPackResponse(info=info)
        for chunk in _chunks(made.paper):
            yield service.GetProofPackResponse(chunk=chunk)


def read_result(request: service.CompleteManualRegistrationRequest) -> Done | GivenUp:
    """Raises InvalidRequest."""
    found = Found()
    kind = request.WhichOneof("result")
    if kind == "gave_up":
        return GivenUp(request.gave_up.reason)
    if kind is None:
        found.add("completed", "required", "Either completed or gave_up is needed.")
    said = request.completed
    day = said.registered_on if said.HasField("registered_on") else None
    registered_on = DATE.read(day, "completed.registered_on", found)
    convert.check(found)
    return Done(said.manufacturer_reference, registered_on)


def _info(paper: Paper) -> pb.PaperInfo:
    return pb.PaperInfo(
        file_name=paper.name,
        media_type=paper.media_type,
        language=paper.language,
        size_bytes=len(paper.content),
        sha256=paper.digest,
    )


def _chunks(paper: Paper) -> Iterator[bytes]:
    for start in range(0, len(paper.content), CHUNK):
        yield paper.content[start : start + CHUNK]

"""The mapping between the contract and the domain for artifacts, both directions."""

from __future__ import annotations

from registrar.app.uploads import Upload
from registrar.domain.artifact import Artifact, ArtifactKind
from registrar.domain.errors import InvalidRequest, Violation
from registrar.rpc.fields import TIME, EnumMap, Field, Found, Mapping
from registrar.v1 import artifact_service_pb2 as service
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_pb2 as pb

KIND = EnumMap(enums.ArtifactKind, ArtifactKind)
UPLOADED = EnumMap(enums.ArtifactKind, ArtifactKind, default=ArtifactKind.PROOF_OF_PURCHASE)

ARTIFACT = Mapping(
    pb.Artifact,
    Artifact,
    "id",
    "registration_id",
    "attempt",
    Field("kind", KIND.codec()),
    "media_type",
    "size",
    "sha256",
    Field("create_time", TIME, "created_at"),
    Field("expire_time", TIME, "expires_at"),
)


def read_header(message: service.UploadProofRequest) -> Upload:
    """The announcement of a file; raises InvalidRequest for what is none."""
    found = Found()
    if not message.HasField("header"):
        found.add("header", "required", "The first message announces the file.")
    header = message.header
    made = Upload(
        request_id=header.request_id,
        media_type=header.media_type,
        kind=UPLOADED.given(header.kind, "header.kind", found),
        sha256=header.sha256.lower(),
    )
    if found:
        raise InvalidRequest(tuple(found))
    return made


def read_chunk(message: service.UploadProofRequest) -> bytes:
    """What follows the announcement; raises InvalidRequest for another one."""
    if message.HasField("header"):
        again = Violation("header", "repeated", "Only the first message announces the file.")
        raise InvalidRequest((again,))
    return message.chunk

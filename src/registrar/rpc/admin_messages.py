"""The mapping between the contract and API keys, both directions."""

from __future__ import annotations

from datetime import timedelta

from registrar.app.api_keys import Wanted
from registrar.domain.errors import InvalidRequest
from registrar.ports.api_keys import ApiKeyRow, KeyState, Scope
from registrar.rpc.fields import EnumMap, Found, read_duration, read_time, write_time
from registrar.v1 import registration_admin_service_pb2 as pb

SCOPE = EnumMap(pb.ApiKeyScope, Scope)
STATE = EnumMap(pb.ApiKeyState, KeyState)


def read_wanted(request: pb.CreateApiKeyRequest) -> Wanted:
    """Raises InvalidRequest for what cannot be read."""
    wrong = Found()
    scopes = SCOPE.many().read(request.scopes, "scopes", wrong)
    ends = request.expire_time if request.HasField("expire_time") else None
    made = Wanted(request.display_name, frozenset(scopes), read_time(ends, "expire_time", wrong))
    _refuse(wrong)
    return made


def read_overlap(request: pb.RotateApiKeyRequest) -> timedelta | None:
    """None where it is not given. Raises InvalidRequest."""
    wrong = Found()
    given = request.overlap if request.HasField("overlap") else None
    made = read_duration(given, "overlap", wrong)
    _refuse(wrong)
    return made


def write_key(row: ApiKeyRow) -> pb.ApiKey:
    """Without anything that opens something."""
    made = pb.ApiKey(api_key_id=row.key_id, display_name=row.name)
    made.scopes.extend(SCOPE.many().write(sorted(row.scopes, key=list(Scope).index)))
    made.state = STATE.codec().write(row.state)
    for name, at in (
        ("create_time", row.created_at),
        ("expire_time", row.expires_at),
        ("revoke_time", row.revoked_at),
        ("last_use_time", row.used_at),
    ):
        if at is not None:
            getattr(made, name).CopyFrom(write_time(at))
    return made


def _refuse(wrong: Found) -> None:
    if wrong:
        raise InvalidRequest(tuple(wrong))

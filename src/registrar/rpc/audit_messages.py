"""The mapping between the contract and the audit log."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.domain.audit import Entry, Stage
from registrar.domain.errors import InvalidRequest, Violation
from registrar.ports import plain
from registrar.ports.audit import AuditFilter
from registrar.rpc import paging
from registrar.rpc.fields import EnumMap, Found, read_time, write_time
from registrar.v1 import registration_admin_service_pb2 as pb

STAGE = EnumMap(pb.AuditStage, Stage)
LONGEST = 256
"""Of what is looked for."""
_LAST = 2**62
"""No position is greater, and every database can hold it."""


def read_filter(request: pb.ListAuditEntriesRequest) -> AuditFilter:
    """Without a tenant. Raises InvalidRequest for what cannot be looked for."""
    wrong = Found()
    for name in ("actor", "action", "subject"):
        text: str = getattr(request, name)
        if len(text) > LONGEST or not text.isprintable():
            problem = f"At most {LONGEST} characters, and none that cannot be seen."
            wrong.append(Violation(name, "length", problem))
    starts = request.start_time if request.HasField("start_time") else None
    ends = request.end_time if request.HasField("end_time") else None
    made = AuditFilter(
        actor=request.actor,
        action=request.action,
        subject=request.subject,
        since=read_time(starts, "start_time", wrong),
        until=read_time(ends, "end_time", wrong),
    )
    if wrong:
        raise InvalidRequest(tuple(wrong))
    return made


def read_place(token: str, where: AuditFilter) -> int | None:
    """Below which position. PageTokenInvalid for another list's."""
    return min(paging.read(token, _purpose(where)), _LAST) or None


def write_place(found: Sequence[Entry], size: int, where: AuditFilter) -> str:
    """Behind the first `size`; empty where nothing is left behind them."""
    return paging.write(found[size - 1].position, _purpose(where)) if len(found) > size else ""


def _purpose(where: AuditFilter) -> str:
    return f"audit/{where!r}"


def write_entry(entry: Entry) -> pb.AuditEntry:
    """As it is kept."""
    made = pb.AuditEntry(
        position=entry.position,
        time=write_time(plain.from_micros(entry.at)),
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        before_json=entry.before,
        after_json=entry.after,
        previous_hash=entry.previous,
        hash=entry.hash,
    )
    made.stage = STAGE.codec().write(Stage(entry.stage))
    return made

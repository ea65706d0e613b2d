"""The mapping between the contract and the domain for connectors, both directions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Protocol

from registrar.app.commands import Caller, Closing, Heartbeat
from registrar.app.connector_watch import ConnectorNews, Snapshot
from registrar.app.connectors import ConnectorView
from registrar.domain.connector import Pause, Probe
from registrar.domain.errors import InvalidRequest
from registrar.ports.connector_states import ConnectorKey
from registrar.resilience.answers import Mode
from registrar.rpc.call import Context, caller
from registrar.rpc.circuit_messages import CIRCUIT, MODE
from registrar.rpc.convert import write_closing, write_heartbeat
from registrar.rpc.delivery import TOO_SLOW
from registrar.rpc.fields import TIME, Codec, Field, Found, Mapping, read_duration, write_duration
from registrar.rpc.mapping import TIER
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1 import enums_pb2 as enums

ANSWER_MARGIN = timedelta(milliseconds=500)
"""A probe ends this much before the call's deadline, so that its answer arrives."""

LONGEST_PROBE = timedelta(seconds=60)

PAUSE = Mapping(
    pb.ConnectorPause,
    Pause,
    "reason",
    Field("until", TIME),
    "by",
    Field("since", TIME),
    Field("stopped_version", attribute="stopped"),
    Field("stopped_step", attribute="step"),
)
PROBE = Mapping(
    pb.ConnectorProbe,
    Probe,
    Field("probe_time", TIME, "at"),
    "code",
    Field("latency", Codec(write_duration, read_duration)),
)
CONNECTOR = Mapping(
    pb.Connector,
    ConnectorView,
    "manufacturer_id",
    Field("tier", TIER.codec()),
    "version",
    "audience",
    "evidence",
    "enabled",
    Field("quarantine_reason", attribute="quarantine"),
    Field("hold_reason", attribute="hold"),
    Field("pause", PAUSE.optional()),
    Field("last_probe", PROBE.optional(), "probe"),
    Field("consecutive_probe_failures", attribute="failures"),
    Field("secret_expire_time", TIME, "secret_expires_at"),
    Field("circuit", CIRCUIT.optional()),
    Field("next_probe_time", TIME, "next_probe_at"),
)


def operator() -> Caller:
    """Who runs the installation; that the key may is known by now (`scopes`)."""
    return caller()


class Named(Protocol):
    """A request that names a connector."""

    @property
    def manufacturer_id(self) -> str:
        """Of its manufacturer."""
        ...

    @property
    def tier(self) -> enums.FulfillmentTier.ValueType:
        """The route."""
        ...


def read_connector(request: Named, found: Found | None = None) -> ConnectorKey:
    """Which connector; raises InvalidRequest with what else was `found` where none is named."""
    wrong = Found() if found is None else found
    tier = TIER.read(request.tier, "tier", wrong)
    if not request.tier:
        wrong.add("tier", "required", "A tier is needed.")
    if not request.manufacturer_id:
        wrong.add("manufacturer_id", "required", "A manufacturer is needed.")
    if wrong or tier is None:
        raise InvalidRequest(tuple(wrong))
    return ConnectorKey(request.manufacturer_id, tier)


def read_mode(request: pb.SetCircuitBreakerModeRequest, found: Found) -> Mode:
    """With a violation where none is given."""
    if not request.mode:
        found.add("mode", "required", "A mode is needed.")
    return MODE.given(request.mode, "mode", found)


def write_news(news: ConnectorNews) -> pb.WatchConnectorsResponse:
    """One message of a watch."""
    body: dict[str, Any]
    match news:
        case Snapshot(views):
            snapshot = pb.ConnectorSnapshot(connectors=[CONNECTOR.write(one) for one in views])
            body = {"snapshot": snapshot}
        case ConnectorView() as view:
            body = {"changed": CONNECTOR.write(view)}
        case Heartbeat(at):
            body = {"heartbeat": write_heartbeat(at)}
        case closing:
            body = {"closing": write_closing(closing)}
    return pb.WatchConnectorsResponse(**body)


def too_slow(last: ConnectorNews) -> Closing:
    """Whatever came before: a new watch begins with everything."""
    del last
    return TOO_SLOW


def time_for_probe(context: Context) -> timedelta:
    """Until shortly before the call's deadline."""
    remaining = context.time_remaining()
    if remaining is None:
        return LONGEST_PROBE
    return max(timedelta(0), timedelta(seconds=remaining) - ANSWER_MARGIN)

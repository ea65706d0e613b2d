"""The mapping between the contract and the use cases for circuits, both directions."""

from __future__ import annotations

from registrar.app.circuit_view import CallWindow, Circuit, Headroom, RateUse
from registrar.domain.connector import Ruling
from registrar.resilience.answers import Mode, State
from registrar.rpc.fields import (
    TIME,
    Codec,
    EnumMap,
    Field,
    Found,
    Mapping,
    read_duration,
    write_duration,
)
from registrar.rpc.mapping import WAIT_REASON
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1 import enums_pb2 as enums

STATE = EnumMap(enums.CircuitState, State)
MODE = EnumMap(enums.CircuitMode, Mode, default=Mode.NORMAL)


def _write_word(mode: str) -> int:
    return MODE.write(Mode(mode))


def _read_word(number: int, path: str, found: Found) -> str:
    return MODE.given(number, path, found).value


RULING = Mapping(
    pb.CircuitRuling,
    Ruling,
    Field("mode", Codec(_write_word, _read_word)),
    "reason",
    Field("until", TIME),
    "by",
    Field("since", TIME),
)
WINDOW = Mapping(pb.CircuitWindow, CallWindow, "calls", "failed", "slow")
RATE = Mapping(
    pb.RateUse,
    RateUse,
    "requests",
    Field("span", Codec(write_duration, read_duration)),
    "used",
)
HEADROOM = Mapping(
    pb.LimiterHeadroom,
    Headroom,
    Field("windows", RATE.many()),
    "daily_requests",
    "daily_used",
    "concurrency",
    "share",
    Field("rest_until", TIME),
)
CIRCUIT = Mapping(
    pb.Circuit,
    Circuit,
    Field("state", STATE.codec()),
    Field("since", TIME),
    Field("until", TIME),
    "cause",
    Field("consecutive_trips", attribute="trips"),
    Field("ramp_step", attribute="step"),
    Field("window", WINDOW.optional()),
    "in_flight",
    Field("headroom", HEADROOM.optional()),
    Field("saved_retries", attribute="retries"),
    Field("shut_reason", WAIT_REASON.codec(), "shut"),
    Field("shut_until", TIME),
    Field("ruling", RULING.optional()),
)

"""Circuits as they cross the edge, both ways."""

from datetime import UTC, datetime, timedelta

from registrar.app.circuit_view import CallWindow, Circuit, Headroom, RateUse
from registrar.domain.connector import Ruling
from registrar.domain.registration import WaitReason
from registrar.resilience.answers import State
from registrar.rpc.circuit_messages import CIRCUIT
from registrar.rpc.fields import Found
from registrar.v1 import connector_service_pb2 as pb

NOW = datetime(2026, 12, 1, tzinfo=UTC)
FULL = Circuit(
    state=State.RAMP,
    since=NOW,
    until=NOW + timedelta(minutes=1),
    cause="probe",
    trips=3,
    step=2,
    window=CallWindow(9, 4, 2),
    in_flight=5,
    headroom=Headroom(
        windows=(RateUse(10, timedelta(minutes=1), 7),),
        daily_requests=500,
        daily_used=20,
        concurrency=4,
        share=0.5,
        rest_until=NOW + timedelta(seconds=1),
    ),
    retries=1.5,
    shut=WaitReason.RATE_LIMITED,
    shut_until=NOW + timedelta(seconds=1),
    ruling=Ruling("forced_open", "they migrate", "key:a", NOW, NOW + timedelta(hours=1)),
)


def test_a_circuit_is_read_back_as_it_was_written() -> None:
    """Every field."""
    found = Found()
    assert (CIRCUIT.read(CIRCUIT.write(FULL), "", found), found) == (FULL, [])


def test_a_circuit_of_which_nothing_is_known_has_no_parts() -> None:
    """Unset is not zero."""
    written = CIRCUIT.write(Circuit())
    assert written == pb.Circuit()
    assert CIRCUIT.read(written, "", Found()) == Circuit()


def test_a_mode_of_a_newer_contract_is_a_violation() -> None:
    """Not an exception."""
    found = Found()
    CIRCUIT.read(pb.Circuit(ruling=pb.CircuitRuling(mode=99)), "", found)  # type: ignore[arg-type]  # a newer one's
    assert [(one.field, one.rule) for one in found] == [("ruling.mode", "unknown_value")]

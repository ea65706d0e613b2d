"""Cancel and retry, over all three stores."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.integration.app.desks import (
    A,
    System,
)

from registrar.domain.errors import (
    EtagMismatch,
    StateConflict,
)
from registrar.domain.registration import EventKind, State
from registrar.testing.manufacturer import Fault


async def _failed(system: System, registration_id: str) -> None:
    """Its deadline has passed."""
    from registrar.domain import lifecycle  # noqa: PLC0415 - only here
    from registrar.domain.lifecycle import Moment  # noqa: PLC0415

    view = await system.desk.get(A, registration_id)
    late = lifecycle.pass_deadline(view.registration, Moment(datetime.now(UTC)))
    assert await system.store.write([late], timedelta(0)) == [True]
    assert late.registration.state is State.FAILED


async def test_a_pending_registration_is_cancelled_at_once(system: System) -> None:
    """A repetition changes nothing; an old etag is refused."""
    made = (await system.submit()).view.registration
    with pytest.raises(EtagMismatch):
        await system.desk.cancel(A, made.id, reason="", etag='"9"', request_id="r")
    first = await system.desk.cancel(A, made.id, reason="sold", etag=made.etag, request_id="r")
    again = await system.desk.cancel(A, made.id, reason="sold", etag=made.etag, request_id="r")
    assert first.registration.state is State.CANCELLED
    assert again == first


async def test_a_failed_registration_is_tried_again_once_a_request(system: System) -> None:
    """A repeated request is told what the first one did."""
    system.connector.faults = [Fault.REFUSED_CONNECTION] * 5
    made = (await system.submit()).view.registration
    with pytest.raises(StateConflict):
        await system.desk.retry(
            A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
        )
    await _failed(system, made.id)
    first = await system.desk.retry(
        A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
    )
    again = await system.desk.retry(
        A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
    )
    events = await system.desk.events(A, made.id, after=0, limit=500)
    assert first.registration.state is again.registration.state is State.PENDING
    assert sum(one.kind is EventKind.RETRY_REQUESTED for one in events) == 1

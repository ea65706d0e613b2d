"""Cancel and retry, over all three stores."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import (
    A,
    System,
)

from registrar.domain import lifecycle
from registrar.domain.errors import (
    EtagMismatch,
    StateConflict,
)
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.registration import EventKind, State
from registrar.testing.manufacturer import Fault


async def _failed(system: System, registration_id: str) -> None:
    """Its deadline has passed."""
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


async def test_what_was_handed_to_a_person_is_tried_from_its_first_route(system: System) -> None:
    """The route changes with it: two events of one request, which is told of again."""
    made = (await system.submit()).view.registration
    both = replace(made, allowed_tiers=(Tier.API, Tier.MANUAL))
    late = lifecycle.pass_deadline(both, Moment(datetime.now(UTC)))
    assert await system.store.write([late], timedelta(0)) == [True]
    assert late.registration.tier is Tier.MANUAL
    for _ in range(2):
        asked = await system.desk.retry(
            A, made.id, etag="", request_id="r", acknowledge_duplicate_risk=False
        )
        assert asked.registration.tier is Tier.API
    events = await system.desk.events(A, made.id, after=late.registration.revision, limit=9)
    assert [one.kind for one in events] == [EventKind.RETRY_REQUESTED, EventKind.TIER_CHANGED]

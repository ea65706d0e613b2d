"""What a person says of a registration that was handed over, over all three stores."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import STRONG, A, B, System, submission
from tests.integration.app.test_by_hand import Both, catalogue, guides

from registrar.app.completing import Done, GivenUp
from registrar.domain.errors import (
    EtagMismatch,
    InvalidRequest,
    NotFound,
    RequestIdReused,
    StateConflict,
)
from registrar.domain.outcome import Tier
from registrar.domain.registration import EventKind, Result, State
from registrar.testing.manufacturer import LedgerConnector

__all__ = ["catalogue", "guides"]  # the fixtures of a manufacturer without an API
R1, R2 = "5b7ee2e8-5b0c-4b60-a0c0-7f5f9f0fdb31", "5b7ee2e8-5b0c-4b60-a0c0-7f5f9f0fdb32"
YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).date()
DONE = Done("R-77", YESTERDAY)


async def handed_over(system: System, **changes: Any) -> str:  # noqa: ANN401 - any field
    """A registration that waits for a person."""
    bought = replace(submission("H/1"), **changes)
    made = await system.submit(manufacturer_id="hammer", brand="", submission=bought)
    await system.advance()
    return made.view.registration.id


async def complete(system: System, key: str, said: Done | GivenUp, request: str = R1) -> Any:  # noqa: ANN401 - a registration
    """As the service does."""
    view = await system.desk.assist.complete(A, key, said, etag="", request_id=request)
    return view.registration


async def kinds(system: System, key: str) -> list[EventKind]:
    """Of its history."""
    events = await system.desk.events(A, key, after=0, limit=100)
    assert [one.sequence for one in events] == list(range(1, len(events) + 1))
    return [one.kind for one in events]


async def test_a_person_completes_it_once(system: System) -> None:
    """Said again, by the same request or another, it is told how things stand."""
    key = await handed_over(system)
    first = await complete(system, key, DONE)
    assert (first.state, first.result) == (State.SUCCEEDED, Result.MANUALLY_COMPLETED)
    assert (first.manufacturer_reference, first.action) == ("R-77", None)
    assert await complete(system, key, DONE) == first
    assert await complete(system, key, DONE, R2) == first
    assert (await kinds(system, key)).count(EventKind.MANUALLY_COMPLETED) == 1
    (last,) = await system.desk.events(A, key, after=first.revision - 1, limit=1)
    assert last.detail == {
        "reference": "R-77",
        "registered_on": YESTERDAY.isoformat(),
        "request": R1,
    }


async def test_a_person_gives_it_up_and_another_takes_it_up(system: System) -> None:
    """FAILED can be left; the second end is told apart from the first."""
    key = await handed_over(system)
    first = await complete(system, key, GivenUp("sold"))
    assert first.failure is not None
    assert (first.state, first.failure.code) == (State.FAILED, "given_up")
    assert "sold" not in first.failure.message
    assert await complete(system, key, GivenUp("sold"), R2) == first
    with pytest.raises(StateConflict):
        await complete(system, key, DONE, R2)
    await system.desk.retry(A, key, etag="", request_id=R2, acknowledge_duplicate_risk=False)
    await system.advance()
    assert (await complete(system, key, DONE, R2)).state is State.SUCCEEDED
    assert (await kinds(system, key)).count(EventKind.GAVE_UP) == 1


async def test_a_request_says_one_thing(system: System) -> None:
    """The same id with another word is a mistake of the caller's."""
    key = await handed_over(system)
    await complete(system, key, DONE)
    with pytest.raises(RequestIdReused):
        await complete(system, key, Done("R-78", YESTERDAY))
    with pytest.raises(RequestIdReused):
        await complete(system, key, GivenUp(""))


async def test_only_who_was_asked_may_say_so(system: System) -> None:
    """Not before, not of another tenant's, not of one that has changed."""
    made = await system.submit(manufacturer_id="hammer", brand="", submission=submission("H/0"))
    with pytest.raises(StateConflict):
        await complete(system, made.view.registration.id, DONE)
    waiting = await handed_over(system)
    with pytest.raises(NotFound):
        await system.desk.assist.complete(B, waiting, DONE, etag="", request_id=R1)
    with pytest.raises(EtagMismatch):
        await system.desk.assist.complete(A, waiting, DONE, etag='"1"', request_id=R1)


@pytest.mark.parametrize(
    ("said", "field", "rule"),
    [
        (Done("x" * 101), "completed.manufacturer_reference", "length"),
        (Done("a\nb"), "completed.manufacturer_reference", "text"),
        (Done(" a"), "completed.manufacturer_reference", "text"),
        (GivenUp("x" * 501), "gave_up.reason", "length"),
        (Done("", YESTERDAY + timedelta(days=3)), "completed.registered_on", "future"),
        (Done("", YESTERDAY.replace(year=2020)), "completed.registered_on", "before_purchase"),
    ],
)
async def test_what_cannot_be_is_refused(
    system: System, said: Done | GivenUp, field: str, rule: str
) -> None:
    """With the path of the field."""
    key = await handed_over(system)
    with pytest.raises(InvalidRequest) as caught:
        await complete(system, key, said)
    assert [(one.field, one.rule) for one in caught.value.violations] == [(field, rule)]


async def test_a_guide_is_there_while_it_is_a_persons_turn(system: System) -> None:
    """In the language of the registration or the reader's; not before, not after."""
    key = await handed_over(system, locale="fr-CA")
    made = await system.desk.assist.guide(A, key, "")
    assert (made.paper.language, made.guide.steps[0].language) == ("fr", "en")
    assert "H/1" in made.paper.content.decode()
    assert (await system.desk.assist.guide(A, key, "de-AT")).paper.language == "de"
    assert (await system.desk.assist.guide(A, key, "pl")).paper.language == "en"
    await complete(system, key, DONE)
    with pytest.raises(StateConflict):
        await system.desk.assist.guide(A, key, "")
    fresh = await system.submit(manufacturer_id="hammer", brand="", submission=submission("H/0"))
    pending = fresh.view.registration.id
    with pytest.raises(StateConflict):
        await system.desk.assist.guide(A, pending, "")


async def test_a_proof_is_there_once_it_is_registered(system: System, catalogue: Both) -> None:
    """By a person's word or the manufacturer's, and it says which."""
    key = await handed_over(system)
    with pytest.raises(StateConflict):
        await system.desk.assist.proof(A, key, "")
    await complete(system, key, DONE)
    made = await system.desk.assist.proof(A, key, "de")
    assert (made.proof.basis.value, made.proof.registered_on) == ("person", YESTERDAY)
    assert json.loads(made.paper.content)["reference"]["value"] == "R-77"
    catalogue.api = LedgerConnector(STRONG)
    fresh = await system.submit(manufacturer_id="hammer", brand="", submission=submission("H/2"))
    await system.advance()
    answered = await system.desk.assist.proof(A, fresh.view.registration.id, "")
    assert (answered.proof.basis.value, answered.proof.evidence) == ("answer", "assumed")
    assert (answered.view.registration.tier, answered.paper.language) == (Tier.API, "en")


async def test_a_manufacturer_that_is_gone_gives_no_paper(system: System, catalogue: Both) -> None:
    """What it asked is not known any more."""
    key = await handed_over(system)
    made = await system.desk.assist.guide(A, key, "")
    assert made.guide.steps
    catalogue._manufacturers = {}  # noqa: SLF001 - nobody takes a manifest away otherwise
    with pytest.raises(StateConflict):
        await system.desk.assist.guide(A, key, "")

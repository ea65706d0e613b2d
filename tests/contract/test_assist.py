"""The manual tier over the wire: a guide in parts, its end, a proof in parts."""

import hashlib
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.type.date_pb2 import Date
from tests.contract.test_calls import KEY, OTHER_KEY, refused, submitted, violations

from registrar.client import CallError, Client
from registrar.domain import lifecycle
from registrar.domain.guide import Guide, GuideStep
from registrar.domain.lifecycle import Moment
from registrar.domain.outcome import Tier
from registrar.domain.paper import PDF, Paper
from registrar.domain.registration import Registration
from registrar.domain.submission import Submission
from registrar.rpc.server import GrpcServer
from registrar.testing.desk import Desk
from registrar.testing.papers import SheetPapers
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

Stub = Any  # the generated classes have their asynchronous type only in their stub files
LARGE = bytes(range(256)) * 600
COMPLETED = service.CompleteManualRegistrationRequest.Completed
GAVE_UP = service.CompleteManualRegistrationRequest.GaveUp


class OneGuide:
    """`ports.guides.Guides` of one step."""

    def guide(
        self, registration: Registration, submission: Submission, language: str = ""
    ) -> Guide | None:
        """In whatever language is asked for."""
        del registration, submission
        return Guide((GuideStep("Open the page.", language=language),), link="https://acme.example")


class LargePapers(SheetPapers):
    """Of more than two parts."""

    async def guide(self, subject: Any, guide: Guide, language: str) -> Paper:  # noqa: ANN401 - of the port
        """Bytes that no text has."""
        del guide
        return Paper(f"guide-{subject.registration.id}.pdf", language, LARGE)


@pytest.fixture
def stub(desk: Desk, channel: grpc.aio.Channel) -> Stub:
    """The service, with a guide for every registration."""
    desk.guides, desk.papers = OneGuide(), LargePapers()
    return RegistrationServiceStub(channel)


@pytest.fixture
async def client(server: tuple[GrpcServer, int], desk: Desk, stub: Stub) -> AsyncIterator[Client]:
    """The shipped one."""
    del desk, stub
    async with Client(f"127.0.0.1:{server[1]}", "key-a") as made:
        yield made


async def waiting(desk: Desk, stub: Stub, **more: Any) -> str:  # noqa: ANN401 - any field
    """The id of a registration that waits for a person."""
    manual = [enums.FULFILLMENT_TIER_MANUAL_ASSIST]
    key = await submitted(stub, allowed_tiers=manual, **more)
    before = (await desk.store.get("tenant-a", [key]))[key].registration
    assert before.allowed_tiers == (Tier.MANUAL,)
    late = lifecycle.pass_deadline(before, Moment(datetime.now(UTC)))
    assert await desk.store.write([late], timedelta(0)) == [True]
    return key


def end(key: str, **said: Any) -> service.CompleteManualRegistrationRequest:  # noqa: ANN401 - one of two
    """A person's word."""
    return service.CompleteManualRegistrationRequest(
        registration_id=key, request_id=str(uuid.uuid4()), **said
    )


async def test_a_guide_comes_in_parts(desk: Desk, stub: Stub) -> None:
    """What follows is said first; no part is larger than 64 KiB; together they are whole."""
    key = await waiting(desk, stub, locale="es")
    asked = service.GetManualAssistPackageRequest(registration_id=key)
    first, *rest = [one async for one in stub.GetManualAssistPackage(asked, metadata=KEY)]
    about = first.info.paper
    assert (about.language, about.media_type, about.size_bytes) == ("es", PDF, len(LARGE))
    assert about.file_name == f"guide-{key}.pdf"
    assert [one.text for one in first.info.guide.steps] == ["Open the page."]
    assert [len(one.chunk) for one in rest] == [65_536, 65_536, len(LARGE) - 131_072]
    content = b"".join(one.chunk for one in rest)
    assert about.sha256 == hashlib.sha256(content).hexdigest()


async def test_a_reader_may_have_another_language(desk: Desk, stub: Stub, client: Client) -> None:
    """Than the registration has."""
    key = await waiting(desk, stub, locale="es")
    received = await client.manual.guide(key, "fr-CA")
    assert (received.info.paper.language, received.content) == ("fr", LARGE)
    assert received.info.guide.steps[0].language == "fr"


async def test_a_person_completes_it(desk: Desk, stub: Stub) -> None:
    """The reference is shown, and the history says who said it; again changes nothing."""
    key = await waiting(desk, stub)
    day = Date(year=2026, month=11, day=20)
    said = COMPLETED(manufacturer_reference="R-1", registered_on=day)
    asked = end(key, completed=said)
    answer = await stub.CompleteManualRegistration(asked, metadata=KEY)
    done = answer.registration
    assert done.state == enums.REGISTRATION_STATE_SUCCEEDED
    assert done.outcome == enums.REGISTRATION_OUTCOME_MANUALLY_COMPLETED
    assert done.manufacturer_reference == "R-1"
    assert await stub.CompleteManualRegistration(asked, metadata=KEY) == answer
    history = service.ListRegistrationEventsRequest(registration_id=key)
    events = (await stub.ListRegistrationEvents(history, metadata=KEY)).events
    assert events[-1].manually_completed.registered_on == day
    assert (events[-1].actor, len(events)) == ("caller:a", 3)


async def test_a_person_gives_up(desk: Desk, stub: Stub, client: Client) -> None:
    """It has failed, and says why."""
    key = await waiting(desk, stub)
    failed = await client.manual.give_up(key, "sold")
    assert failed.state == enums.REGISTRATION_STATE_FAILED
    assert failed.failure.category == enums.FAILURE_CATEGORY_GIVEN_UP
    (*_, last) = await client.events(key)
    assert last.gave_up.reason == "sold"


async def test_a_word_that_is_none_is_refused(desk: Desk, stub: Stub) -> None:
    """With the field it lacks."""
    key = await waiting(desk, stub)
    nothing = await refused(stub.CompleteManualRegistration(end(key), metadata=KEY))
    assert violations(nothing[2]) == [("completed", "REQUIRED")]
    unnamed = end(key, gave_up=GAVE_UP())
    unnamed.request_id = "7"
    code, _, status = await refused(stub.CompleteManualRegistration(unnamed, metadata=KEY))
    assert (code, violations(status)) == (
        grpc.StatusCode.INVALID_ARGUMENT,
        [("request_id", "UUID")],
    )
    nowhere = end(key, completed=COMPLETED(registered_on=Date(year=2026, month=2, day=30)))
    _, _, status = await refused(stub.CompleteManualRegistration(nowhere, metadata=KEY))
    assert [field for field, _ in violations(status)] == ["completed.registered_on"]


async def test_nobody_is_guided_while_the_gateway_goes_on(stub: Stub, client: Client) -> None:
    """Or both might register it; a proof is not there either."""
    key = await submitted(stub)
    for call in (client.manual.guide(key), client.manual.proof(key), client.manual.done(key)):
        with pytest.raises(CallError) as caught:
            await call
        assert (caught.value.code, caught.value.reason) == (
            grpc.StatusCode.FAILED_PRECONDITION,
            "STATE_CONFLICT",
        )


async def test_another_tenants_do_not_exist(desk: Desk, stub: Stub) -> None:
    """Neither guide nor proof, nor a word about it."""
    key = await waiting(desk, stub)
    guide = service.GetManualAssistPackageRequest(registration_id=key)
    proof = service.GetProofPackRequest(registration_id=key)
    for stream in (
        stub.GetManualAssistPackage(guide, metadata=OTHER_KEY),
        stub.GetProofPack(proof, metadata=OTHER_KEY),
    ):
        code, info, _ = await refused(anext(aiter(stream)))
        assert (code, info.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    said = end(key, completed=COMPLETED())
    code, _, _ = await refused(stub.CompleteManualRegistration(said, metadata=OTHER_KEY))
    assert code is grpc.StatusCode.NOT_FOUND


async def test_a_proof_comes_in_parts(desk: Desk, stub: Stub, client: Client) -> None:
    """With the same as data, and how it is known."""
    key = await waiting(desk, stub, locale="de")
    await client.manual.done(key, "R-2", datetime.now(UTC).date())
    received = await client.manual.proof(key)
    proof = received.info.proof
    assert (proof.basis, proof.manufacturer_name, proof.fictitious) == ("person", "Acme", True)
    assert (proof.registration.id, proof.registration.manufacturer_reference) == (key, "R-2")
    assert proof.registered_on.year == datetime.now(UTC).year
    assert received.info.paper.language == "de"
    assert b"R-2" in received.content


async def test_a_paper_that_cannot_be_made_is_said_so(desk: Desk, stub: Stub) -> None:
    """As a defect, with nothing of its data in the answer."""
    from registrar.domain.errors import PaperFailed  # noqa: PLC0415 - only here

    class NoPapers(SheetPapers):
        async def guide(self, subject: Any, guide: Guide, language: str) -> Paper:  # noqa: ANN401 - of the port
            raise PaperFailed(f"{subject} {guide} {language}")

    key = await waiting(desk, stub)
    desk.papers = NoPapers()
    asked = service.GetManualAssistPackageRequest(registration_id=key)
    stream = stub.GetManualAssistPackage(asked, metadata=KEY)
    code, info, status = await refused(anext(aiter(stream)))
    assert (code, info.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert key not in status.message

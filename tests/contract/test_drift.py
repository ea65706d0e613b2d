"""What operators meet of changed forms, over a real server."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
import pytest
from tests.contract.test_calls import KEY, refused, violations

from registrar.client import Client
from registrar.domain.drift import FormWalk
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.ports.connector_states import ConnectorKey
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.forms import PlainForms, sight
from registrar.testing.records import Wanted, new_registration
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub
from registrar.v1.enums_pb2 import FulfillmentTier

Stub = Any  # the generated classes have their asynchronous type only in their stub files
FORM = ConnectorKey("acme", Tier.WEB)
WEB = FulfillmentTier.FULFILLMENT_TIER_WEB_AUTOMATION


class WithForm(OneCatalogue):
    """Acme has a form, and so has Nova."""

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        tiers = (TierListing(Tier.WEB, "anyone", "documented", enabled=True),)
        both = {"acme": "Acme", "nova": "Nova"}
        return {
            key: Manufacturer(key, name, (name,), (), "1", (), (), tiers)
            for key, name in both.items()
        }


@pytest.fixture
async def desk() -> Desk:
    """With a store in memory."""
    return Desk()


@pytest.fixture
async def port(desk: Desk) -> AsyncIterator[int]:
    """Of a server of its own."""
    made = operators(desk.store, WithForm(), PlainForms(acme="1", nova="1"))
    server = GrpcServer(Uses(desk, WithForm(), authenticate, desk.ping, made), ServerSettings())
    yield await server.start()
    await server.drain()


@pytest.fixture
async def stub(port: int) -> AsyncIterator[Stub]:
    """To that server."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield ConnectorServiceStub(channel)


async def walked(desk: Desk, outcome: Outcome, *names: str, picture: str = "") -> None:
    """A visit that has seen these fields."""
    forms = operators(desk.store).drifts.forms
    one = new_registration(Wanted(tiers=(Tier.WEB, Tier.MANUAL))).transition.registration
    await forms.walked(one, outcome, FormWalk("1", "product", (sight("product", *names),)), picture)


async def broken(desk: Desk) -> None:
    """Acme's form was filled, and cannot be any more."""
    await walked(desk, Outcome(Code.REGISTERED, Effect.ACCEPTED), "serial", "model")
    changed = Outcome(Code.FORM_CHANGED, Effect.NOT_SENT)
    await walked(desk, changed, "MODEL", "shop", picture="art_1")


async def test_a_changed_form_is_told_with_its_patch(stub: Stub, desk: Desk) -> None:
    """By step and change, with the picture, the stop and the time of both looks."""
    await broken(desk)
    answer = await stub.ListFormDrift(pb.ListFormDriftRequest(manufacturer_id="acme"), metadata=KEY)
    (form,) = answer.forms
    assert (form.manufacturer_id, form.version, form.consecutive_failures) == ("acme", "1", 0)
    assert form.manifest_patch == "-model\n+MODEL\n"
    (step,) = form.steps
    assert [(one.severity, one.what, one.where, one.was, one.now) for one in step.changes] == [
        ("breaking", "gone", "serial", "", ""),
        ("repairable", "reworded", "model", "model", "MODEL"),
        ("cosmetic", "appeared", "shop", "", ""),
    ]
    assert (step.step, step.artifact_id) == ("product", "art_1")
    assert step.seen_time.ToDatetime() >= step.baseline_time.ToDatetime()
    stop = form.stop
    assert (stop.by, stop.stopped_version, stop.stopped_step, stop.reason) == (
        "system",
        "1",
        "product",
        "'serial' gone",
    )
    request = pb.GetConnectorRequest(manufacturer_id="acme", tier=WEB)
    assert (await stub.GetConnector(request, metadata=KEY)).connector.pause == stop


async def test_forms_come_in_pages(stub: Stub, port: int) -> None:
    """By manufacturer; a client has them all."""
    first = await stub.ListFormDrift(pb.ListFormDriftRequest(page_size=1), metadata=KEY)
    rest = pb.ListFormDriftRequest(page_size=1, page_token=first.next_page_token)
    second = await stub.ListFormDrift(rest, metadata=KEY)
    found = [*first.forms, *second.forms]
    assert ([one.manufacturer_id for one in found], second.next_page_token) == (
        ["acme", "nova"],
        "",
    )
    async with Client(f"127.0.0.1:{port}", "key-a") as client:
        assert await client.drift() == found


async def test_a_form_is_accepted(port: int, desk: Desk) -> None:
    """It goes on, and nothing has changed any more."""
    await broken(desk)
    async with Client(f"127.0.0.1:{port}", "key-a") as client:
        accepted = await client.accept_form("acme")
        assert (accepted.HasField("stop"), len(accepted.steps[0].changes)) == (False, 0)
        assert await client.drift("acme") == [accepted]
    assert (await desk.store.connectors.all())[FORM].pause is None


async def test_what_cannot_be_told_or_accepted_is_refused(stub: Stub) -> None:
    """Without a form, without a look, without a name, and without a key."""
    missing = pb.ListFormDriftRequest(manufacturer_id="nobody")
    code, _, _ = await refused(stub.ListFormDrift(missing, metadata=KEY))
    assert code is grpc.StatusCode.NOT_FOUND
    unseen = pb.AcceptFormRequest(manufacturer_id="acme")
    code, _, _ = await refused(stub.AcceptForm(unseen, metadata=KEY))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    _, _, status = await refused(stub.AcceptForm(pb.AcceptFormRequest(), metadata=KEY))
    assert violations(status) == [("manufacturer_id", "REQUIRED")]
    code, _, _ = await refused(stub.ListFormDrift(pb.ListFormDriftRequest()))
    assert code is grpc.StatusCode.UNAUTHENTICATED

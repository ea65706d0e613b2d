"""What operators meet: connectors, pauses and probes over a real server."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from tests.contract.test_calls import KEY, refused, violations

from registrar.domain.outcome import Code, Effect, Outcome, Tier
from registrar.domain.policy import Capabilities
from registrar.rpc.connector_messages import LONGEST_PROBE, time_for_probe
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.testing.desk import Desk, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.manufacturer import LedgerConnector
from registrar.v1 import connector_service_pb2 as pb
from registrar.v1.connector_service_pb2_grpc import ConnectorServiceStub
from registrar.v1.enums_pb2 import FulfillmentTier

Stub = Any  # the generated classes have their asynchronous type only in their stub files
Value = Any  # whatever a field takes
API = FulfillmentTier.FULFILLMENT_TIER_API
ACME: dict[str, Any] = {"manufacturer_id": "acme", "tier": API}
EXPIRES = datetime(2027, 3, 1, tzinfo=UTC)


class Scripted(LedgerConnector):
    """Its probes answer `code`, after `delay` seconds, or raise."""

    def __init__(self) -> None:
        super().__init__(Capabilities("strong", "key", send_deadline=timedelta(seconds=0.2)))
        self.secret_expires_at = EXPIRES
        self.code = Code.REGISTERED
        self.delay = 0.0
        self.bug = False

    async def health(self) -> Outcome:
        """As it was told."""
        await asyncio.sleep(self.delay)
        if self.bug:
            raise RuntimeError("a connector's bug")
        return Outcome(self.code, Effect.NOT_SENT)


class Scenery(OneCatalogue):
    """Acme with a scripted connector, and a manufacturer that is put aside."""

    def __init__(self) -> None:
        self.made = Scripted()
        self.hold = ""
        super().__init__(self.made)

    def quarantined(self) -> Mapping[str, str]:
        """One."""
        return {"broken": "manifest.yaml:3: version: a text is needed"}

    def held(self, manufacturer_id: str, tier: Tier) -> str:
        """As it was told."""
        del manufacturer_id, tier
        return self.hold


@pytest.fixture
def scenery() -> Scenery:
    """What the service knows."""
    return Scenery()


@pytest.fixture
async def stub(scenery: Scenery) -> AsyncIterator[Stub]:
    """To a server of its own."""
    desk = Desk()
    made = operators(desk.store, scenery)
    server = GrpcServer(Uses(desk, scenery, authenticate, desk.ping, made), ServerSettings())
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        yield ConnectorServiceStub(channel)
    await server.drain()


def instant(delay: timedelta) -> Timestamp:
    """From now."""
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) + delay)
    return made


async def got(stub: Stub) -> pb.Connector:
    """Acme's API."""
    answer = await stub.GetConnector(pb.GetConnectorRequest(**ACME), metadata=KEY)
    connector: pb.Connector = answer.connector
    return connector


async def paused(stub: Stub, **given: Value) -> pb.Connector:
    """Acme's API."""
    fields: dict[str, Any] = ACME | {"reason": "maintenance"} | given
    request = pb.PauseConnectorRequest(**fields)
    connector: pb.Connector = (await stub.PauseConnector(request, metadata=KEY)).connector
    return connector


async def probed(stub: Stub) -> pb.Connector:
    """Acme's API."""
    request = pb.ProbeConnectorRequest(**ACME)
    connector: pb.Connector = (await stub.ProbeConnector(request, metadata=KEY)).connector
    return connector


async def test_connectors_are_listed_with_how_they_are_known(stub: Stub) -> None:
    """Also the one whose manifest is put aside, with the reason."""
    listed = await stub.ListConnectors(pb.ListConnectorsRequest(), metadata=KEY)
    acme, broken = listed.connectors
    assert acme == await got(stub)
    assert (acme.version, acme.audience, acme.evidence) == ("1", "anyone", "documented")
    assert (acme.enabled, acme.hold_reason, acme.HasField("pause")) == (True, "", False)
    assert (acme.HasField("last_probe"), acme.secret_expire_time.ToDatetime(UTC)) == (
        False,
        EXPIRES,
    )
    reason = "manifest.yaml:3: version: a text is needed"
    assert broken == pb.Connector(manufacturer_id="broken", quarantine_reason=reason)


async def test_connectors_come_in_pages(stub: Stub) -> None:
    """By manufacturer."""
    first = await stub.ListConnectors(pb.ListConnectorsRequest(page_size=1), metadata=KEY)
    rest = pb.ListConnectorsRequest(page_size=1, page_token=first.next_page_token)
    second = await stub.ListConnectors(rest, metadata=KEY)
    found = [one.manufacturer_id for page in (first, second) for one in page.connectors]
    assert (found, second.next_page_token) == (["acme", "broken"], "")


async def test_a_connector_that_is_held_says_why(stub: Stub, scenery: Scenery) -> None:
    """The missing secret by its name."""
    scenery.hold = "no secret acme.api_key"
    assert (await got(stub)).hold_reason == "no secret acme.api_key"


async def test_a_connector_is_paused_and_resumed(stub: Stub) -> None:
    """With who, since when, why and until when; both may be said twice."""
    until = instant(timedelta(hours=1))
    first = await paused(stub, until=until)
    assert (first.pause.reason, first.pause.by) == ("maintenance", "key:a")
    assert abs(first.pause.since.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=1)
    assert first.pause.until.ToDatetime() == until.ToDatetime()
    assert await paused(stub, until=until) == first == await got(stub)
    for _ in range(2):
        request = pb.ResumeConnectorRequest(**ACME)
        resumed = (await stub.ResumeConnector(request, metadata=KEY)).connector
        assert (resumed.HasField("pause"), resumed) == (False, await got(stub))


async def test_a_connector_that_is_put_aside_can_be_paused(stub: Stub) -> None:
    """Before its mended manifest comes into use."""
    named = {"manufacturer_id": "broken", "tier": API}
    made = await paused(stub, **named)
    assert (made.pause.reason, bool(made.quarantine_reason)) == ("maintenance", True)
    answer = await stub.GetConnector(
        pb.GetConnectorRequest(manufacturer_id="broken", tier=API), metadata=KEY
    )
    assert answer.connector == made


@pytest.mark.parametrize(
    ("given", "field", "rule"),
    [
        ({"reason": " "}, "reason", "LENGTH"),
        ({"reason": "r" * 257}, "reason", "LENGTH"),
        ({"reason": "a\x1bb"}, "reason", "LENGTH"),
        ({"until": instant(timedelta(seconds=-1))}, "until", "FUTURE"),
        ({"until": Timestamp(seconds=2**60)}, "until", "TIMESTAMP"),
        ({"tier": 0}, "tier", "REQUIRED"),
        ({"tier": 99}, "tier", "UNKNOWN_VALUE"),
        ({"manufacturer_id": ""}, "manufacturer_id", "REQUIRED"),
    ],
)
async def test_a_pause_that_cannot_be_is_refused(
    stub: Stub, given: dict[str, Any], field: str, rule: str
) -> None:
    """With the field and the rule; and nothing is paused."""
    with_reason: dict[str, Any] = ACME | {"reason": "maintenance"} | given
    call = stub.PauseConnector(pb.PauseConnectorRequest(**with_reason), metadata=KEY)
    code, _, status = await refused(call)
    assert (code, violations(status)) == (grpc.StatusCode.INVALID_ARGUMENT, [(field, rule)])
    assert not (await got(stub)).HasField("pause")


@pytest.mark.parametrize(
    "named",
    [
        {"manufacturer_id": "nobody", "tier": API},
        {"manufacturer_id": "acme", "tier": FulfillmentTier.FULFILLMENT_TIER_WEB_AUTOMATION},
    ],
)
async def test_an_unknown_connector_is_not_found(stub: Stub, named: dict[str, Any]) -> None:
    """By every method."""
    calls = [
        stub.GetConnector(pb.GetConnectorRequest(**named), metadata=KEY),
        stub.PauseConnector(pb.PauseConnectorRequest(reason="r", **named), metadata=KEY),
        stub.ResumeConnector(pb.ResumeConnectorRequest(**named), metadata=KEY),
        stub.ProbeConnector(pb.ProbeConnectorRequest(**named), metadata=KEY),
    ]
    codes = [(await refused(call))[0] for call in calls]
    assert codes == [grpc.StatusCode.NOT_FOUND] * 4


async def test_a_probe_tells_and_is_kept(stub: Stub, scenery: Scenery) -> None:
    """Failures are counted until all is well again; refused credentials hold the connector."""
    scenery.made.code = Code.AUTH_REJECTED
    await probed(stub)
    second = await probed(stub)
    assert (second.last_probe.code, second.consecutive_probe_failures) == ("auth.rejected", 2)
    assert second.hold_reason == "The manufacturer rejects the credentials."
    scenery.made.code = Code.REGISTERED
    well = await probed(stub)
    assert (well.last_probe.code, well.consecutive_probe_failures) == ("ok", 0)
    assert (well.hold_reason, well) == ("", await got(stub))
    assert abs(well.last_probe.probe_time.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(1)


async def test_a_probe_that_goes_wrong_is_a_result(stub: Stub, scenery: Scenery) -> None:
    """No answer in time, or a bug of the connector."""
    scenery.made.bug = True
    assert (await probed(stub)).last_probe.code == "connector_bug"
    scenery.made.delay = 30
    slow = (await probed(stub)).last_probe
    assert slow.code == "unavailable.connect"
    assert timedelta(seconds=0.2) <= slow.latency.ToTimedelta() < timedelta(seconds=5)


async def test_a_probe_ends_before_its_call(stub: Stub, scenery: Scenery) -> None:
    """The answer arrives within the caller's deadline."""
    scenery.made.capabilities = Capabilities("strong", "key", send_deadline=timedelta(seconds=30))
    scenery.made.delay = 30
    request = pb.ProbeConnectorRequest(**ACME)
    answer = await stub.ProbeConnector(request, metadata=KEY, timeout=1.5)
    assert answer.connector.last_probe.code == "unavailable.connect"


class Endless:
    """A call without a deadline."""

    def time_remaining(self) -> float | None:
        """None."""
        return None


def test_a_call_without_a_deadline_leaves_a_minute() -> None:
    """The interceptor gives it one of its own."""
    context: Any = Endless()
    assert time_for_probe(context) == LONGEST_PROBE


async def test_what_cannot_be_asked_is_a_precondition(stub: Stub, scenery: Scenery) -> None:
    """With a sentence."""
    scenery.made.probes = False
    call = stub.ProbeConnector(pb.ProbeConnectorRequest(**ACME), metadata=KEY)
    code, info, status = await refused(call)
    assert (code, info.reason) == (grpc.StatusCode.FAILED_PRECONDITION, "STATE_CONFLICT")
    assert status.message == "This connector has no health operation."
    named = pb.ProbeConnectorRequest(manufacturer_id="broken", tier=API)
    scenery.connector = lambda *_: None  # type: ignore[method-assign]  # no connector at all
    _, _, status = await refused(stub.ProbeConnector(named, metadata=KEY))
    assert status.message == "This connector is not in use here, or is held."


async def test_operators_need_a_key(stub: Stub) -> None:
    """As everybody."""
    code, _, _ = await refused(stub.ListConnectors(pb.ListConnectorsRequest()))
    assert code is grpc.StatusCode.UNAUTHENTICATED

"""What operators do leaves an entry, whichever method they call; and the log over a real server."""

import json
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from tests.contract.every_method import called, methods
from tests.contract.test_calls import refused, violations
from tests.contract.test_circuits import Paced
from tests.contract.test_overrides import asked

from registrar.app.api_keys import ApiKeys
from registrar.app.audit import Audit
from registrar.app.commands import Caller
from registrar.app.notifications.settings import NotificationSettings, Ways
from registrar.client import Client
from registrar.domain.errors import ScopeMissing
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.notification import TenantNotifications
from registrar.domain.outcome import Tier
from registrar.ports.api_keys import EVERY_SCOPE, ApiKeyRow, Scope
from registrar.ports.clock import SystemClock
from registrar.ports.connector_states import ConnectorKey
from registrar.ports.forms import Look
from registrar.ports.tenant_settings import TenantRow
from registrar.rpc import audited, scopes
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.store.memory import MemoryStore
from registrar.testing.desk import AUDIT_KEYS, Desk, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.forms import PlainForms, page
from registrar.testing.store_bulk_suite import operation
from registrar.testing.store_overrides_suite import override
from registrar.v1 import connector_service_pb2 as connectors
from registrar.v1 import notification_service_pb2 as notifications
from registrar.v1 import registration_admin_service_pb2 as pb
from registrar.v1 import registration_service_pb2 as registrations
from registrar.v1.enums_pb2 import CircuitMode, FulfillmentTier
from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceStub

KEY = (("authorization", "Bearer key-a"),)
OTHER_KEY = (("authorization", "Bearer key-b"),)
HOOKS = TenantNotifications(webhook_url="https://hooks.example/in")
ACME_API: dict[str, Any] = {
    "manufacturer_id": "acme",
    "tier": FulfillmentTier.FULFILLMENT_TIER_API,
}


def instant(delay: timedelta) -> Timestamp:
    """From now."""
    made = Timestamp()
    made.FromDatetime(datetime.now(UTC) + delay)
    return made


RUNNING = operation(1, id="blk_" + "0" * 24)
"""An operation that can be cancelled."""

REQUESTS: Mapping[str, Callable[[], Message]] = {
    "PauseConnector": lambda: connectors.PauseConnectorRequest(**ACME_API, reason="maintenance"),
    "ResumeConnector": lambda: connectors.ResumeConnectorRequest(**ACME_API),
    "ProbeConnector": lambda: connectors.ProbeConnectorRequest(**ACME_API),
    "ResetCircuitBreaker": lambda: connectors.ResetCircuitBreakerRequest(**ACME_API),
    "SetCircuitBreakerMode": lambda: connectors.SetCircuitBreakerModeRequest(
        **ACME_API, mode=CircuitMode.CIRCUIT_MODE_SHADOW, reason="we learn"
    ),
    "CreateErrorOverride": asked,
    "DeleteErrorOverride": lambda: connectors.DeleteErrorOverrideRequest(id="ovr_1", reason="no"),
    "AcceptForm": lambda: connectors.AcceptFormRequest(manufacturer_id="acme"),
    "UpdateNotificationSettings": lambda: notifications.UpdateNotificationSettingsRequest(
        settings=notifications.NotificationSettings(brand="Acme")
    ),
    "RotateWebhookSecret": notifications.RotateWebhookSecretRequest,
    "ReplayNotificationDeliveries": lambda: notifications.ReplayNotificationDeliveriesRequest(
        channel=notifications.NOTIFICATION_CHANNEL_WEBHOOK, since=instant(timedelta(hours=-1))
    ),
    "CreateApiKey": lambda: pb.CreateApiKeyRequest(
        display_name="reader", scopes=[pb.API_KEY_SCOPE_READ]
    ),
    "RotateApiKey": lambda: pb.RotateApiKeyRequest(api_key_id="old"),
    "RevokeApiKey": lambda: pb.RevokeApiKeyRequest(api_key_id="old"),
    "ExportCustomerData": lambda: registrations.ExportCustomerDataRequest(user_ref="u"),
    "EraseCustomerData": lambda: registrations.EraseCustomerDataRequest(
        request_id=str(uuid.uuid4()), user_ref="u"
    ),
    "CreateBulkOperation": lambda: pb.CreateBulkOperationRequest(
        request_id=str(uuid.uuid4()),
        kind=pb.BULK_OPERATION_KIND_RETRY,
        filter=pb.BulkFilter(manufacturer_ids=["acme"]),
        reason="They are back.",
    ),
    "CancelBulkOperation": lambda: pb.CancelBulkOperationRequest(bulk_operation_id=RUNNING.id),
}
"""One that changes something, of each method that can."""


class WithAll(Paced):
    """Acme has an API that can be probed, with a circuit, and a form."""

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        tiers = (TierListing(one, "anyone", "documented", enabled=True) for one in Tier)
        return {"acme": Manufacturer("acme", "Acme", ("Acme",), (), "1", (), (), tuple(tiers))}


class Office:
    """A server of all that operators can do."""

    def __init__(self, channel: grpc.aio.Channel, address: str, store: MemoryStore) -> None:
        self.channel = channel
        self.address = address
        self.store = store
        self.stub: Any = RegistrationAdminServiceStub(channel)

    async def told(self) -> list[pb.AuditEntry]:
        """Newest first."""
        request = pb.ListAuditEntriesRequest()
        answer = await self.stub.ListAuditEntries(request, metadata=KEY)
        return list(answer.audit_entries)


@pytest.fixture
async def office() -> AsyncIterator[Office]:
    """With something of everything that can be ended or changed."""
    desk = Desk()
    store, known = desk.store, WithAll()
    await store.overrides.add(override())
    await store.forms.saw("acme", "1", Look([page("product", "serial")]))
    await store.tenants.keep(TenantRow("tenant-a", HOOKS, 0), 0)
    await store.bulk.begin(RUNNING, ["reg_1"])
    await store.api_keys.add(ApiKeyRow("old", "tenant-a", b"digest", EVERY_SCOPE, "old"))
    uses = Uses(
        *(desk, known, authenticate, desk.ping, operators(store, known, PlainForms())),
        notifications=NotificationSettings(store, AUDIT_KEYS, SystemClock(), Ways()),
        api_keys=ApiKeys(store, AUDIT_KEYS),
    )
    server = GrpcServer(uses, ServerSettings(grace=0.5))
    address = f"127.0.0.1:{await server.start()}"
    async with grpc.aio.insecure_channel(address) as channel:
        yield Office(channel, address, store)
    await server.drain()


OF_OPERATORS = [one for one in methods() if scopes.NEEDED[one.name] in audited.OF_OPERATORS]


def test_of_every_method_of_operators_it_is_known_what_it_leaves() -> None:
    """A new one is refused until somebody has said so."""
    names = {one.name for one in OF_OPERATORS}
    assert audited.ACTIONS.keys() | audited.READING == names
    assert not audited.ACTIONS.keys() & audited.READING
    assert REQUESTS.keys() == audited.ACTIONS.keys()


def test_a_method_that_would_leave_no_trace_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also to who may everything."""
    monkeypatch.setitem(scopes.NEEDED, "DropEverything", Scope.OPERATE)
    with pytest.raises(ScopeMissing):
        scopes.demand("DropEverything", Caller("tenant-a", "a", EVERY_SCOPE))


def test_what_only_reads_says_so() -> None:
    """By its name: what changes something is never called List."""
    assert all(one.startswith("List") for one in audited.READING)


@pytest.mark.parametrize(
    "method", [one for one in OF_OPERATORS if one.name in audited.ACTIONS], ids=lambda one: one.name
)
async def test_every_action_leaves_an_entry(office: Office, method: MethodDescriptor) -> None:
    """Of whoever has called, and in order with the others."""
    await called(office.channel, method, REQUESTS[method.name](), KEY)
    found = await office.told()
    assert {(one.actor, one.action) for one in found} == {("key:a", audited.ACTIONS[method.name])}
    assert found[0].stage == pb.AUDIT_STAGE_DONE
    assert found[0].subject
    for one in found:
        assert all(isinstance(json.loads(text), dict) for text in shown(one))
    verdict = await Audit(office.store.audit, AUDIT_KEYS).verify()
    assert (verdict.problem, verdict.head.position) == ("", len(found))


def shown(one: pb.AuditEntry) -> list[str]:
    """What there is of before and after."""
    return [text for text in (one.before_json, one.after_json) if text]


async def test_what_is_only_checked_leaves_none(office: Office) -> None:
    """Nor what is refused."""
    service = {one.name: one for one in OF_OPERATORS}
    for request, name in (
        (asked(validate_only=True), "CreateErrorOverride"),
        (
            connectors.DeleteErrorOverrideRequest(id="ovr_1", reason="no", validate_only=True),
            "DeleteErrorOverride",
        ),
        (
            notifications.UpdateNotificationSettingsRequest(
                settings=notifications.NotificationSettings(brand="Acme"), validate_only=True
            ),
            "UpdateNotificationSettings",
        ),
        (
            pb.CreateBulkOperationRequest(
                kind=pb.BULK_OPERATION_KIND_RETRY,
                filter=pb.BulkFilter(manufacturer_ids=["acme"]),
                reason="They are back.",
                dry_run=True,
            ),
            "CreateBulkOperation",
        ),
    ):
        await called(office.channel, service[name], request, KEY)
    with pytest.raises(grpc.aio.AioRpcError):
        await called(
            office.channel, service["RevokeApiKey"], pb.RevokeApiKeyRequest(api_key_id="no"), KEY
        )
    assert await office.told() == []


async def test_an_entry_says_who_has_done_what_and_how_it_was_before(office: Office) -> None:
    """As the table has it, and as a chain."""
    service = {one.name: one for one in OF_OPERATORS}
    for name in ("PauseConnector", "ResumeConnector"):
        await called(office.channel, service[name], REQUESTS[name](), KEY)
    resumed, paused = await office.told()
    assert (paused.position, paused.previous_hash) == (1, "")
    assert (resumed.position, resumed.previous_hash) == (2, paused.hash)
    assert paused.subject == "acme/api"
    assert paused.before_json == ""
    assert json.loads(paused.after_json)["pause"]["reason"] == "maintenance"
    assert json.loads(resumed.before_json) == json.loads(paused.after_json)
    assert abs(paused.time.ToDatetime(UTC) - datetime.now(UTC)) < timedelta(minutes=1)


async def test_what_no_transaction_holds_is_told_twice(office: Office) -> None:
    """Before and after."""
    service = {one.name: one for one in OF_OPERATORS}
    for name in ("ProbeConnector", "ResetCircuitBreaker"):
        await called(office.channel, service[name], REQUESTS[name](), KEY)
    stages = [(one.action, one.stage) for one in await office.told()]
    assert stages == [
        ("circuit.reset", pb.AUDIT_STAGE_DONE),
        ("circuit.reset", pb.AUDIT_STAGE_BEGUN),
        ("connector.probe", pb.AUDIT_STAGE_DONE),
        ("connector.probe", pb.AUDIT_STAGE_BEGUN),
    ]


async def test_a_mode_that_is_taken_back_is_told(office: Office) -> None:
    """As the one that was said before it."""
    method = next(one for one in OF_OPERATORS if one.name == "SetCircuitBreakerMode")
    normal = connectors.SetCircuitBreakerModeRequest(
        **ACME_API, mode=CircuitMode.CIRCUIT_MODE_NORMAL
    )
    for request in (REQUESTS[method.name](), normal):
        await called(office.channel, method, request, KEY)
    back, said = await office.told()
    assert json.loads(said.after_json)["ruling"]["mode"] == "shadow"
    assert (back.before_json, json.loads(back.after_json)["ruling"]) == (said.after_json, None)


async def test_a_rotation_is_told_of_both_keys(office: Office) -> None:
    """The one that is made, and the one whose end is named."""
    method = next(one for one in OF_OPERATORS if one.name == "RotateApiKey")
    await called(office.channel, method, REQUESTS[method.name](), KEY)
    old, new = await office.told()
    assert (old.subject, new.subject == "old", new.before_json) == ("old", False, "")
    ends = [json.loads(one)["expires_at"] for one in (old.before_json, old.after_json)]
    assert (ends[0], ends[1] is None) == (None, False)


async def test_a_stop_that_an_accepted_form_ends_is_told(office: Office) -> None:
    """Of the form, and of the tier that goes on."""
    form = ConnectorKey("acme", Tier.WEB)
    await office.store.connectors.stop(form, "it has changed", "1", "product")
    method = next(one for one in OF_OPERATORS if one.name == "AcceptForm")
    await called(office.channel, method, REQUESTS[method.name](), KEY)
    resumed, accepted = await office.told()
    assert (accepted.subject, resumed.subject) == ("acme", str(form))
    assert json.loads(resumed.before_json)["pause"]["stopped"] == "1"
    assert json.loads(resumed.after_json)["pause"] is None


async def test_the_list_has_pages_and_conditions(office: Office) -> None:
    """Each entry once; of the caller's tenant alone."""
    async with Client(office.address, "key-a") as client:
        for name in ("one", "two", "three"):
            await client.api_keys.create(name, [pb.API_KEY_SCOPE_READ])
        newest = [one async for one in client.audit.entries()]
        since = datetime.now(UTC) - timedelta(hours=1)
        subject = newest[1].subject
        assert [one.position async for one in client.audit.entries(subject=subject)] == [2]
        assert len([one async for one in client.audit.entries(since=since)]) == 3
        assert [one async for one in client.audit.entries(until=since)] == []
        assert [one async for one in client.audit.entries(action="key.revoke")] == []
    async with Client(office.address, "key-b") as client:
        assert [one async for one in client.audit.entries(actor="key:a")] == []
    places, token = [], ""
    while True:
        request = pb.ListAuditEntriesRequest(page_size=2, page_token=token, action="key.create")
        answer = await office.stub.ListAuditEntries(request, metadata=KEY)
        places += [one.position for one in answer.audit_entries]
        token = answer.next_page_token
        if not token:
            break
    assert places == [3, 2, 1]


async def test_a_page_of_another_list_is_refused(office: Office) -> None:
    """Its token is bound to the conditions."""
    async with Client(office.address, "key-a") as client:
        for name in ("one", "two"):
            await client.api_keys.create(name, [pb.API_KEY_SCOPE_READ])
    first = await office.stub.ListAuditEntries(
        pb.ListAuditEntriesRequest(page_size=1), metadata=KEY
    )
    request = pb.ListAuditEntriesRequest(page_token=first.next_page_token, actor="key:a")
    code, info, _ = await refused(office.stub.ListAuditEntries(request, metadata=KEY))
    assert (code, info.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "PAGE_TOKEN_INVALID")


@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"actor": "a\x1b"}, [("actor", "LENGTH")]),
        ({"action": "a" * 257, "subject": "\n"}, [("action", "LENGTH"), ("subject", "LENGTH")]),
        ({"start_time": Timestamp(seconds=-(10**12))}, [("start_time", "TIMESTAMP")]),
        ({"page_size": -1}, [("page_size", "RANGE")]),
    ],
    ids=["unseen", "long", "no time", "size"],
)
async def test_what_cannot_be_looked_for_is_named(
    office: Office, given: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    """The field and the rule."""
    request = pb.ListAuditEntriesRequest(**given)
    _, _, status = await refused(office.stub.ListAuditEntries(request, metadata=KEY))
    assert violations(status) == found

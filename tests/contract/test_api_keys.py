"""RegistrationAdminService over a real server: keys made, listed, rotated and revoked."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf.duration_pb2 import Duration
from tests.contract.test_calls import refused, violations

from registrar.app.api_keys import ApiKeys, Wanted
from registrar.client import CallError, Client
from registrar.client.messages import ApiKeyScope, ApiKeyState
from registrar.ports.api_keys import EVERY_SCOPE, Scope
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.store.keyring import Keyring
from registrar.testing.desk import Desk, OneCatalogue
from registrar.testing.desk import connectors as operators
from registrar.v1 import registration_admin_service_pb2 as pb
from registrar.v1.registration_admin_service_pb2_grpc import RegistrationAdminServiceStub

READ, SUBMIT, ADMIN = (
    ApiKeyScope.API_KEY_SCOPE_READ,
    ApiKeyScope.API_KEY_SCOPE_SUBMIT,
    ApiKeyScope.API_KEY_SCOPE_ADMIN,
)
UNKNOWN: Any = 99
HELD = frozenset({Scope.ADMIN, Scope.READ, Scope.SUBMIT})


class Office:
    """A server that checks real keys, and an administrator of tenant a."""

    def __init__(self, desk: Desk, address: str, keys: ApiKeys, root: str) -> None:
        self.desk = desk
        self.address = address
        self.keys = keys
        self.root = root

    def client(self, key: str = "") -> Client:
        """With this key; the administrator's without one."""
        return Client(self.address, key or self.root)


@pytest.fixture
async def office(desk: Desk) -> AsyncIterator[Office]:
    """Its first key is made in the database."""
    keys = ApiKeys(desk.store, Keyring(b"k" * 32), environment="test")
    uses = Uses(
        *(desk, OneCatalogue(), keys.authenticate, desk.ping, operators(desk.store)),
        api_keys=keys,
    )
    server = GrpcServer(uses, ServerSettings(grace=0.5))
    address = f"127.0.0.1:{await server.start()}"
    root = await keys.issue("tenant-a", Wanted("root", HELD))
    yield Office(desk, address, keys, root.text)
    await server.drain()


async def test_a_key_is_made_and_may_what_it_may(office: Office) -> None:
    """Its text is told once, and stands in no list."""
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
    async with office.client() as client:
        made = await client.api_keys.create("the shop", [READ, READ], ends)
        listed = [one async for one in client.api_keys.every()]
    assert made.key_text.startswith(f"rgk_test_{made.api_key.api_key_id}_")
    assert list(made.api_key.scopes) == [READ]
    assert made.api_key.expire_time.ToDatetime(UTC) == ends
    assert [one.display_name for one in listed] == ["the shop", "root"]
    assert made.key_text.rpartition("_")[2] not in str(listed)
    async with office.client(made.key_text) as client:
        assert await client.manufacturers()


async def test_a_rotated_key_has_a_successor(office: Office) -> None:
    """With an overlap of nothing it ends at once."""
    async with office.client() as client:
        old = await client.api_keys.create("the shop", [READ])
        new = await client.api_keys.rotate(old.api_key.api_key_id, timedelta(0))
        states = {one.api_key_id: one.state async for one in client.api_keys.every()}
    assert new.previous.api_key_id == old.api_key.api_key_id
    assert new.previous.state == ApiKeyState.API_KEY_STATE_EXPIRED
    assert states[new.api_key.api_key_id] == ApiKeyState.API_KEY_STATE_ACTIVE
    assert await code(office, old.key_text) is grpc.StatusCode.UNAUTHENTICATED
    assert await code(office, new.key_text) is grpc.StatusCode.OK


async def code(office: Office, key: str) -> Any:  # noqa: ANN401 - of gRPC
    """What a call with it ends with."""
    async with office.client(key) as client:
        try:
            await client.manufacturers()
        except CallError as error:
            return error.code
    return grpc.StatusCode.OK


async def test_a_revoked_key_opens_nothing(office: Office) -> None:
    """Also where it has been used a moment ago; revoked again it is what it was."""
    async with office.client() as client:
        made = await client.api_keys.create("the shop", [READ])
        assert await code(office, made.key_text) is grpc.StatusCode.OK
        ended = await client.api_keys.revoke(made.api_key.api_key_id)
        assert await client.api_keys.revoke(made.api_key.api_key_id) == ended
    assert ended.state == ApiKeyState.API_KEY_STATE_REVOKED
    assert ended.HasField("revoke_time")
    assert await code(office, made.key_text) is grpc.StatusCode.UNAUTHENTICATED


async def test_when_it_was_used_is_shown(office: Office) -> None:
    """Once that has been written."""
    await office.keys.note()
    async with office.client() as client:
        assert [one async for one in client.api_keys.every()]
        await office.keys.note()
        (root,) = [one async for one in client.api_keys.every()]
    assert root.HasField("last_use_time")


async def test_a_long_list_has_pages(office: Office) -> None:
    """Each key once."""
    async with grpc.aio.insecure_channel(office.address) as channel:
        stub: Any = RegistrationAdminServiceStub(channel)
        key = (("authorization", f"Bearer {office.root}"),)
        for number in range(4):
            request = pb.CreateApiKeyRequest(display_name=str(number), scopes=[READ])
            await stub.CreateApiKey(request, metadata=key)
        names, token = [], ""
        while True:
            page = await stub.ListApiKeys(
                pb.ListApiKeysRequest(page_size=2, page_token=token), metadata=key
            )
            names += [one.display_name for one in page.api_keys]
            token = page.next_page_token
            if not token:
                break
    assert sorted(names) == ["0", "1", "2", "3", "root"]


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (pb.CreateApiKeyRequest(scopes=[READ]), [("display_name", "REQUIRED")]),
        (pb.CreateApiKeyRequest(display_name="n"), [("scopes", "REQUIRED")]),
        (
            pb.CreateApiKeyRequest(display_name="n", scopes=[UNKNOWN]),
            [("scopes[0]", "UNKNOWN_VALUE")],
        ),
        (
            pb.CreateApiKeyRequest(
                display_name="n", scopes=[ApiKeyScope.API_KEY_SCOPE_OPERATE, READ]
            ),
            [("scopes", "HELD")],
        ),
        (
            pb.RotateApiKeyRequest(api_key_id="k", overlap=Duration(seconds=-1)),
            [("overlap", "DURATION")],
        ),
        (
            pb.RotateApiKeyRequest(api_key_id="k", overlap=Duration(seconds=10**7)),
            [("overlap", "RANGE")],
        ),
    ],
    ids=["unnamed", "nothing", "unknown", "more", "negative", "long"],
)
async def test_what_is_wrong_is_named(
    office: Office,
    request_: Any,  # noqa: ANN401 - either request
    found: list[tuple[str, str]],
) -> None:
    """The field and the rule."""
    async with grpc.aio.insecure_channel(office.address) as channel:
        stub: Any = RegistrationAdminServiceStub(channel)
        method = stub.CreateApiKey if "scopes" in request_.DESCRIPTOR.fields_by_name else None
        call = (method or stub.RotateApiKey)(
            request_, metadata=(("authorization", f"Bearer {office.root}"),)
        )
        _, _, status = await refused(call)
    assert violations(status) == found


async def test_another_tenants_keys_are_not_there(office: Office) -> None:
    """Neither to see nor to end."""
    other = await office.keys.issue("tenant-b", Wanted("theirs", EVERY_SCOPE))
    async with office.client(other.text) as theirs:
        assert [one.display_name async for one in theirs.api_keys.every()] == ["theirs"]
    async with grpc.aio.insecure_channel(office.address) as channel:
        stub: Any = RegistrationAdminServiceStub(channel)
        key = (("authorization", f"Bearer {office.root}"),)
        for call in (
            stub.RotateApiKey(pb.RotateApiKeyRequest(api_key_id=other.row.key_id), metadata=key),
            stub.RevokeApiKey(pb.RevokeApiKeyRequest(api_key_id=other.row.key_id), metadata=key),
        ):
            found, info, _ = await refused(call)
            assert (found, info.reason) == (grpc.StatusCode.NOT_FOUND, "NOT_FOUND")
    assert await code(office, other.text) is grpc.StatusCode.OK

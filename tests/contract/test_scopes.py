"""What each key may: by a table that names every method, and refuses what it does not name."""

from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.descriptor import MethodDescriptor
from tests.contract.every_method import called, message, methods
from tests.contract.test_calls import refused

from registrar.app.api_keys import ApiKeys
from registrar.app.commands import Caller
from registrar.app.notifications.settings import NotificationSettings, Ways
from registrar.app.statistics.analytics import Analytics
from registrar.domain.errors import ScopeMissing
from registrar.ports.api_keys import Scope
from registrar.ports.clock import SystemClock
from registrar.rpc import scopes
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.store.keyring import Keyring
from registrar.testing.desk import Desk, OneCatalogue
from registrar.testing.desk import connectors as operators

RING = Keyring(b"k" * 32)


async def by_name(key: str) -> Caller:
    """A key is called by the scopes that it has: `submit+read`."""
    return Caller("tenant-a", key, frozenset(map(Scope, key.split("+"))))


def key(*having: Scope) -> tuple[tuple[str, str], ...]:
    """With these scopes."""
    return (("authorization", f"Bearer {'+'.join(having)}"),)


@pytest.fixture
async def every(desk: Desk) -> AsyncIterator[grpc.aio.Channel]:
    """To a server of all services but files."""
    store = desk.store
    uses = Uses(
        *(desk, OneCatalogue(), by_name, desk.ping, operators(store)),
        notifications=NotificationSettings(store, RING, SystemClock(), Ways()),
        analytics=Analytics(store.statistics, SystemClock()),
        api_keys=ApiKeys(store, RING),
    )
    server = GrpcServer(uses, ServerSettings(grace=0.5))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{await server.start()}") as channel:
        yield channel
    await server.drain()


def test_every_method_needs_a_scope_and_no_other_has_one() -> None:
    """A new method is refused until somebody has said who may."""
    assert scopes.NEEDED.keys() == {one.name for one in methods()}


def test_a_method_that_nobody_has_thought_of_is_refused() -> None:
    """To whoever may everything."""
    with pytest.raises(ScopeMissing):
        scopes.demand("GetSecrets", Caller("tenant-a", "a", frozenset(Scope)))


SERVED = [one for one in methods() if one.containing_service.name != "ArtifactService"]


@pytest.mark.parametrize("method", SERVED, ids=lambda one: one.name)
async def test_all_other_scopes_together_do_not_open_a_method(
    every: grpc.aio.Channel, method: MethodDescriptor
) -> None:
    """The answer names the scope that is missing."""
    needed = scopes.NEEDED[method.name]
    others = key(*(one for one in Scope if one is not needed))
    code, info, status = await refused(called(every, method, message(method), others))
    assert (code, info.reason) == (grpc.StatusCode.PERMISSION_DENIED, "SCOPE_MISSING")
    assert needed.value in status.message


@pytest.mark.parametrize("method", SERVED, ids=lambda one: one.name)
async def test_the_scope_alone_opens_it(every: grpc.aio.Channel, method: MethodDescriptor) -> None:
    """Whatever is wrong with the request then."""
    code = grpc.StatusCode.OK
    try:
        await called(every, method, message(method), key(scopes.NEEDED[method.name]))
    except grpc.aio.AioRpcError as error:
        code = error.code()
    assert code in {
        grpc.StatusCode.OK,
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
    }


def test_to_look_is_to_read_and_to_move_many_is_to_operate() -> None:
    """Who administers keys need not see a registration; who submits moves one at a time."""
    bulk = {name: scope for name, scope in scopes.NEEDED.items() if "Bulk" in name}
    assert bulk == {
        "GetBulkOperation": Scope.READ,
        "ListBulkOperations": Scope.READ,
        "CreateBulkOperation": Scope.OPERATE,
        "CancelBulkOperation": Scope.OPERATE,
    }
    assert scopes.NEEDED["ListDeadLetters"] is Scope.READ

"""Watchers that read slowly, stop reading, or vanish: the real use cases behind a real server."""

import asyncio
import dataclasses
import os
import signal
import socket
import sys
import textwrap
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import grpc
import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from registrar.app.assist import Assist
from registrar.app.batching import Batcher
from registrar.app.commands import Caller, Submit, WatchMessage, WatchStart
from registrar.app.event_log import EventLog
from registrar.app.intervene import Intervene
from registrar.app.queries import Queries
from registrar.app.registrations import RegistrationUseCases
from registrar.app.submit import SubmitRegistrations
from registrar.app.watch import Watches, WatchLimits
from registrar.domain.customer import Consents, Customer
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.policy import Capabilities
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import Event, EventKind, Registration, Transition
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.guides import NoGuides
from registrar.rpc.lanes import LaneLimits, Limits
from registrar.rpc.server import GrpcServer, ServerSettings, Uses
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.customers import customers
from registrar.testing.desk import ACME, OneCatalogue, authenticate
from registrar.testing.desk import connectors as operators
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer
from registrar.testing.papers import SheetPapers
from registrar.testing.vault import MemoryVault
from registrar.v1 import enums_pb2 as enums
from registrar.v1 import registration_service_pb2 as service
from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

Stub = Any  # the generated classes have their asynchronous type only in their stub files
Call = Any  # grpc's type of it is not public
KEY = (("authorization", "Bearer key-a"),)
LARGE = "x" * 10_000
MANY = 60
"""Large events: far more than a connection takes without a reader."""


class Acme(OneManufacturer):
    """One manufacturer, described."""

    def manufacturers(self) -> dict[str, Manufacturer]:
        """Acme."""
        return {"acme": ACME}


class Counted(RegistrationUseCases):
    """Counts the messages that were made for watchers."""

    made = 0

    async def watch(self, caller: Caller, start: WatchStart) -> AsyncGenerator[WatchMessage, None]:
        """As it is."""
        async with aclosing(self.watches.watch(caller, start)) as messages:
            async for message in messages:
                Counted.made += 1
                yield message


@dataclass
class Gateway:
    """A server over one registration, to which things happen when told."""

    port: int
    log: EventLog
    store: MemoryStore
    doorbell: MemoryDoorbell
    now: Registration
    resume_token: str

    @asynccontextmanager
    async def client(self) -> AsyncIterator[Stub]:
        """On a connection of its own, that takes little without a reader."""
        options = (("grpc.http2.bdp_probe", 0), ("grpc.use_local_subchannel_pool", 1))
        async with grpc.aio.insecure_channel(f"127.0.0.1:{self.port}", options=options) as made:
            yield RegistrationServiceStub(made)

    def watch(self, stub: Stub, token: str = "") -> Call:
        """From the beginning, or from a token."""
        ids = service.RegistrationIds(ids=[self.now.id])
        token = token or self.resume_token
        wanted = service.WatchRegistrationsRequest(registration_ids=ids, resume_token=token)
        return stub.WatchRegistrations(wanted, metadata=KEY)

    async def happens(self, times: int) -> None:
        """So many large events."""
        for _ in range(times):
            before = self.now
            self.now = replace(before, revision=before.revision + 1)
            event = Event(
                registration_id=before.id,
                tenant_id=before.tenant_id,
                sequence=self.now.revision,
                at=datetime.now(UTC),
                kind=EventKind.STATE_CHANGED,
                actor="worker",
                state=before.state,
                detail={"reason": LARGE},
            )
            change = Transition(self.now, before.revision, (event,), job=None, keep_job=True)
            assert await self.store.write([change], timedelta(0)) == [True]
        await self.doorbell.ring("events")


def submission() -> Submit:
    """A washing machine."""
    bought = Submission(
        customer=Customer("Ada", "Lovelace", "ada@example.com"),
        product=Product("AC0000000001", "AC-1"),
        purchase=Purchase(date(2026, 10, 1), "DE"),
        consents=Consents(terms=True),
    )
    return Submit("5b7ee2e8-5b0c-4b60-a0c0-7f5f9f0fdb31", "acme", "Acme", bought)


@pytest.fixture
def patience() -> float:
    """As in production, unless a test says otherwise."""
    return ServerSettings().patience


@pytest.fixture
async def gateway(patience: float) -> AsyncIterator[Gateway]:
    """With room for two watches, of the key and of the process."""
    store, vault, clock, doorbell = MemoryStore(), MemoryVault(), SystemClock(), MemoryDoorbell()
    log = EventLog(store, doorbell, poll=0.05)
    await log.start()
    tail = asyncio.create_task(log.run())
    queries = Queries(store, vault, clock, log)
    acme = Acme(LedgerConnector(Capabilities(verify="strong", idempotency="key")))
    desk = Counted(
        SubmitRegistrations(
            store,
            Batcher(store.insert),
            acme,
            vault,
            clock,
            log,
            lambda one, _maker, _today: (one, ()),
        ),
        queries,
        Watches(queries, WatchLimits(per_key=2)),
        Intervene(store, queries, clock),
        doorbell,
        Assist(Intervene(store, queries, clock), NoGuides(), acme, SheetPapers()),
        customers(queries),
    )
    made = await desk.submit(Caller("tenant-a", "a"), submission())
    Counted.made = 0
    settings = ServerSettings(patience=patience, limits=Limits(watches=LaneLimits(2, 0)), grace=0.1)
    server = GrpcServer(
        Uses(desk, OneCatalogue(), authenticate, store.ping, operators(store)), settings
    )
    port = await server.start()
    token = made.resume_token
    yield Gateway(port, log, store, doorbell, made.view.registration, token)
    await server.drain()
    tail.cancel()
    with suppress(asyncio.CancelledError):
        await tail


async def sequences(call: Call, last: int) -> list[int]:
    """Of the events up to one."""
    seen: list[int] = []
    async with asyncio.timeout(20):
        while last not in seen:
            message = await call.read()
            if message.WhichOneof("message") == "event":
                seen.append(message.event.sequence)
    return seen


async def rest(call: Call) -> list[service.WatchRegistrationsResponse]:
    """Everything until it ends."""
    messages: list[service.WatchRegistrationsResponse] = []
    async with asyncio.timeout(20):
        while (message := await call.read()) is not grpc.aio.EOF:
            messages.append(message)
    return messages


async def eventually(holds: Callable[[], bool]) -> None:
    """Within ten seconds."""
    async with asyncio.timeout(10):
        while not holds():  # noqa: ASYNC110 - what is awaited sets no event
            await asyncio.sleep(0.01)


async def stalled(call: Call) -> None:
    """Reads one message, and then waits until no more are made for it."""
    await call.read()
    made = -1
    while made != Counted.made:
        made = Counted.made
        await asyncio.sleep(0.2)


async def test_a_reader_that_stalls_never_delays_another(gateway: Gateway) -> None:
    """Who reads is told everything meanwhile; who reads on later is told it too, once."""
    async with gateway.client() as one, gateway.client() as other:
        slow, fast = gateway.watch(one), gateway.watch(other)
        await slow.read()
        await gateway.happens(MANY)
        last = gateway.now.revision
        assert await sequences(fast, last) == list(range(1, last + 1))
        told = Counted.made
        assert told < 2 * last
        await gateway.happens(MANY)
        assert await sequences(fast, last + MANY) == list(range(last + 1, last + MANY + 1))
        assert await sequences(slow, last + MANY) == list(range(1, last + MANY + 1))


async def test_nothing_is_made_for_who_does_not_read(gateway: Gateway) -> None:
    """A watcher is a cursor and a wake-up, never a queue."""
    async with gateway.client() as one:
        call = gateway.watch(one)
        await gateway.happens(MANY)
        await stalled(call)
        made = Counted.made
        assert made < MANY
        for _ in range(5):
            await gateway.happens(MANY)
            await asyncio.sleep(0.02)
        assert Counted.made == made


@pytest.mark.parametrize("patience", [0.5])
async def test_who_does_not_read_in_time_is_let_go(gateway: Gateway) -> None:
    """Its places and its bell at once; when it reads on, it is told why and where to go on."""
    async with gateway.client() as one, gateway.client() as other:
        slow = gateway.watch(one)
        await gateway.happens(MANY)
        await slow.read()
        await eventually(lambda: not gateway.log.watched)
        for fresh in [gateway.watch(other) for _ in range(2)]:
            assert (await fresh.read()).resume_token
            fresh.cancel()
        told = await rest(slow)
        closing = told[-1].closing
        events = [message.event.sequence for message in told[:-1]]
        assert closing.reason == enums.WATCH_CLOSING_REASON_TOO_SLOW
        assert closing.reconnect_delay.seconds == 1
        assert await slow.code() is grpc.StatusCode.OK
        assert events == list(range(1, len(events) + 1))
        again = gateway.watch(other, told[-1].resume_token)
        last = gateway.now.revision
        assert await sequences(again, last) == list(range(len(events) + 1, last + 1))


PROGRAM = """
    import asyncio, sys
    import grpc
    from registrar.v1 import registration_service_pb2 as service
    from registrar.v1.registration_service_pb2_grpc import RegistrationServiceStub

    async def main(port, registration_id, token):
        async with grpc.aio.insecure_channel("127.0.0.1:" + port) as channel:
            ids = service.RegistrationIds(ids=[registration_id])
            call = RegistrationServiceStub(channel).WatchRegistrations(
                service.WatchRegistrationsRequest(registration_ids=ids, resume_token=token),
                metadata=(("authorization", "Bearer key-a"),),
            )
            await call.read()
            print("watching", flush=True)
            await asyncio.sleep(60)

    asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.parametrize("events", [0, 10 * MANY], ids=["waiting", "writing"])
async def test_a_killed_client_leaves_nothing_behind(gateway: Gateway, events: int) -> None:
    """Whether its watch waits or is being written; and no defect is logged."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", textwrap.dedent(PROGRAM)),
        *(str(gateway.port), gateway.now.id, gateway.resume_token),
        stdout=asyncio.subprocess.PIPE,
    )
    assert program.stdout is not None
    assert await program.stdout.readline() == b"watching\n"
    await gateway.happens(events)
    await asyncio.sleep(0.5)
    with capture_logs() as lines:
        os.kill(program.pid, signal.SIGKILL)
        await program.wait()
        await eventually(lambda: not gateway.log.watched)
        await eventually(lambda: bool(lines))
    assert [(one["method"], one["code"]) for one in lines] == [("WatchRegistrations", "CANCELLED")]
    async with gateway.client() as one:
        for fresh in [gateway.watch(one) for _ in range(2)]:
            await fresh.read()


async def test_a_connection_that_breaks_leaves_nothing_behind(gateway: Gateway) -> None:
    """A reset instead of a goodbye, as from a router that lost its memory."""
    broken: list[asyncio.StreamWriter] = []

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        other_reader, other_writer = await asyncio.open_connection("127.0.0.1", gateway.port)
        broken.extend((writer, other_writer))
        with suppress(ConnectionError):
            await asyncio.gather(pumped(reader, other_writer), pumped(other_reader, writer))

    async with await asyncio.start_server(relay, "127.0.0.1", 0) as between:
        port = between.sockets[0].getsockname()[1]
        async with dataclasses.replace(gateway, port=port).client() as one:
            call = gateway.watch(one)
            await call.read()
            for writer in broken:
                plain = writer.get_extra_info("socket")
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                writer.transport.abort()
            await eventually(lambda: not gateway.log.watched)


async def pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either side ends."""
    while some := await reader.read(65536):
        writer.write(some)
        await writer.drain()

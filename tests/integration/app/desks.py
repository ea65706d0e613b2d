"""The use cases of the service on one store, with a worker that runs when told."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from msgspec.structs import replace

from registrar.app.advance import Advance, batched, looked_up
from registrar.app.batching import Batcher
from registrar.app.commands import (
    Caller,
    Closing,
    Heartbeat,
    Submit,
    Submitted,
    View,
    WatchMessage,
)
from registrar.app.event_log import EventLog
from registrar.app.gating import Gates, NoGates
from registrar.app.registrations import RegistrationUseCases
from registrar.domain.customer import Consents, Customer
from registrar.domain.errors import (
    Violation,
)
from registrar.domain.manufacturer import Manufacturer
from registrar.domain.policy import Capabilities
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.registration import Event
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.connector import Catalogue
from registrar.ports.keys import Keys
from registrar.ports.store import Store
from registrar.signals.memory import MemoryDoorbell
from registrar.testing.desk import ACME
from registrar.testing.manufacturer import LedgerConnector, OneManufacturer
from registrar.testing.vault import MemoryVault

A, B = Caller("tenant-a", "key-a"), Caller("tenant-b", "key-b")
STRONG = Capabilities(verify="strong", idempotency="key")


def accepted(
    submission: Submission, maker: Manufacturer, today: date
) -> tuple[Submission, tuple[Violation, ...]]:
    """Validation has its own tests."""
    del maker, today
    return submission, ()


class Acme(OneManufacturer):
    """One manufacturer, described."""

    def manufacturers(self) -> dict[str, Manufacturer]:
        """Acme."""
        return {"acme": ACME}


@dataclass
class System:
    """The use cases on one store, and a worker that runs when told."""

    store: Store
    vault: MemoryVault
    log: EventLog
    doorbell: MemoryDoorbell
    desk: RegistrationUseCases
    connector: LedgerConnector
    catalogue: Catalogue
    gates: Gates = field(default_factory=NoGates)

    @property
    def keys(self) -> Keys:
        """What is not one record's."""
        return self.vault.keys

    async def submit(self, caller: Caller = A, **changes: object) -> Submitted:
        """One registration."""
        return await self.desk.submit(caller, command(**changes))

    async def advance(self) -> None:
        """Everything that is due, once."""
        store, writer = self.store, Batcher(batched(self.store, timedelta(seconds=30)))
        reader = Batcher(looked_up(store))
        worker = Advance(
            store, reader, writer, self.catalogue, self.vault, SystemClock(), gates=self.gates
        )
        for job in await store.release(
            "api",
            limit=100,
            in_flight=dict.fromkeys(["acme", *self.catalogue.manufacturers()], 100),
            rehint_after=timedelta(seconds=30),
        ):
            await worker.run(job.registration_id, job.fence)
        await self.doorbell.ring("events")


def submission(serial: str = "") -> Submission:
    """A washing machine."""
    return Submission(
        customer=Customer("Ada", "Lovelace", "ada@example.com", user_ref="user-1"),
        product=Product(serial or uuid.uuid4().hex[:12], "AC-1"),
        purchase=Purchase(date(2026, 10, 1), "DE"),
        consents=Consents(terms=True),
        external_reference="order-1",
    )


def command(**changes: object) -> Submit:
    """A fresh request."""
    made = Submit(str(uuid.uuid4()), "acme", "Acme", submission())
    return replace(made, **changes)  # type: ignore[arg-type]  # any field


def bodies(messages: list[WatchMessage]) -> list[object]:
    """Without heartbeats: events as sequence, snapshots as state, closings as reason."""
    said: list[object] = []
    for message in messages:
        match message.body:
            case View(registration=one):
                said.append(one.state)
            case Event(sequence=number):
                said.append(number)
            case Closing(reason=reason):
                said.append(reason)
            case Heartbeat():
                pass
    return said


async def gathered(stream: AsyncIterator[WatchMessage], most: float = 5) -> list[WatchMessage]:
    """Until it ends."""
    async with asyncio.timeout(most):
        return [message async for message in stream]

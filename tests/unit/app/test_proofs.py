"""Proofs that a submission names, and a database that goes away between its steps."""

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from registrar.app.commands import Caller, Submit
from registrar.app.proofs import Proofs
from registrar.domain.artifact import Artifact
from registrar.domain.customer import Customer
from registrar.domain.errors import StoreUnavailable
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.store import Inserted, InsertStatus, NewRegistration
from registrar.store.memory import MemoryStore
from registrar.testing.records import Wanted, new_registration
from registrar.testing.store_artifacts_suite import artifact, shown

A = Caller("tenant-a", "key-a")
YEAR = timedelta(days=365)


class Writer:
    """Inserts, and takes the rows of artifacts away behind it; `fails`: it does not insert."""

    def __init__(self, store: MemoryStore, *, fails: bool = False) -> None:
        self.store = store
        self.fails = fails

    async def add(self, item: NewRegistration) -> Inserted:
        """After the commit."""
        if self.fails:
            raise StoreUnavailable
        (done,) = await self.store.insert([item])
        return done


class Forgetful(MemoryStore):
    """Its rows of artifacts answer no more once something is inserted."""

    async def insert(self, items: Sequence[NewRegistration]) -> list[Inserted]:
        """The last that works."""
        done = await super().insert(items)

        async def away(*_: object) -> None:
            raise StoreUnavailable

        self.artifacts.bind = self.artifacts.release = away  # type: ignore[method-assign]  # the point
        return done


def command(proof: Artifact, request_id: str) -> Submit:
    """Of a product with that proof."""
    bought = Submission(
        customer=Customer("Ada", "Lovelace", "ada@example.com"),
        product=Product("AC0123456789"),
        purchase=Purchase(date(2026, 10, 1), "DE", proofs=(proof.id,)),
    )
    return Submit(request_id, "acme", "Acme", bought)


@pytest.mark.parametrize("same_product", [False, True])
async def test_what_cannot_be_bound_now_is_settled_later(*, same_product: bool) -> None:
    """The registration is durable: its caller is told so."""
    store = Forgetful()
    proof = await shown(store, artifact())
    if same_product:
        await MemoryStore.insert(store, [new_registration(Wanted(serial=b"s"))])
    request_id = str(uuid.uuid4())
    proofs = Proofs(store, Writer(store), SystemClock(), YEAR)
    item = new_registration(Wanted(request_id=request_id, serial=b"s"))
    done = await proofs.insert(A, command(proof, request_id), item)
    assert done.status is (InsertStatus.DUPLICATE if same_product else InsertStatus.CREATED)
    later = datetime.now(UTC) + timedelta(minutes=1)
    assert await store.artifacts.settle(later, later + YEAR) == 1
    found = (await store.artifacts.find("tenant-a", [proof.id]))[proof.id]
    assert found.registration_id == ("" if same_product else item.transition.registration.id)


async def test_a_submission_that_is_not_stored_may_be_repeated() -> None:
    """Its proof still waits for it, and for no other."""
    store = MemoryStore()
    proof = await shown(store, artifact())
    request_id = str(uuid.uuid4())
    item = new_registration(Wanted(request_id=request_id))
    away = Proofs(store, Writer(store, fails=True), SystemClock(), YEAR)
    with pytest.raises(StoreUnavailable):
        await away.insert(A, command(proof, request_id), item)
    back = Proofs(store, Writer(store), SystemClock(), YEAR)
    done = await back.insert(A, command(proof, request_id), item)
    assert done.status is InsertStatus.CREATED
    assert await store.artifacts.of("tenant-a", done.registration.id) != []

"""What submitting decides by itself, before and after the store."""

import dataclasses
import uuid
from collections.abc import Mapping
from datetime import date

import pytest
from msgspec.structs import replace

from registrar.app.batching import Batcher
from registrar.app.commands import Caller, Submit
from registrar.app.event_log import EventLog
from registrar.app.routing import Routing
from registrar.app.submit import SubmitRegistrations
from registrar.domain.customer import Customer
from registrar.domain.errors import InvalidRequest, Violation
from registrar.domain.manufacturer import Manufacturer, TierListing
from registrar.domain.outcome import Tier
from registrar.domain.product import Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.clock import SystemClock
from registrar.ports.store import Inserted, NewRegistration
from registrar.signals.memory import MemoryDoorbell
from registrar.store.memory import MemoryStore
from registrar.testing.desk import ACME
from registrar.testing.manufacturer import OneManufacturer
from registrar.testing.vault import MemoryVault

A = Caller("tenant-a", "key-a")
SUBMISSION = Submission(
    customer=Customer("Ada", "Lovelace", "ada@example.com"),
    product=Product("AC0123456789"),
    purchase=Purchase(date(2026, 10, 1), "DE"),
)


class Brands(OneManufacturer):
    """Acme, under these brands, by every route."""

    def __init__(self, *brands: str) -> None:
        super().__init__(None)
        tiers = tuple(TierListing(one, "anyone", "documented", enabled=True) for one in Tier)
        self.acme = dataclasses.replace(ACME, brands=brands, tiers=tiers)

    def manufacturers(self) -> Mapping[str, Manufacturer]:
        """By id."""
        return {"acme": self.acme}


def accepted(
    submission: Submission, maker: Manufacturer, today: date
) -> tuple[Submission, tuple[Violation, ...]]:
    """Validation has its own tests; it breaks over one serial number."""
    del maker, today
    if submission.product.serial_number == "BROKEN":
        raise ZeroDivisionError("a defect")
    return submission, ()


def submitting(*brands: str) -> SubmitRegistrations:
    """On a store in memory."""
    store = MemoryStore()
    return SubmitRegistrations(
        store=store,
        inserting=Batcher(store.insert, wait=0),
        catalogue=Brands(*brands),
        vault=MemoryVault(),
        clock=SystemClock(),
        log=EventLog(store, MemoryDoorbell()),
        validate=accepted,
    )


def command(brand: str = "Acme", submission: Submission = SUBMISSION) -> Submit:
    """A fresh request."""
    return Submit(str(uuid.uuid4()), "acme", brand, submission)


async def test_an_only_brand_needs_no_naming() -> None:
    """It is the one."""
    made = await submitting("Acme").one(A, command(brand=""))
    assert made.view.registration.brand == "Acme"


@pytest.mark.parametrize(("brand", "rule"), [("", "required"), ("Other", "unknown")])
async def test_of_several_brands_one_is_named(brand: str, rule: str) -> None:
    """Nobody here guesses."""
    with pytest.raises(InvalidRequest) as caught:
        await submitting("Acme", "Nova").one(A, command(brand=brand))
    assert [(one.field, one.rule) for one in caught.value.violations] == [("brand", rule)]


async def test_a_brand_is_stored_as_the_manufacturer_writes_it() -> None:
    """Whatever the case of the request."""
    made = await submitting("Acme", "Nova").one(A, command(brand="nOVA"))
    assert made.view.registration.brand == "Nova"


def limited(*tiers: Tier) -> SubmitRegistrations:
    """Tenant A may take no others."""
    routing = Routing({A.tenant_id: frozenset(tiers)})
    return dataclasses.replace(submitting("Acme"), routing=routing)


async def test_a_tenants_registrations_take_its_routes_alone() -> None:
    """In the order of all; of those that its caller wants, if it names any."""
    some, other = (Tier.WEB, Tier.MANUAL), replace(A, tenant_id="other")
    for caller, wanted, taken in (
        (A, (), (Tier.API, Tier.MANUAL)),
        (A, some, (Tier.MANUAL,)),
        (other, some, some),
    ):
        asked = replace(command(), allowed_tiers=wanted)
        made = await limited(Tier.MANUAL, Tier.API).one(caller, asked)
        assert made.view.registration.allowed_tiers == taken


async def test_a_submission_without_any_route_of_its_tenants_is_refused() -> None:
    """And told that it is the tenant's doing, not the manufacturer's."""
    refused = replace(command(), allowed_tiers=(Tier.WEB,))
    with pytest.raises(InvalidRequest) as caught:
        await limited(Tier.API).one(A, refused)
    found = [(one.field, one.rule) for one in caught.value.violations]
    assert found == [("allowed_tiers", "not_for_tenant")]


async def test_a_defect_is_no_result_of_a_batch() -> None:
    """It is raised, where an item that is refused would only be told so."""
    broken = replace(SUBMISSION, product=Product("BROKEN"))
    with pytest.raises(ZeroDivisionError, match="a defect"):
        await submitting("Acme").many(A, [command(), command(submission=broken)])


class Noting:
    """Inserts, and remembers what."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.items: list[NewRegistration] = []

    async def add(self, item: NewRegistration) -> Inserted:
        """One."""
        self.items.append(item)
        return (await self.store.insert([item]))[0]


async def test_a_request_repeated_across_an_update_is_the_same() -> None:
    """The digest is that of the version before a submission could name proofs."""
    noting = Noting(MemoryStore())
    use_case = dataclasses.replace(submitting("Acme"), inserting=noting)
    bought = replace(SUBMISSION.purchase, retailer='a,"proofs":[]')
    await use_case.one(A, command(submission=replace(SUBMISSION, purchase=bought)))
    assert noting.items[0].body_digest.hex() == (
        "8cef67c9b7dce41ba4ab3d86c9098725c2cd5ff3ab7e57921bbe35c60339221b"
    )

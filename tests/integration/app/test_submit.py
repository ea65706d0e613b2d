"""Submit: durable, idempotent, validated, and by whom; over all three stores."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace
from tests.integration.app.desks import (
    A,
    B,
    System,
    command,
    submission,
)

from registrar.admission.quotas import MemoryQuotas
from registrar.app.api_keys import ApiKeys
from registrar.app.batching import Batcher
from registrar.app.commands import (
    Selection,
    Submitted,
)
from registrar.app.rate_limits import RateLimits
from registrar.domain.errors import (
    ApiKeyInvalid,
    DuplicateRegistration,
    InvalidRequest,
    NotFound,
    RateLimited,
    RequestIdReused,
    UnknownManufacturer,
    Violation,
)
from registrar.domain.outcome import Tier
from registrar.ports.quotas import Asked
from registrar.resilience.quota import SECOND, USER, Quota, Taken
from registrar.store.keyring import Keyring


async def test_a_submission_is_there_at_once(system: System) -> None:
    """By id, by reference, by serial in another spelling, and in the list."""
    made = await system.submit(submission=submission("ab-12 34x"))
    found = made.view.registration
    assert made.created
    assert await system.desk.get(A, found.id) == made.view
    by_reference = await system.desk.lookup(A, external_reference="order-1")
    by_serial = await system.desk.lookup(A, manufacturer_id="acme", serial_number="AB1234X")
    assert by_reference == by_serial == made.view
    page = await system.desk.page(A, Selection(), descending=True, page_size=10, page_token="")
    assert list(page.views) == [made.view]


async def test_the_same_request_is_the_same_registration(system: System) -> None:
    """Fifty times at once: one row, one id."""
    same = command()
    made = await asyncio.gather(*(system.desk.submit(A, same) for _ in range(50)))
    assert len({one.view.registration.id for one in made}) == 1
    assert sum(one.created for one in made) == 1


async def test_a_reused_request_id_is_refused(system: System) -> None:
    """Same key, other body."""
    first = command()
    await system.desk.submit(A, first)
    with pytest.raises(RequestIdReused):
        await system.desk.submit(A, replace(first, submission=submission()))


async def test_a_second_registration_of_a_product_is_a_duplicate(system: System) -> None:
    """Refused with the first one's id, or answered with it."""
    first = await system.submit(submission=submission("SERIAL1"))
    with pytest.raises(DuplicateRegistration) as caught:
        await system.submit(submission=submission("serial-1"))
    again = await system.submit(submission=submission("serial-1"), duplicates="return_existing")
    assert caught.value.registration_id == first.view.registration.id
    assert (again.created, again.view) == (False, first.view)
    other = await system.submit(B, submission=submission("SERIAL1"))
    assert other.created


async def test_all_violations_come_at_once(system: System) -> None:
    """What could not be read, the request's own rules, the brand and the routes."""
    with pytest.raises(InvalidRequest) as caught:
        await system.submit(
            request_id="no uuid",
            brand="Other",
            allowed_tiers=(Tier.WEB,),
            not_before=datetime.now(UTC) + timedelta(days=200),
            complete_by=datetime.now(UTC) - timedelta(days=1),
            violations=(Violation("purchase.date", "date", "Not a date."),),
        )
    assert [one.field for one in caught.value.violations] == [
        "purchase.date",
        "request_id",
        "not_before",
        "complete_by",
        "brand",
        "allowed_tiers",
    ]


@pytest.mark.parametrize("given", ["", "nobody"])
async def test_an_unknown_manufacturer_is_named(system: System, given: str) -> None:
    """With the field."""
    with pytest.raises(UnknownManufacturer) as caught:
        await system.submit(manufacturer_id=given)
    assert caught.value.violations[0].field == "manufacturer_id"


async def test_validate_only_stores_nothing(system: System) -> None:
    """It answers with the plan."""
    made = await system.submit(validate_only=True)
    assert [(one.tier, one.why) for one in made.plan] == [
        (Tier.API, ""),
        (Tier.WEB, "not_in_manifest"),
        (Tier.MANUAL, "not_in_manifest"),
    ]
    with pytest.raises(NotFound):
        await system.desk.get(A, made.view.registration.id)


async def test_a_batch_has_a_result_an_item(system: System) -> None:
    """In order, errors among them."""
    good, bad = command(), command(brand="Other")
    results = await system.desk.submit_many(A, [good, bad, good])
    assert isinstance(results[0], Submitted)
    assert isinstance(results[1], InvalidRequest)
    assert isinstance(results[2], Submitted)
    assert results[0].view == results[2].view


async def test_keys_open_their_own_tenant(system: System) -> None:
    """Wrong, unknown, misspelt and foreign ones do not."""
    keys = ApiKeys(system.store, system.keys)
    issued = (await keys.issue("tenant-a")).text
    caller = await keys.authenticate(issued)
    assert caller.tenant_id == "tenant-a"
    assert await keys.authenticate(issued) == caller
    other = ApiKeys(system.store, Keyring(b"o" * 32))
    for wrong in (
        "",
        "rgk_dev_x",
        issued[:-1] + ("1" if issued[-1] == "0" else "0"),
        issued.replace("rgk", "abc"),
        issued + "ü",
    ):
        with pytest.raises(ApiKeyInvalid):
            await keys.authenticate(wrong)
    with pytest.raises(ApiKeyInvalid):
        await other.authenticate(issued)


async def test_one_too_many_for_an_end_user_is_refused_and_what_was_accepted_is_not(
    system: System,
) -> None:
    """Whatever key asks, in a batch item by item; to try it out costs nothing."""
    account: Batcher[Asked, Taken] = Batcher(MemoryQuotas(lambda: SECOND).take)
    limits = RateLimits(account.add, {USER: Quota(2, 3_600, 2)})
    submissions = dataclasses.replace(system.desk.submissions, rate_limits=limits)
    desk = dataclasses.replace(system.desk, submissions=submissions)
    for _ in range(3):
        await desk.submit(A, command(validate_only=True))
    first = command()
    made = await desk.submit(A, first)
    done, refused = await desk.submit_many(A, [command(), command()])
    assert isinstance(done, Submitted)
    assert isinstance(refused, RateLimited)
    assert (refused.subject, refused.retry_after) == ("customer.user_ref", timedelta(minutes=30))
    assert (await desk.submit(A, first)).view == made.view
    other = submission()
    other = replace(other, customer=replace(other.customer, user_ref="user-2"))
    assert (await desk.submit(A, command(submission=other))).created
    assert (await desk.submit(B, command())).created
    nobody = submission()
    nobody = replace(nobody, customer=replace(nobody.customer, user_ref=""))
    for _ in range(3):
        assert (await desk.submit(A, command(submission=nobody))).created
        nobody = replace(nobody, product=submission().product)

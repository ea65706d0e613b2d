"""Acme and Samsung against the sandbox, faults included, with its ledger as the oracle."""

import asyncio
from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from registrar.connectors.kit.catalogue import ConnectorSettings, FileCatalogue
from registrar.domain.customer import Address, Consents, Customer
from registrar.domain.outcome import Code, Effect, Outcome, Tier, Verdict
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase
from registrar.domain.submission import Submission
from registrar.ports.connector import Connector, Job
from registrar.sandbox import Sandbox

World = tuple[Sandbox, str]


def job(number: int = 1, **changes: object) -> Job:
    """One registration."""
    submission = Submission(
        customer=Customer(
            "Ada",
            "Łoś",
            "ada@example.com",
            phone="+49301234567",
            company="Ada & Co",
            address=Address(("Invalidenstr. 44",), "Berlin", "DE", postal_code="10115"),
        ),
        product=Product(
            f"AC26XY{number:06d}",
            "AC-WM-1000",
            identifiers=(Identifier("imei", "490154203237518"),),
        ),
        purchase=Purchase(date(2026, 10, 1), "DE", retailer="MediaHaus"),
        consents=Consents(terms=True),
    )
    made = Job(f"reg_{number}", f"reg_{number}", "Acme", submission)
    return replace(made, **changes)  # type: ignore[arg-type]  # any field


def connector(catalogue: FileCatalogue, manufacturer: str) -> Connector:
    """Of the API."""
    found = catalogue.connector(manufacturer, Tier.API)
    assert found is not None
    return found


@pytest.fixture
def acme(catalogue: FileCatalogue) -> Connector:
    """partner-v1."""
    return connector(catalogue, "acme")


@pytest.fixture
def samsung(catalogue: FileCatalogue) -> Connector:
    """Knox."""
    return connector(catalogue, "samsung")


def effects(world: World) -> int:
    """How many registrations the manufacturers have carried out."""
    return len(world[0].world.ledger.report()["effects"])


async def test_acme_registers_at_once(acme: Connector, sandbox: World) -> None:
    """With a reference that the look-up finds too."""
    outcome = await acme.submit(job())
    found = await acme.verify(job())
    assert (outcome.code, outcome.effect) == (Code.REGISTERED, Effect.ACCEPTED)
    assert outcome.reference == found.reference == "ACM-000001"
    assert found.verdict is Verdict.FOUND
    assert effects(sandbox) == 1


async def test_a_repeated_key_is_the_same_registration(acme: Connector, sandbox: World) -> None:
    """Sent again, nothing happens again."""
    first, second = await acme.submit(job()), await acme.submit(job())
    assert first.reference == second.reference
    assert effects(sandbox) == 1


async def test_what_was_never_there_is_absent(acme: Connector) -> None:
    """Definitely."""
    assert (await acme.verify(job())).verdict is Verdict.ABSENT


async def test_a_manufacturer_that_hangs_takes_nobody_elses_place(
    acme: Connector, samsung: Connector, sandbox: World
) -> None:
    """More requests than one pool for all would hold, on the very host of the other."""
    sandbox[0].world.script.replace([{"fault": "hang", "manufacturer": "acme", "seconds": 3}])
    hanging = [asyncio.create_task(acme.submit(job(number))) for number in range(2, 302)]
    await asyncio.sleep(0.5)
    outcome = await samsung.submit(job())
    assert not any(one.done() for one in hanging)
    assert (outcome.code, outcome.effect) == (Code.ACCEPTED_PENDING, Effect.ACCEPTED)
    for one in hanging:
        one.cancel()
    await asyncio.gather(*hanging, return_exceptions=True)


@pytest.mark.parametrize(
    ("fault", "code", "effect", "committed"),
    [
        ({"fault": "commit_then_drop"}, Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, 1),
        ({"fault": "reset_before_commit"}, Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, 0),
        ({"fault": "status", "status": 500}, Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, 0),
        ({"fault": "html"}, Code.OUTCOME_UNKNOWN, Effect.UNKNOWN, 0),
        ({"fault": "throttle", "retry_after": 3}, Code.RATE_LIMITED, Effect.REFUSED, 0),
    ],
)
@pytest.mark.parametrize("manufacturer", ["acme", "samsung"])
async def test_each_fault_has_its_effect(  # noqa: PLR0913, PLR0917 - one table
    catalogue: FileCatalogue,
    sandbox: World,
    manufacturer: str,
    fault: dict[str, object],
    code: Code,
    effect: Effect,
    committed: int,
) -> None:
    """And after an unclear one the look-up tells which it was."""
    made = connector(catalogue, manufacturer)
    sandbox[0].world.script.replace([fault | {"step": "submit"}])
    outcome = await made.submit(job())
    assert (outcome.code, outcome.effect) == (code, effect)
    assert effects(sandbox) == committed
    if fault["fault"] == "throttle":
        assert outcome.retry_after == timedelta(seconds=3)
    await asyncio.sleep(0.15)
    verdict = (await made.verify(job())).verdict
    assert verdict is (Verdict.FOUND if committed else Verdict.ABSENT)


async def test_a_product_of_the_same_owner_is_registered_already(acme: Connector) -> None:
    """Which is a success."""
    first = await acme.submit(job())
    again = await acme.submit(job(registration_id="reg_9", idempotency_key="reg_9"))
    assert (again.code, again.effect) == (Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
    assert again.reference == first.reference


async def test_a_product_of_another_owner_is_refused(acme: Connector) -> None:
    """With something to tell the customer."""
    await acme.submit(job())
    other = job().submission
    other = replace(other, customer=replace(other.customer, email="eve@example.com"))
    outcome = await acme.submit(job(idempotency_key="reg_9", submission=other))
    assert (outcome.code, outcome.effect) == (Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED)
    assert "Another owner" in outcome.user_message


async def test_a_value_that_does_not_fit_is_refused_before_it_is_sent(
    acme: Connector, sandbox: World
) -> None:
    """With its canonical path."""
    product = replace(job().submission.product, serial_number="A" * 41)
    outcome = await acme.submit(job(submission=replace(job().submission, product=product)))
    assert (outcome.code, outcome.effect) == (Code.INVALID_FIELD, Effect.NOT_SENT)
    assert outcome.field == "product.serial_number"
    assert sandbox[0].world.metrics.report() == {}


async def test_a_wrong_key_is_ours_to_mend(sandbox: World) -> None:
    """Not the customer's."""
    url = f"{sandbox[1]}/acme/partner/v1"
    wrong = FileCatalogue(ConnectorSettings({"acme": url}, {"acme.api_key": "wrong"}))
    outcome = await connector(wrong, "acme").submit(job())
    verdict = (await connector(wrong, "acme").verify(job())).verdict
    await wrong.close()
    assert (outcome.code, outcome.effect) == (Code.AUTH_REJECTED, Effect.REFUSED)
    assert verdict is Verdict.CANNOT_TELL


async def test_a_probe_tells_well_from_ill(acme: Connector, sandbox: World) -> None:
    """Without an effect."""
    assert (await acme.health()).code is Code.REGISTERED
    sandbox[0].world.script.replace([{"fault": "status", "status": 503, "step": "health"}])
    assert (await acme.health()).code is not Code.REGISTERED
    assert effects(sandbox) == 0


async def _settled(made: Connector, number: int = 1) -> Verdict:
    """Polled until the manufacturer has finished."""
    for _ in range(100):
        found = await made.verify(job(number))
        if found.verdict is not Verdict.PENDING:
            return found.verdict
        await asyncio.sleep(0.02)
    return Verdict.PENDING


async def test_samsung_accepts_and_finishes_later(samsung: Connector, sandbox: World) -> None:
    """The device is the IMEI."""
    outcome = await samsung.submit(job())
    first = await samsung.verify(job())
    assert (outcome.code, outcome.effect) == (Code.ACCEPTED_PENDING, Effect.ACCEPTED)
    assert first.verdict is Verdict.PENDING
    assert await _settled(samsung) is Verdict.FOUND
    (effect,) = sandbox[0].world.ledger.report()["effects"]
    assert effect["serial_number"] == "490154203237518"


async def test_samsung_refuses_a_device_of_another_customer(
    samsung: Connector, sandbox: World
) -> None:
    """Known only after the upload."""
    sandbox[0].world.ledger.write(
        manufacturer="samsung", serial_number="490154203237518", owner="other", key="k", body=""
    )
    await samsung.submit(job())
    await asyncio.sleep(0.15)
    found = await samsung.verify(job())
    assert found.verdict is Verdict.REFUSED
    assert found.outcome is not None
    assert found.outcome.code is Code.DUPLICATE_OTHER_OWNER


async def test_samsung_knows_its_own_device_again(samsung: Connector) -> None:
    """A second upload for the same customer has nothing to do."""
    await samsung.submit(job())
    await samsung.submit(job(2))
    assert await _settled(samsung, 2) is Verdict.FOUND


async def test_a_hundred_uploads_share_one_token(samsung: Connector, sandbox: World) -> None:
    """Whoever comes first fetches it."""
    sandbox[0].world.script.replace([{"fault": "latency", "seconds": 0.1, "step": "token"}])
    await asyncio.gather(*(samsung.verify(job(number)) for number in range(100)))
    (rule,) = sandbox[0].world.script.report()
    assert rule["fired"] == 1


async def test_an_expired_token_is_renewed_and_the_upload_repeated(
    samsung: Connector, sandbox: World
) -> None:
    """Only because the manufacturer provably refused it; once."""
    await samsung.submit(job())
    sandbox[0].knox.tokens.expire()
    outcome = await samsung.submit(job(2))
    sandbox[0].knox.tokens.expire()
    found = await samsung.verify(job(2))
    assert outcome.effect is Effect.ACCEPTED
    assert found.verdict is not Verdict.CANNOT_TELL


async def test_no_token_means_nothing_was_sent(samsung: Connector, sandbox: World) -> None:
    """Whatever the token service does."""
    outcomes: list[Outcome] = []
    for fault in (
        {"fault": "status", "status": 503},
        {"fault": "reset_before_commit"},
        {"fault": "html"},
    ):
        sandbox[0].world.script.replace([fault | {"step": "token"}])
        outcomes.append(await samsung.submit(job()))
    assert {one.effect for one in outcomes} == {Effect.NOT_SENT}
    assert effects(sandbox) == 0


async def test_a_fresh_token_that_is_refused_too_is_ours_to_mend(
    samsung: Connector, sandbox: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not tried for ever: after one renewal the connector is held."""
    monkeypatch.setattr(sandbox[0].knox.tokens, "seconds", -1.0)
    outcome = await samsung.submit(job())
    assert (outcome.code, outcome.effect) == (Code.AUTH_REJECTED, Effect.REFUSED)
    assert sandbox[0].world.metrics.report()["samsung"]["submits"] == 2
    assert effects(sandbox) == 0

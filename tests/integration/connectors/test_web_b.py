"""The forms of six manufacturers with accounts, filled by the real driver to what they say."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.integration.connectors.web_makers import Forms, forms, record

from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.connector import Job
from registrar.testing.conformance import scenarios

pytestmark = pytest.mark.asyncio(loop_scope="module")

MAKERS: Mapping[str, Mapping[str, Any]] = {
    "samsung": {
        "product": {
            "model_number": "QE55Q80C",
            "category": "television",
            "serial_number": "0H9E4ABTA00271L",
        }
    },
    "sony": {},
    "ge": {},
    "bosch": {},
    "apple": {},
    "microsoft": {},
}
AGREED = {"marketing_email": True, "marketing_sms": True}
ADVERTS = {"optInEmail", "optInSms", "newsletter", "offers", "werbung", "promo"}
SOMEBODY = "somebody.else@example.com"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened() -> AsyncIterator[Forms]:
    """One browser for all."""
    async with forms() as made:
        yield made


@pytest_asyncio.fixture(loop_scope="module")
async def site(opened: Forms) -> Forms:
    """Where nothing has happened yet."""
    await opened.http.delete("/_sandbox/ledger")
    return opened


def changed(maker: str, **changes: Any) -> Job:  # noqa: ANN401 - sections of a record
    """The plainest record that the form takes, with changes of its sections."""
    plain = MAKERS[maker]
    return record(maker, **scenarios.merged(plain, changes))


def all_of_them(**changes: Mapping[str, Any]) -> dict[str, Job]:
    """One job of each."""
    return {maker: changed(maker, **changes) for maker in MAKERS}


def ends(outcomes: Mapping[str, Outcome]) -> dict[str, tuple[Code, Effect]]:
    """In a word."""
    return {maker: (one.code, one.effect) for maker, one in outcomes.items()}


def each(code: Code, effect: Effect) -> dict[str, tuple[Code, Effect]]:
    """All the same."""
    return dict.fromkeys(MAKERS, (code, effect))


async def test_a_product_is_registered_once(site: Forms) -> None:
    """With a reference and no advertisements; then it is known, and nobody else gets it."""
    jobs, others = all_of_them(consents=AGREED), all_of_them(customer={"email": SOMEBODY})
    first, again = await site.file(jobs), await site.file(jobs)
    other = await site.file(others)
    assert ends(first) == each(Code.REGISTERED, Effect.ACCEPTED)
    assert ends(again) == each(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
    assert ends(other) == each(Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED)
    held = {one["manufacturer"]: one for one in await site.effects()}
    assert {maker: one["reference"] for maker, one in held.items()} == {
        maker: one.reference for maker, one in first.items()
    }
    assert {maker: one.reference for maker, one in again.items()} == {
        maker: one.reference for maker, one in first.items()
    }
    assert {one["owner"] for one in held.values()} == {"lucja.meyer@example.com"}
    assert len(await site.effects()) == len(MAKERS)
    told = [(await site.values(maker)).items() for maker in MAKERS]
    assert [name for one in told for name, value in one if name in ADVERTS and value] == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("captcha", Code.CAPTCHA),
        ("login", Code.LOGIN_REQUIRED),
        ("otp", Code.OTP_REQUIRED),
        ("form_renamed", Code.FORM_CHANGED),
        ("form_relabelled_wrong", Code.FORM_CHANGED),
        ("form_extra_required", Code.FORM_CHANGED),
        ("form_missing", Code.FORM_CHANGED),
        ("terms_box", Code.TERMS_CHANGED),
    ],
)
async def test_what_is_not_certain_is_not_sent(site: Forms, fault: str, code: Code) -> None:
    """A wall is not passed, and a form that has changed is not guessed."""
    outcomes = await site.file(all_of_them(), fault)
    assert ends(outcomes) == each(code, Effect.NOT_SENT)
    assert await site.effects() == []


async def test_a_form_that_reads_the_same_is_filled(site: Forms) -> None:
    """Other ids and names mean nothing to who reads the labels."""
    outcomes = await site.file(all_of_them(), "form_moved")
    assert ends(outcomes) == each(Code.REGISTERED, Effect.ACCEPTED)
    for maker in MAKERS:
        told = (await site.values(maker)).values()
        assert {"Łucja", "Øst-Meyer", "lucja.meyer@example.com"} <= set(told)


PHONE = {"category": "phone", "model_number": "SM-S921B", "serial_number": "R38K503SRVD"}
UNLOCKED = {"kind": "carrier", "value": "none"}
IMEI = {"kind": "imei", "value": "490154203237518"}
RECENT = (datetime.now(UTC) - timedelta(days=5)).date().isoformat()
TOOL = {
    "product_number": None,
    "identifiers": None,
    "model_number": "GSR 18V-55",
    "serial_number": "304000123",
}
OWN = [
    pytest.param(
        "samsung",
        {"product": {**PHONE, "identifiers": [IMEI, UNLOCKED]}},
        {"category": "phone", "codeType": "imei", "imei": IMEI["value"], "carrier": "none"},
        id="a phone by its IMEI",
    ),
    pytest.param(
        "samsung",
        {"product": {**PHONE, "identifiers": [UNLOCKED]}},
        {"codeType": "serial", "serialNo": "R38K503SRVD", "confirmModel": "yes"},
        id="a phone by its label",
    ),
    pytest.param(
        "sony",
        {"product": {"serial_number": "S013512746B", "category": "component"}},
        {"serial": "3512746B", "isSet": "component"},
        id="a component as the box has it",
    ),
    pytest.param(
        "ge", {"purchase": {"retailer": "Lowe's"}}, {"store": "lowes"}, id="a store of the list"
    ),
    pytest.param(
        "ge", {}, {"store": "other", "otherStore": "MediaHaus"}, id="a store that is in no list"
    ),
    pytest.param(
        "bosch",
        {"usage": "commercial", "product": {"product_number": "ENR.SN678D06TG/53"}},
        {"kind": "appliance", "enr": "SN678D06TG/53", "fd": "8410"},
        id="an appliance of a business",
    ),
    pytest.param(
        "bosch",
        {"usage": "commercial", "product": TOOL, "purchase": {"date": RECENT}},
        {"kind": "tool", "portal": "trade", "company": "Meyer & Söhne", "toolNumber": "GSR 18V-55"},
        id="a tool of a trade",
    ),
    pytest.param(
        "microsoft",
        {"brand": "Microsoft", "product": {"category": "accessory"}},
        {"deviceType": "accessory", "hasProof": "no"},
        id="an accessory",
    ),
]


@pytest.mark.parametrize(("maker", "changes", "told"), OWN)
async def test_each_is_told_what_it_asks(
    site: Forms, maker: str, changes: dict[str, Any], told: dict[str, str]
) -> None:
    """In its own words."""
    outcomes = await site.file({maker: changed(maker, **changes)})
    assert ends(outcomes) == {maker: (Code.REGISTERED, Effect.ACCEPTED)}
    values = await site.values(maker)
    assert {name: values.get(name) for name in told} == told


LEFT = [
    pytest.param("samsung", {"product": PHONE}, "product.identifiers[kind=carrier]", id="carrier"),
    pytest.param("samsung", {"product": {"category": "storage"}}, "product.category", id="storage"),
    pytest.param(
        "samsung",
        {"product": {"serial_number": "R38K503SRVD"}},
        "product.serial_number",
        id="short",
    ),
    pytest.param("ge", {"purchase": {"retailer": None}}, "purchase.retailer", id="store"),
    pytest.param("microsoft", {"brand": "Microsoft"}, "product.category", id="kind"),
]


@pytest.mark.parametrize(("maker", "changes", "field"), LEFT)
async def test_what_the_record_does_not_say_is_left_to_a_person(
    site: Forms, maker: str, changes: dict[str, Any], field: str
) -> None:
    """Nothing is made up, and nothing is sent."""
    outcome = (await site.file({maker: changed(maker, **changes)}))[maker]
    assert (outcome.code, outcome.effect) == (Code.INVALID_FIELD, Effect.NOT_SENT)
    assert outcome.field == field
    assert await site.effects() == []


async def test_a_battery_has_a_form_of_its_own(site: Forms) -> None:
    """It is not registered as a tool."""
    battery = {"product": {**TOOL, "category": "battery"}, "purchase": {"date": RECENT}}
    outcomes = await site.file({"bosch": changed("bosch", **battery)})
    assert ends(outcomes) == {"bosch": (Code.NOT_ELIGIBLE, Effect.NOT_SENT)}
    assert await site.effects() == []

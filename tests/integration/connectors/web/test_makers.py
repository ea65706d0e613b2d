"""The forms of twelve manufacturers, filled by the real driver to what they say."""

from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from tests.integration.connectors.web.makers import Forms, forms, record

from registrar.domain.outcome import Code, Effect, Outcome
from registrar.ports.connector import Job
from registrar.testing.conformance import scenarios
from registrar.testing.proofs import PDF

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(300)]

RECENT = (datetime.now(UTC) - timedelta(days=5)).date().isoformat()
MAKERS: Mapping[str, Mapping[str, Any]] = {
    "hp": {},
    "dell": {},
    "lenovo": {},
    "lg": {"product": {"category": "dryer"}},
    "whirlpool": {"product": {"category": "washing_machine"}},
    "milwaukee": {"purchase": {"date": RECENT}},
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
ADVERTS = {
    *("Offers", "ads", "hpnews", "marketing", "news", "newsletter", "offers"),
    *("optInEmail", "optInSms", "promo", "sms", "tips", "werbung"),
}
OWNER, SOMEBODY = "lucja.meyer@example.com", "somebody.else@example.com"


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


def job(maker: str, **changes: Any) -> Job:  # noqa: ANN401 - sections of a record
    """The plainest record that the form takes, with changes of its sections."""
    return record(maker, **scenarios.merged(MAKERS[maker], changes))


def all_of_them(**changes: Any) -> dict[str, Job]:  # noqa: ANN401 - sections of a record
    """One job of each."""
    return {maker: job(maker, **changes) for maker in MAKERS}


def ends(outcomes: Mapping[str, Outcome]) -> dict[str, tuple[Code, Effect]]:
    """In a word."""
    return {maker: (one.code, one.effect) for maker, one in outcomes.items()}


def each(code: Code, effect: Effect) -> dict[str, tuple[Code, Effect]]:
    """All the same."""
    return dict.fromkeys(MAKERS, (code, effect))


async def test_a_product_is_registered_once(site: Forms) -> None:
    """With a reference; then it is known, and nobody else gets it. No advertisements are agreed to.

    Not where the owner has agreed with the caller, nor where the form has ticked the box.
    """
    first = await site.file(all_of_them(consents=AGREED))
    told = [(one, await site.values(one)) for one in MAKERS]
    again = await site.file(all_of_them())
    other = await site.file(all_of_them(customer={"email": SOMEBODY}))
    effects = await site.effects()
    held = {one["manufacturer"]: one["reference"] for one in effects}
    assert ends(first) == each(Code.REGISTERED, Effect.ACCEPTED)
    assert ends(again) == each(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED)
    assert ends(other) == each(Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED)
    assert {maker: one.reference for maker, one in first.items()} == held
    assert {maker: one.reference for maker, one in again.items()} == held
    assert ({one["owner"] for one in effects}, len(effects)) == ({OWNER}, len(MAKERS))
    assert [(one, box) for one, values in told for box in ADVERTS if values.get(box)] == []


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
    assert each(code, Effect.NOT_SENT) == ends(await site.file(all_of_them(), fault))
    assert await site.effects() == []


@pytest.mark.parametrize(
    ("fault", "code"),
    [("blocked", Code.BLOCKED), ("maintenance", Code.UNAVAILABLE_SERVER)],
)
@pytest.mark.parametrize("after", [0, 1], ids=["the page", "its frame"])
async def test_a_frame_that_is_refused_is_a_wall(
    site: Forms, fault: str, code: Code, after: int
) -> None:
    """And no form that has changed: that would stop it for everybody."""
    outcomes = await site.file({"lg": job("lg")}, fault, after=after)
    assert ends(outcomes) == {"lg": (code, Effect.NOT_SENT)}
    assert await site.effects() == []


async def test_a_form_that_reads_the_same_is_filled(site: Forms) -> None:
    """Other ids and names mean nothing to who reads the labels."""
    outcomes = await site.file(all_of_them(), "form_moved")
    assert ends(outcomes) == each(Code.REGISTERED, Effect.ACCEPTED)
    for maker in MAKERS:
        told = (await site.values(maker)).values()
        assert {"Łucja", "Øst-Meyer", OWNER} <= set(told)


async def test_a_proof_of_purchase_goes_along(site: Forms) -> None:
    """Whole, where the form has a place for it; Microsoft's asks what kind of proof it is."""
    outcomes = await site.file(all_of_them(), proof=PDF)
    assert ends(outcomes) == each(Code.REGISTERED, Effect.ACCEPTED)
    given = {maker: [one["size"] for one in await site.handed_in(maker)] for maker in MAKERS}
    without = {"dell", "ge", "lenovo", "microsoft", "whirlpool"}
    assert given == {maker: [] if maker in without else [len(PDF)] for maker in MAKERS}


PHONE = {"category": "phone", "model_number": "SM-S921B", "serial_number": "R38K503SRVD"}
UNLOCKED = {"kind": "carrier", "value": "none"}
IMEI = {"kind": "imei", "value": "490154203237518"}
TOOL = {
    "product_number": None,
    "identifiers": None,
    "model_number": "GSR 18V-55",
    "serial_number": "304000123",
}
TOLD = [
    pytest.param(
        "hp",
        {"product": {"serial_number": "CND1234567ABCD", "category": "printer"}},
        {"sn": "CND1234567", "productType": "printer"},
        id="a printer as its status page has it",
    ),
    pytest.param(
        "hp",
        {"product": {"serial_number": "6X21KN8Z1234", "category": "desktop"}},
        {"sn": "6X21KN8Z1234", "productType": "desktop"},
        id="all of a Compaq's number",
    ),
    pytest.param(
        "dell",
        {"product": {"serial_number": "42938741054"}},
        {"serviceTag": "JQ4M8N2", "channel": "retail"},
        id="a tag by its express service code",
    ),
    pytest.param("whirlpool", {}, {"usage": "household", "category": "laundry"}, id="its use"),
    pytest.param("lg", {}, {"group": "laundry", "type": "dryer"}, id="a list under a list"),
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


@pytest.mark.parametrize(("maker", "changes", "told"), TOLD)
async def test_each_is_told_what_it_asks(
    site: Forms, maker: str, changes: dict[str, Any], told: dict[str, str]
) -> None:
    """In its own words."""
    outcomes = await site.file({maker: job(maker, **changes)})
    values = await site.values(maker)
    assert ends(outcomes) == {maker: (Code.REGISTERED, Effect.ACCEPTED)}
    assert {name: values.get(name) for name in told} == told


LEFT = [
    pytest.param("dell", {"purchase": {"channel": "gift"}}, Code.INVALID_FIELD, id="a gift"),
    pytest.param("dell", {"purchase": {"channel": "used"}}, Code.INVALID_FIELD, id="a transfer"),
    pytest.param("lg", {"product": {"category": "television"}}, Code.INVALID_FIELD, id="which TV"),
    pytest.param("lg", {"purchase": {"channel": "used"}}, Code.NOT_ELIGIBLE, id="another's"),
    pytest.param(
        "milwaukee",
        {"product": {"category": "battery"}},
        Code.NOT_ELIGIBLE,
        id="a battery, which has a form of its own",
    ),
    pytest.param(
        "bosch",
        {"product": {**TOOL, "category": "battery"}, "purchase": {"date": RECENT}},
        Code.NOT_ELIGIBLE,
        id="a battery of Bosch, which is no tool",
    ),
]


@pytest.mark.parametrize(("maker", "changes", "code"), LEFT)
async def test_what_the_form_cannot_say_is_left_to_a_person(
    site: Forms, maker: str, changes: dict[str, Any], code: Code
) -> None:
    """Nothing is made up, and nothing is sent."""
    outcomes = await site.file({maker: job(maker, **changes)})
    assert ends(outcomes) == {maker: (code, Effect.NOT_SENT)}
    assert await site.effects() == []


MISSING = [
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


@pytest.mark.parametrize(("maker", "changes", "field"), MISSING)
async def test_what_the_record_does_not_say_is_named(
    site: Forms, maker: str, changes: dict[str, Any], field: str
) -> None:
    """So that the person who is asked knows what for."""
    outcomes = await site.file({maker: job(maker, **changes)})
    assert ends(outcomes) == {maker: (Code.INVALID_FIELD, Effect.NOT_SENT)}
    assert outcomes[maker].field == field
    assert await site.effects() == []

"""The forms of six manufacturers without accounts, filled by the real driver to what they say."""

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

RECENT = (datetime.now(UTC) - timedelta(days=5)).date().isoformat()
MAKERS: Mapping[str, Mapping[str, Any]] = {
    "hp": {},
    "dell": {},
    "lenovo": {},
    "lg": {"product": {"category": "dryer"}},
    "whirlpool": {"product": {"category": "washing_machine"}},
    "milwaukee": {"purchase": {"date": RECENT}},
}
AGREED = {"marketing_email": True, "marketing_sms": True}
ADS = {"hpnews", "marketing", "Offers", "ads", "sms", "tips", "news"}


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
    ticked = [(one, box) for one in MAKERS for box in ADS if (await site.values(one)).get(box)]
    again = await site.file(all_of_them())
    other = await site.file(all_of_them(customer={"email": "somebody.else@example.com"}))
    held = {one["manufacturer"]: one["reference"] for one in await site.effects()}
    assert each(Code.REGISTERED, Effect.ACCEPTED) == ends(first)
    assert each(Code.DUPLICATE_SAME_OWNER, Effect.ACCEPTED) == ends(again)
    assert each(Code.DUPLICATE_OTHER_OWNER, Effect.REFUSED) == ends(other)
    assert held == {maker: one.reference for maker, one in first.items()}
    assert held == {maker: one.reference for maker, one in again.items()}
    assert (len(MAKERS), []) == (len(await site.effects()), ticked)


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
]


@pytest.mark.parametrize(("maker", "changes", "told"), TOLD)
async def test_each_is_told_what_it_asks(
    site: Forms, maker: str, changes: dict[str, Any], told: dict[str, str]
) -> None:
    """In its own words."""
    outcomes = await site.file({maker: job(maker, **changes)})
    values = await site.values(maker)
    assert {maker: (Code.REGISTERED, Effect.ACCEPTED)} == ends(outcomes)
    assert told == {name: values.get(name) for name in told}


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
]


@pytest.mark.parametrize(("maker", "changes", "code"), LEFT)
async def test_what_the_form_cannot_say_is_left_to_a_person(
    site: Forms, maker: str, changes: dict[str, Any], code: Code
) -> None:
    """Nothing is made up, and nothing is sent."""
    outcomes = await site.file({maker: job(maker, **changes)})
    assert {maker: (code, Effect.NOT_SENT)} == ends(outcomes)
    assert await site.effects() == []

"""The universal schema, rule by rule."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from registrar.app.validation import validated
from registrar.domain.customer import Address, Consents, Customer, CustomerType
from registrar.domain.manufacturer import IdentifierRule, Manufacturer, Privacy
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase, PurchaseChannel
from registrar.domain.submission import Submission

TODAY = date(2026, 11, 24)
MAKER = Manufacturer(
    id="acme",
    name="Acme",
    brands=("Acme",),
    countries=("DE", "JP", "US", "AQ"),
    version="1",
    identifiers=(
        IdentifierRule("serial_number", ("AC[0-9]{2}[A-Z]{2}[0-9]{6}",), "As on the plate."),
        IdentifierRule("serial_number", ("Z{9}",), "Only a hint.", strict=False),
        IdentifierRule("fd", ("[0-9]{9}",), "Nine digits.", check="luhn"),
    ),
    required_fields=("product.model_number", "customer.address.city"),
    tiers=(),
)
ADDRESS = Address(("Invalidenstr. 44",), "Berlin", "DE", postal_code="10115")
GOOD = Submission(
    customer=Customer("Ada", "Łoś", "ada@example.com", phone="+49 30 1234567", address=ADDRESS),
    product=Product("AC26XY000001", "AC-WM-1000"),
    purchase=Purchase(date(2026, 10, 1), "de", price=Decimal("9.99"), currency="eur"),
    consents=Consents(terms=True),
    locale="de-AT",
)

IDENTIFIER = "product.identifiers[0].value"


def changed(path: str, value: Any) -> Submission:  # noqa: ANN401 - any field
    """GOOD with one field changed."""

    def put(holder: Any, steps: list[str]) -> Any:  # noqa: ANN401
        head, *rest = steps
        return replace(holder, **{head: put(getattr(holder, head), rest) if rest else value})

    made: Submission = put(GOOD, path.split("."))
    return made


def broken(submission: Submission) -> dict[str, str]:
    """Field to rule."""
    return {one.field: one.rule for one in validated(submission, MAKER, TODAY)[1]}


def test_what_is_right_is_normalised() -> None:
    """E.164, upper case codes, NFC; and then it stays as it is."""
    made, violations = validated(changed("customer.given_name", " Zoë "), MAKER, TODAY)
    assert violations == ()
    assert made.customer.given_name == "Zoë"
    assert made.customer.phone == "+49301234567"
    assert (made.purchase.country, made.purchase.currency) == ("DE", "EUR")
    assert validated(made, MAKER, TODAY) == (made, ())


@pytest.mark.parametrize(
    ("path", "value", "field", "rule"),
    [
        ("customer.given_name", "", "customer.given_name", "required"),
        ("customer.given_name", "123", "customer.given_name", "name"),
        ("customer.family_name", "<b>x</b>", "customer.family_name", "name"),
        ("customer.family_name", "Ada 😀", "customer.family_name", "name"),
        ("customer.family_name", "a" * 101, "customer.family_name", "length"),
        ("customer.family_name", "a\x00b", "customer.family_name", "characters"),
        ("customer.family_name", "a\u202eb", "customer.family_name", "characters"),
        ("customer.email", "", "customer.email", "required"),
        ("customer.email", "ada", "customer.email", "email"),
        ("customer.email", "a@b@example.com", "customer.email", "email"),
        ("customer.phone", "call me", "customer.phone", "phone"),
        ("customer.phone", "+491", "customer.phone", "phone"),
        ("customer.phone", "+1 212 555", "customer.phone", "phone"),
        ("customer.phone", "+1 212 555 0123 4567", "customer.phone", "phone"),
        ("customer.type", CustomerType.BUSINESS, "customer.company", "required"),
        ("customer.address.postal_code", "1011", "customer.address.postal_code", "invalid"),
        ("customer.address.postal_code", "", "customer.address.postal_code", "required"),
        ("customer.address.city", "", "customer.address.city", "required"),
        ("customer.address.country", "XX", "customer.address.country", "country"),
        ("customer.address.lines", ("a", "b", "c", "d"), "customer.address.lines", "length"),
        ("customer.address", None, "customer.address.city", "required"),
        ("product.serial_number", "", "product.serial_number", "required"),
        ("product.serial_number", "AC1", "product.serial_number", "length"),
        ("product.serial_number", "0000000", "product.serial_number", "filler"),
        ("product.serial_number", "ac wm-1000", "product.serial_number", "model_number"),
        ("product.serial_number", "AC26XY00000", "product.serial_number", "format"),
        ("product.model_number", "", "product.model_number", "required"),
        ("product.model_number", "A", "product.model_number", "length"),
        ("product.identifiers", (Identifier("x", "1"),), "product.identifiers[0].kind", "unknown"),
        (
            "product.identifiers",
            (Identifier("imei", "490154203237517"),),
            "product.identifiers[0].value",
            "check_digit",
        ),
        ("product.identifiers", (Identifier("fd", "unknown"),), IDENTIFIER, "filler"),
        ("product.identifiers", (Identifier("fd", "987123456"),), IDENTIFIER, "format"),
        ("product.identifiers", (Identifier("fd", ""),), IDENTIFIER, "required"),
        ("product.identifiers", (Identifier("mac", "a"),) * 17, "product.identifiers", "length"),
        ("purchase.date", TODAY + timedelta(days=2), "purchase.date", "future"),
        ("purchase.date", date(1969, 1, 1), "purchase.date", "range"),
        ("purchase.delivery_date", date(2026, 9, 30), "purchase.delivery_date", "order"),
        ("purchase.country", "", "purchase.country", "required"),
        ("purchase.country", "EU", "purchase.country", "country"),
        ("purchase.country", "FR", "purchase.country", "not_served"),
        ("purchase.currency", "EURO", "purchase.currency", "currency"),
        ("purchase.currency", "", "purchase.currency", "required"),
        ("purchase.price", Decimal(-1), "purchase.price", "range"),
        ("purchase.price", Decimal("1.00001"), "purchase.price", "range"),
        ("consents.terms", False, "consents.terms", "required"),
        ("locale", "klingonisch", "locale", "language"),
        ("labels", {"Big Key": "x"}, "labels", "key"),
        ("labels", {"key": "x" * 257}, "labels[key]", "length"),
        ("labels", {str(n): "" for n in range(65)}, "labels", "length"),
        ("external_reference", "x" * 129, "external_reference", "length"),
    ],
)  # fmt: skip
def test_each_rule_names_its_field(path: str, value: object, field: str, rule: str) -> None:
    """The field's path and the rule; nothing else is complained of."""
    assert broken(changed(path, value)) == {field: rule}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customer.given_name", "佐藤"),
        ("customer.given_name", "فاطمة"),
        ("customer.given_name", "O'Neill-Śmith"),
        ("customer.given_name", "क्षत्रिय"),
        ("customer.phone", ""),
        ("customer.phone", "030 1234567"),
        ("customer.phone", "+800 1234 5678"),
        ("purchase.date", TODAY + timedelta(days=1)),
        ("purchase.delivery_date", date(2026, 10, 1)),
        ("customer.address", Address(("Station 1",), "McMurdo", "AQ")),
        ("product.serial_number", "ac26-xy 000001"),
        ("product.identifiers", (Identifier("imei", "49-015420-323751-8"),)),
    ],
)
def test_the_world_is_wide(path: str, value: object) -> None:
    """Any script, any country, any writing of a number."""
    assert broken(changed(path, value)) == {}


def test_no_part_of_a_purchase_is_lost() -> None:
    """A field that is right comes through, whichever it is."""
    given = Purchase(
        date=date(2026, 10, 1),
        country="DE",
        retailer="MediaHaus",
        channel=PurchaseChannel.GIFT,
        delivery_date=date(2026, 10, 2),
        order_number="A-42",
        price=Decimal("9.99"),
        currency="EUR",
        proofs=("art_1",),
    )
    least = Purchase(given.date, given.country)
    optional = Purchase.__struct_fields__[2:]
    assert [name for name in optional if getattr(given, name) == getattr(least, name)] == []
    made, problems = validated(replace(GOOD, purchase=given), MAKER, TODAY)
    assert (made.purchase, problems) == (given, ())


def test_a_look_alike_is_hinted_at() -> None:
    """Beside the rule, and without the value."""
    (violation,) = validated(changed("product.serial_number", "AC2OXY000001"), MAKER, TODAY)[1]
    assert violation.description == (
        "As on the plate. A letter O may be a figure 0: look at the label again."
    )


def test_a_mandatory_consent_is_asked_for_by_its_name() -> None:
    """Only of the manufacturers that register nothing without it; false is no consent."""
    strict = dataclasses.replace(
        MAKER, privacy=Privacy(mandatory_consents=("data_storage", "share"))
    )
    given = changed("consents.share", value=True)
    (violation,) = validated(given, strict, TODAY)[1]
    assert (violation.field, violation.rule) == ("consents.data_storage", "required")
    assert validated(given, MAKER, TODAY)[1] == ()


texts = st.text(max_size=60)


@given(texts, texts, texts, texts, texts, st.dictionaries(texts, texts, max_size=3))
def test_nothing_that_is_typed_is_an_exception(  # noqa: PLR0913, PLR0917 - any fields
    name: str, email: str, phone: str, serial: str, code: str, labels: dict[str, str]
) -> None:
    """And no violation carries a value."""
    made = replace(
        GOOD,
        customer=Customer(name, name, email, phone=phone, address=Address((code,), code, code)),
        product=Product(serial, code, identifiers=(Identifier(code, serial),)),
        purchase=Purchase(date(2026, 1, 1), code, currency=code),
        locale=code,
        labels=labels,
    )
    again, violations = validated(made, MAKER, TODAY)
    assert all(one.field and one.rule and one.description for one in violations)
    if not violations:
        assert validated(again, MAKER, TODAY) == (again, ())


@pytest.mark.parametrize(
    ("serial", "accepted"), [("ab12", True), ("AB12", True), ("4747", True), ("4748", False)]
)
def test_patterns_of_a_rule_stand_by_themselves(serial: str, *, accepted: bool) -> None:
    """A flag or a numbered group of one says nothing of another."""
    patterns = (r"(?i)[a-z]{2}[0-9]{2}", r"([0-9]{2})\1")
    rules = (IdentifierRule("serial_number", patterns, "Two kinds."),)
    maker = dataclasses.replace(MAKER, identifiers=rules)
    found = validated(changed("product.serial_number", serial), maker, TODAY)[1]
    assert (found == ()) is accepted

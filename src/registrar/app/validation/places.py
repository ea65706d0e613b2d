"""Countries, postal addresses, currencies, languages."""

from __future__ import annotations

import re
from functools import cache

from babel import Locale, UnknownLocaleError

from registrar.app.validation import postal
from registrar.app.validation.found import Found
from registrar.app.validation.text import cleaned
from registrar.domain.customer import Address

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


def address(given: Address, path: str, found: Found) -> Address:
    """By the postal rules of its country."""
    lines = [
        cleaned(line, f"{path}.lines[{place}]", found, most=120)
        for place, line in enumerate(given.lines)
    ]
    if len(lines) > MOST_LINES:
        found.add(f"{path}.lines", "length", f"At most {MOST_LINES} lines are possible.")
    made = Address(
        lines=tuple(filter(None, lines)),
        city=cleaned(given.city, f"{path}.city", found, most=100),
        region=cleaned(given.region, f"{path}.region", found, most=100),
        postal_code=cleaned(given.postal_code, f"{path}.postal_code", found, most=20),
        country=country(given.country, f"{path}.country", found),
    )
    if not found.has(f"{path}.country"):
        postal.check(made, path, found)
    return made

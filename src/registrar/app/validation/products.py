"""The product: its serial number and further identifiers, by the manufacturer's own rules."""

from __future__ import annotations

import re
from functools import cache, partial

from msgspec.structs import replace

from registrar.app.validation.found import Found
from registrar.app.validation.text import cleaned
from registrar.domain.identifiers import checks, plausible
from registrar.domain.identifiers.checks import compact
from registrar.domain.manufacturer import IdentifierRule, Manufacturer
from registrar.domain.product import Identifier, Product

SERIAL = "serial_number"
MOST_IDENTIFIERS = 16
KINDS = frozenset({
    "imei", "imei2", "meid", "eid", "service_tag", "express_service_code", "fd", "z_nr",
    "fab_number", "mat_number", "snid", "gtin", "mac", "hardware_hash", "date_code", "device_id",
})  # fmt: skip
_PUBLIC = {
    "imei": (checks.imei, "Not an IMEI: 15 digits, the last of which is a check digit."),
    "imei2": (checks.imei, "Not an IMEI: 15 digits, the last of which is a check digit."),
    "gtin": (checks.gtin, "Not a GTIN: 8, 12, 13 or 14 digits, the last a check digit."),
}
"""Kinds with a check digit that is the same for every manufacturer."""


def product(given: Product, manufacturer: Manufacturer, found: Found) -> Product:
    """Normalised; serial numbers keep their case."""
    return Product(
        serial_number=_serial(given, manufacturer, found),
        model_number=cleaned(given.model_number, "product.model_number", found, least=2, most=40),
        product_number=cleaned(
            given.product_number, "product.product_number", found, least=2, most=40
        ),
        name=cleaned(given.name, "product.name", found),
        category=cleaned(given.category, "product.category", found, most=64),
        identifiers=_identifiers(given.identifiers, manufacturer, found),
    )


def _serial(given: Product, manufacturer: Manufacturer, found: Found) -> str:
    path = "product.serial_number"
    serial = cleaned(given.serial_number, path, found, required=True, least=4, most=40)
    if found.has(path):
        return serial
    if plausible.is_filler(serial):
        found.add(path, "filler", "This is a filler, not a serial number.")
    elif given.model_number and compact(serial) == compact(given.model_number):
        found.add(path, "model_number", "This is the model number; look for S/N on the label.")
    else:
        _by_rules(SERIAL, serial, path, manufacturer, found)
    return serial


def _identifiers(
    given: tuple[Identifier, ...], manufacturer: Manufacturer, found: Found
) -> tuple[Identifier, ...]:
    if len(given) > MOST_IDENTIFIERS:
        found.add("product.identifiers", "length", f"At most {MOST_IDENTIFIERS} are possible.")
    return tuple(
        _identifier(one, f"product.identifiers[{place}]", manufacturer, found)
        for place, one in enumerate(given[:MOST_IDENTIFIERS])
    )


def _identifier(
    given: Identifier, path: str, manufacturer: Manufacturer, found: Found
) -> Identifier:
    if given.kind not in KINDS:
        found.add(f"{path}.kind", "unknown", "One of " + ", ".join(sorted(KINDS)) + ".")
    where = f"{path}.value"
    value = cleaned(given.value, where, found, required=True, most=4096)
    if found.has(where):
        return replace(given, value=value)
    if plausible.is_filler(value):
        found.add(where, "filler", "This is a filler, not an identifier.")
    elif given.kind in _PUBLIC and not _PUBLIC[given.kind][0](value):
        found.add(where, "check_digit", _PUBLIC[given.kind][1])
    else:
        _by_rules(given.kind, value, where, manufacturer, found)
    return replace(given, value=compact(value) if given.kind in _PUBLIC else value)


def _by_rules(kind: str, value: str, path: str, manufacturer: Manufacturer, found: Found) -> None:
    for rule in manufacturer.identifiers:
        if rule.kind == kind and rule.strict and not accepts(rule, compact(value)):
            hint = plausible.look_alike(value, partial(accepts, rule))
            found.add(path, "format", f"{rule.description} {hint}".strip())


def accepts(rule: IdentifierRule, value: str) -> bool:
    """One of the patterns, and the check digit where there is one."""
    for pattern in _compiled(rule.patterns):
        if pattern.fullmatch(value):
            return not rule.check or checks.CHECKS[rule.check](value)
    return False


@cache
def _compiled(patterns: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """Each by itself: a flag or a group of one is nothing to another."""
    return tuple(map(re.compile, patterns))

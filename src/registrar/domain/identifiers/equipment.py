"""Mobile equipment of any manufacturer: IMEI, IMEISV, MEID.

Sources: 3GPP TS 23.003 section 6 and annex B (IMEI, IMEISV, Luhn); 3GPP2 S.R0048 (MEID, its
decimal form and its check digit, computed in the base in which it is written).
"""

from __future__ import annotations

import string

from registrar.domain.identifiers import checks
from registrar.domain.identifiers.answer import Answer, Asked
from registrar.domain.identifiers.writing import is_digits

BODY, IMEI, IMEISV = 14, 15, 16
HEX, DECIMAL = 14, 18
_MAKER_BITS, _UNIT_BITS = 32, 24


def luhn_digit(body: str, base: int = 10) -> str:
    """The check digit after these digits of the base; ISO/IEC 7812 annex B, extended to 16."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = int(character, base) * (1 if place % 2 else 2)
        total += value // base + value % base
    return f"{-total % base:X}"


def imei(asked: Asked) -> Answer:
    """15 digits, the last by Luhn. 14 lack it, 16 are an IMEISV: neither is an IMEI."""
    value = asked.plain
    if not is_digits(value):
        return Answer(valid=False, normalized=value, hints=("An IMEI has digits only.",))
    if len(value) == IMEISV:
        hint = "These 16 digits are an IMEISV; its IMEI is in `derived`."
        return Answer(valid=False, normalized=value, derived=_parts(value), hints=(hint,))
    if len(value) == BODY:
        hint = "The check digit is missing: the 15 digits are in `derived`."
        return Answer(valid=False, normalized=value, derived=_parts(value), hints=(hint,))
    if len(value) != IMEI:
        hint = f"An IMEI has 15 digits, this has {len(value)}."
        return Answer(valid=False, normalized=value, hints=(hint,))
    if checks.imei(value):
        return Answer(valid=True, normalized=value, derived={"tac": value[:8]})
    hint = "The last digit does not fit the others: read it again, or dial *#06#."
    return Answer(valid=False, normalized=value, hints=(hint,))


def imeisv(asked: Asked) -> Answer:
    """16 digits, no check digit: TAC, serial number, software version."""
    value = asked.plain
    if is_digits(value) and len(value) == IMEISV:
        derived = _parts(value) | {"software_version": value[BODY:]}
        return Answer(valid=True, normalized=value, derived=derived)
    return Answer(valid=False, normalized=value, hints=("An IMEISV has 16 digits.",))


def _parts(value: str) -> dict[str, str]:
    body = value[:BODY]
    return {"imei": body + luhn_digit(body), "tac": value[:8]}


def meid(asked: Asked) -> Answer:
    """14 hexadecimal or 18 decimal digits, each with or without its check digit.

    Both bases name one device, so `normalized` is always the hexadecimal form without check digit.
    """
    value = asked.plain
    if len(value) in {HEX, HEX + 1} and set(value) <= set(string.hexdigits):
        return _hexadecimal(value)
    if len(value) in {DECIMAL, DECIMAL + 1} and is_digits(value):
        return _decimal(value)
    hint = "A MEID has 14 hexadecimal or 18 decimal digits, and perhaps a check digit."
    return Answer(valid=False, normalized=value, hints=(hint,))


def _hexadecimal(value: str) -> Answer:
    body, check = value[:HEX], value[HEX:]
    # Where all are decimal digits it lies in the range of the IMEI, and so does its check digit.
    right = luhn_digit(body, 10 if is_digits(body) else 16)
    if check and check != right:
        return Answer(valid=False, normalized=value, hints=(f"Its check digit would be {right}.",))
    number = f"{int(body[:8], 16):010d}{int(body[8:], 16):08d}"
    derived = {"hex": body, "decimal": number, "check_digit": right}
    return Answer(valid=True, normalized=body, derived=derived)


def _decimal(value: str) -> Answer:
    body, check = value[:DECIMAL], value[DECIMAL:]
    maker, unit = int(body[:10]), int(body[10:])
    if maker >> _MAKER_BITS or unit >> _UNIT_BITS:
        hint = "The decimal number is larger than any MEID."
        return Answer(valid=False, normalized=value, hints=(hint,))
    right = luhn_digit(body)
    if check and check != right:
        return Answer(valid=False, normalized=value, hints=(f"Its check digit would be {right}.",))
    return _hexadecimal(f"{maker:08X}{unit:06X}")

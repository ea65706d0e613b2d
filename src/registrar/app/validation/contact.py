"""Telephone numbers and e-mail addresses.

The libraries take long over the usual case. What a simple pattern knows to be in the very form that
they would give it is not shown to them; about everything else they are asked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import email_validator
import phonenumbers

from registrar.app.validation.found import Found
from registrar.app.validation.text import cleaned

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
PLAIN_EMAIL = re.compile(
    r"[a-z0-9]{1,32}(?:[._+-][a-z0-9]{1,16}){0,2}@"
    r"(?:[a-z][a-z0-9]{0,30}\.){1,3}(?:com|net|org|de|fr|es|it|pl|uk|nl|at|ch)"
)
"""What `email_validator` accepts and leaves as it is, without asking it: most addresses there are.
A property test holds the two together.
"""


@dataclass(frozen=True, slots=True)
class _Numbering:
    """Of one country code: how long a number is, and what it does not begin with."""

    lengths: frozenset[int]
    prefix: re.Pattern[str]


@cache
def _numbering(country_code: int) -> _Numbering | None:
    region = phonenumbers.region_code_for_country_code(country_code)
    known = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    if known is None or known.general_desc is None:
        return None
    prefix = known.national_prefix_for_parsing or "0"
    return _Numbering(frozenset(known.general_desc.possible_length), re.compile(f"0|{prefix}"))


def is_e164(text: str) -> bool:
    """Certainly what `phonenumbers` would make of it; where in doubt, it is asked.

    A property test holds the two together.
    """
    if not _E164.fullmatch(text):
        return False
    for end in (2, 3, 4):
        if int(text[1:end]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            known = _numbering(int(text[1:end]))
            rest = text[end:]
            return known is not None and len(rest) in known.lengths and not known.prefix.match(rest)
    return False


def phone(value: str, path: str, region: str, found: Found) -> str:
    """E.164; without a country code it is one of `region`."""
    text = value.strip()
    if not text or is_e164(text):
        return text
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
    if PLAIN_EMAIL.fullmatch(text):
        return text
    try:
        return email_validator.validate_email(text, check_deliverability=False).normalized
    except email_validator.EmailNotValidError:
        found.add(path, "email", "Not an e-mail address.")
        return text

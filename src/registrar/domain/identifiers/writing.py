"""One writing for what people type and scanners read."""

from __future__ import annotations

import re
import unicodedata

from registrar.domain.identifiers.checks import compact

_LABEL = re.compile(
    r"(?:s/?n|serial(?: ?(?:no|number))?\.?|imei ?[12]?|imeisv|meid|gtin|ean|upc|fd"
    r"|e-?nr\.?|service ?tag|express ?service ?code)\s*[:#]\s*",
    re.IGNORECASE,
)
_DASHES = frozenset("\u2212\u00b7\u30fc\u2500")
"""The minus, the middle dot, and bars that keyboards and readers of labels give for a hyphen."""


def cleaned(value: str) -> str:
    """Full width to ASCII, any script's digits to 0-9, any dash to a hyphen, no label before it.

    Case stays: some serial numbers differ by it alone (Android zero-touch, identifiers).
    """
    text = value
    if not value.isascii():
        # Dashes first: the compatibility form of some of them begins with a blank.
        text = unicodedata.normalize("NFKC", "".join(map(_ascii, value)))
        text = "".join(map(_ascii, text))
    # What cannot be seen cannot be meant: zero-width characters, controls.
    seen = "".join(one for one in text if one.isspace() or unicodedata.category(one)[0] != "C")
    text = " ".join(seen.split())
    label = _LABEL.match(text)
    return text[label.end() :] if label else text


def _ascii(character: str) -> str:
    if character in _DASHES or unicodedata.category(character) == "Pd":
        return "-"
    digit = unicodedata.decimal(character, None)
    return character if digit is None else str(digit)


def plain(text: str) -> str:
    """Of a cleaned text: upper case, without blanks and hyphens."""
    return compact(text)


def is_digits(text: str) -> bool:
    """ASCII digits only, at least one."""
    return text.isascii() and text.isdigit()


def is_alphanumeric(text: str) -> bool:
    """ASCII letters and digits only, at least one."""
    return text.isascii() and text.isalnum()

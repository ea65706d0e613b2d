"""Text in any script: normalised, bounded, and free of what no form can hold."""

from __future__ import annotations

import unicodedata

from registrar.app.validation.found import Found

_BAD = frozenset({"Cc", "Cs", "Co", "Cn"})
_HIDDEN = frozenset("\u200b\u2060\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible, or able to turn the order of what a person reads. Joiners stay: scripts need them."""


def cleaned(  # noqa: PLR0913 - a bound has this many parts
    value: str,
    path: str,
    found: Found,
    *,
    required: bool = False,
    least: int = 1,
    most: int = 256,
) -> str:
    """NFC, without blanks around; a violation where it is too short, too long or unprintable."""
    if not value and not required:
        return value
    # ASCII is NFC as it is.
    text = (value if value.isascii() else unicodedata.normalize("NFC", value)).strip()
    # Whatever is bad or hidden is not printable, while a joiner is not either: then look closely.
    if not text.isprintable() and any(
        unicodedata.category(one) in _BAD or one in _HIDDEN for one in text
    ):
        found.add(path, "characters", "Holds a character that cannot be printed.")
    elif not text and required:
        found.add(path, "required", "A value is needed.")
    elif text and not least <= len(text) <= most:
        found.add(path, "length", f"Between {least} and {most} characters are needed.")
    return text


def name(value: str, path: str, found: Found) -> str:
    """Of a person: some letter of some script, no markup, no symbols."""
    text = cleaned(value, path, found, required=True, most=100)
    if text.isalpha() or found.has(path):
        return text
    if not any(unicodedata.category(one)[0] == "L" for one in text):
        found.add(path, "name", "A name has letters.")
    elif any(unicodedata.category(one) in {"So", "Sk"} or one in "<>{}[]\\" for one in text):
        found.add(path, "name", "A name has no symbols.")
    return text

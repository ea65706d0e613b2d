"""Trade items of any manufacturer: GTIN (EAN, UPC, ISBN-13). GS1 General Specifications."""

from __future__ import annotations

from registrar.domain.identifiers import checks
from registrar.domain.identifiers.answer import Answer, Asked
from registrar.domain.identifiers.writing import is_digits


def gtin(asked: Asked) -> Answer:
    """8, 12, 13 or 14 digits, the last a check digit; all are one number, padded to 14."""
    value = asked.plain
    if not is_digits(value) or len(value) not in checks.GTIN_LENGTHS:
        return Answer(valid=False, normalized=value, hints=("A GTIN has 8, 12, 13 or 14 digits.",))
    if checks.gtin(value):
        return Answer(valid=True, normalized=value, derived={"gtin_14": value.zfill(14)})
    right = checks.gtin_digit(value[:-1])
    return Answer(valid=False, normalized=value, hints=(f"Its check digit would be {right}.",))

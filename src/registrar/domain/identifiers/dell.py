"""Dell: the service tag, and the express service code that is the same number in base 10.

Source: dell.com/support/kbdoc/000125103. There is no check digit: a misread code is another tag.
"""

from __future__ import annotations

import re
import string

from registrar.domain.identifiers.answer import Answer, Asked
from registrar.domain.identifiers.writing import is_digits

DIGITS = string.digits + string.ascii_uppercase
SHORTEST, LONGEST, MOST_DIGITS = 5, 7, 11
_TAG = re.compile("[0-9A-Z]{5,7}")
_PPID = re.compile("[A-Z]{2}0?[0-9A-Z]{5,6}[0-9A-Z]{5}[0-9A-Z]{3}[0-9A-Z]{4}(?:[A-Z][0-9]{2})?")
_PART = "This is the label of a part (PPID). The service tag stands on the machine's own label."


def express_code(tag: str) -> str:
    """Of a tag of 0-9 and A-Z; leading zeros vanish."""
    return str(int(tag, 36))


def tag_of(code: int) -> str:
    """Without the leading zeros that the code has lost."""
    digits = ""
    while code:
        code, digit = divmod(code, 36)
        digits = DIGITS[digit] + digits
    return digits


def service_tag(asked: Asked) -> Answer:
    """5 to 7 letters and digits."""
    value = asked.plain
    if _TAG.fullmatch(value):
        derived = {"express_service_code": express_code(value)}
        return Answer(valid=True, normalized=value, derived=derived)
    hint = _PART if _is_ppid(value) else "A service tag has 5 to 7 letters and digits."
    return Answer(valid=False, normalized=value, hints=(hint,))


def express_service_code(asked: Asked) -> Answer:
    """At most 11 digits that convert to a tag of 5 to 7 characters, padded to 7."""
    value = asked.plain
    tag = tag_of(int(value)) if is_digits(value) and len(value) <= MOST_DIGITS else ""
    if not SHORTEST <= len(tag) <= LONGEST:
        hint = "An express service code has at most 11 digits, and converts to a service tag."
        return Answer(valid=False, normalized=value, hints=(hint,))
    if len(tag) == LONGEST:
        return Answer(valid=True, normalized=value, derived={"service_tag": tag})
    padded = tag.zfill(LONGEST)
    hint = f"A code loses leading zeros: the label says {padded}, or {tag} on an old machine."
    derived = {"service_tag": padded, "service_tag_short": tag}
    return Answer(valid=True, normalized=value, derived=derived, hints=(hint,))


def ppid(asked: Asked) -> Answer:
    """A part's label, whatever it says: it identifies no machine."""
    return Answer(valid=False, normalized=asked.text.upper(), hints=(_PART,))


def _is_ppid(value: str) -> bool:
    return len(value) > LONGEST and bool(_PPID.fullmatch(value))

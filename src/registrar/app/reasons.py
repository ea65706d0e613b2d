"""What an operator says must be readable, and end in the future."""

from __future__ import annotations

from datetime import datetime

from registrar.domain.errors import Violation

LONGEST_REASON = 256


def of_reason(reason: str) -> list[Violation]:
    """Of its text, already stripped."""
    if 1 <= len(reason) <= LONGEST_REASON and reason.isprintable():
        return []
    problem = f"Between 1 and {LONGEST_REASON} printable characters are needed."
    return [Violation("reason", "length", problem)]


def of_end(until: datetime | None, now: datetime) -> list[Violation]:
    """None has no end."""
    if until is None or until > now:
        return []
    return [Violation("until", "future", "It must lie in the future.")]

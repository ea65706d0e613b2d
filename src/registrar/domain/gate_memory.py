"""What a gate has learned of its manufacturer, as far as Redis alone must not know it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GateMemory:
    """What a gate must not forget with Redis. Times are its own, in milliseconds since 1970."""

    until: int = 0
    """It is to be left alone until then; 0 where it is not."""
    trips: int = 0
    """In a row, where it is."""
    cause: str = ""
    day: int = 0
    """When the manufacturer's day began of which requests are counted; 0 without a quota."""
    used: int = 0
    """On that day."""

"""What a person needs who registers a product by hand: made for one registration when it is read.

It holds personal data, so it is never stored: the submission rests sealed, the rest is manifest.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A field of the manufacturer's form; `value` is empty where the submission has none."""

    field: str
    """Canonical path of the value."""
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class GuideStep:
    """What to do, and what to fill in there."""

    text: str
    values: tuple[Prefilled, ...] = ()
    language: str = "en"
    """ISO 639-1, of `text`."""


@dataclass(frozen=True, slots=True)
class ProofOfPurchase:
    """What the manufacturer wants to see; 0 bytes where no limit is known."""

    required: bool
    media_types: tuple[str, ...] = ()
    max_bytes: int = 0
    notes: str = ""
    language: str = "en"
    """ISO 639-1, of `notes`."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What no source tells is empty."""

    steps: tuple[GuideStep, ...]
    link: str = ""
    register_by: date | None = None
    """The last day of the manufacturer's window. To miss it is no reason not to try."""
    register_for: str = ""
    """What is lost after it: `required`, the registration; `extension`, of the guarantee."""
    proof: ProofOfPurchase | None = None
    contact: str = ""
    follow_up_days: int = 0
    evidence: str = ""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    """What else to know, such as that each battery is a registration of its own."""

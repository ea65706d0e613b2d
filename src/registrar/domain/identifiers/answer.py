"""What is asked of an identifier, and what can honestly be answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Asked:
    """A value in the writings that rules need; `today` because a future date is no candidate."""

    text: str
    """Cleaned; case, hyphens and single blanks are kept."""
    plain: str
    """Upper case, without blanks and hyphens."""
    today: date
    brand: str = ""
    """As `makers.find` says it, where the brand was named."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """When it may have been made: a year with a week or a month, by one rule.

    `confidence` is in (0, 1): how far the rule is believed, shared among its readings.
    """

    year: int
    confidence: float
    rule: str
    week: int | None = None
    month: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`valid` is None where no public rule can say; `derived` holds other forms and parts."""

    valid: bool | None
    normalized: str
    candidates: tuple[Candidate, ...] = ()
    derived: Mapping[str, str] = field(default_factory=dict[str, str])
    hints: tuple[str, ...] = ()


Decide = Callable[[Asked], Answer]
"""Total: any text has an answer, none is an exception."""

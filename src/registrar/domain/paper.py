"""What is printed for people: a guide before, a proof after. Made when asked for, never stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from registrar.domain.manufacturer import Manufacturer
from registrar.domain.registration import Registration
from registrar.domain.submission import Submission

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose paper it is. `today` is the day on which it is made."""

    registration: Registration
    submission: Submission
    manufacturer: Manufacturer
    today: date


class Basis(StrEnum):
    """How it is known that a product is registered."""

    ANSWER = "answer"
    """The manufacturer said so when it was asked to register it."""
    LOOKUP = "lookup"
    """It was looked up at the manufacturer, and found."""
    PERSON = "person"
    """A person said so; nobody here has looked."""


@dataclass(frozen=True, slots=True)
class Proof:
    """How a registration ended well. `known_at` is when that became known here, UTC."""

    known_at: datetime
    basis: Basis
    registered_on: date | None = None
    """As a person says; else the day it became known."""
    evidence: str = ""
    """How the route is known: documented, observed or assumed; empty where it has no record."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A file to read. `language` is ISO 639-1."""

    name: str
    """A file name without anything personal."""
    language: str
    content: bytes
    media_type: str = PDF

    @property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()

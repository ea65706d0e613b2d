"""A submission as it rests in the store: compact JSON, sealed in the place it belongs to."""

from __future__ import annotations

from registrar.domain.submission import Submission
from registrar.ports import plain
from registrar.ports.keys import Keys


def _context(registration_id: str) -> str:
    return f"registrations.sealed:{registration_id}"


def payload(submission: Submission) -> bytes:
    """In clear, as it is sealed; equal submissions are equal bytes."""
    return plain.to_json(submission)


def seal(keys: Keys, registration_id: str, clear: bytes) -> bytes:
    """Opens only in the row of this registration."""
    return keys.seal(clear, _context(registration_id))


def unseal(keys: Keys, registration_id: str, sealed: bytes) -> Submission:
    """The submission; ValueError where the row was tampered with."""
    return plain.from_json(Submission, keys.open(sealed, _context(registration_id)))

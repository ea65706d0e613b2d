"""A submission as it rests in the store: compact JSON, sealed in the place it belongs to."""

from __future__ import annotations

import json

from registrar.domain import plain
from registrar.domain.submission import Submission
from registrar.ports.keys import Keys


def _context(registration_id: str) -> str:
    return f"registrations.sealed:{registration_id}"


def seal(keys: Keys, registration_id: str, submission: Submission) -> bytes:
    """Opens only in the row of this registration."""
    text = json.dumps(plain.to_plain(submission), separators=(",", ":"), ensure_ascii=False)
    return keys.seal(text.encode(), _context(registration_id))


def unseal(keys: Keys, registration_id: str, sealed: bytes) -> Submission:
    """The submission; ValueError where the row was tampered with."""
    made: Submission = plain.from_plain(
        Submission, json.loads(keys.open(sealed, _context(registration_id)))
    )
    return made

"""A failure that nobody has answered yet, and what it has in common with others of its cause.

It is answered by a retry, which leaves FAILED; by somebody who abandons it; by a new registration
of the same product, its successor; and by erasing it, after which nothing can be done with it.
"""

from __future__ import annotations

import hashlib

import msgspec

from registrar.domain.outcome import Tier
from registrar.domain.registration import Registration, State

NO_CAUSE = ""
"""Of what is no dead letter."""
_DIGITS = 16


class Cause(msgspec.Struct, frozen=True):
    """Failures of the same cause are one problem. The message is none of it: it may hold numbers.

    A failure knows no step of its connector. A refused `field` says which part of a form it was.
    """

    manufacturer_id: str
    tier: Tier | None
    """Of the last attempt."""
    code: str
    manufacturer_code: str
    field: str

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits, the same in every release: rows and callers keep it."""
        # Each part with its length: no two lists of parts are the same text.
        text = "".join(f"{len(one)}:{one}" for one in map(str, msgspec.structs.astuple(self)))
        return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def cause_of(registration: Registration) -> Cause:
    """Why it has failed last."""
    failure = registration.failure
    return Cause(
        registration.manufacturer_id,
        registration.tier,
        failure.code if failure else "",
        failure.raw_code if failure else "",
        failure.field if failure else "",
    )


def is_dead(registration: Registration) -> bool:
    """Whether it has failed and waits for somebody's answer."""
    return (
        registration.state is State.FAILED
        and registration.abandoned_at is None
        and registration.erased_at is None
        and not registration.successor_id
    )


def fingerprint_of(registration: Registration) -> str:
    """Of its cause; NO_CAUSE where it is no dead letter."""
    return cause_of(registration).fingerprint if is_dead(registration) else NO_CAUSE

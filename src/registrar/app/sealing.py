"""A submission as it rests in the store: compact JSON, sealed in the place it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.domain.errors import Erased
from registrar.domain.submission import ERASED, Submission
from registrar.ports import plain
from registrar.ports.store import Stored
from registrar.ports.vault import Cipher, Vault


def context(registration_id: str) -> str:
    """What the sealed submission of this registration is bound to."""
    return f"registrations.sealed:{registration_id}"


def payload(submission: Submission) -> bytes:
    """In clear, as it is sealed; equal submissions are equal bytes."""
    return plain.to_json(submission)


async def seal(vault: Vault, registration_id: str, clear: bytes) -> bytes:
    """Under a key of its own, in the row of this registration. Raises StoreUnavailable."""
    return (await vault.fresh()).seal(clear, context(registration_id))


async def unseal(vault: Vault, stored: Stored) -> Submission:
    """The submission; ValueError where the row was tampered with.

    Raises Erased where it is gone or its key was destroyed, and StoreUnavailable.
    """
    (found,) = await unseal_all(vault, [stored])
    if found is ERASED:
        raise Erased
    return found


async def unseal_all(vault: Vault, many: Sequence[Stored]) -> list[Submission]:
    """In order; the keys of all are read at once. `ERASED` for what is gone."""
    there = [one for one in many if one.sealed]
    ciphers = iter(await vault.of([one.sealed for one in there]))
    return [_opened(next(ciphers), one) if one.sealed else ERASED for one in many]


def _opened(cipher: Cipher | None, stored: Stored) -> Submission:
    if cipher is None:
        return ERASED
    where = context(stored.registration.id)
    return plain.from_json(Submission, cipher.open(stored.sealed, where))

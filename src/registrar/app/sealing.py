"""A submission as it rests in the store: compact JSON, sealed in the place it belongs to."""

from __future__ import annotations

from collections.abc import Sequence

from registrar.domain.errors import Erased
from registrar.domain.submission import Submission
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

    Raises Erased where its key was destroyed, and StoreUnavailable.
    """
    (cipher,) = await vault.of([stored.sealed])
    if cipher is None:
        raise Erased
    return _opened(cipher, stored)


async def unseal_all(vault: Vault, many: Sequence[Stored]) -> list[Submission]:
    """In order; the keys of all are read at once. Raises as `unseal` does."""
    ciphers = await vault.of([one.sealed for one in many])
    if None in ciphers:
        raise Erased
    return [_opened(cipher, one) for cipher, one in zip(ciphers, many, strict=True) if cipher]


def _opened(cipher: Cipher, stored: Stored) -> Submission:
    where = context(stored.registration.id)
    return plain.from_json(Submission, cipher.open(stored.sealed, where))

"""The secrets of a tenant's webhook, as they rest sealed beside its settings.

Standard Webhooks: `whsec_` and 32 random bytes in base64. At most two are in force: the newest, and
for a while the one before.
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec

from registrar.ports import plain
from registrar.ports.keys import Keys

PREFIX = "whsec_"
_BYTES = 32


class Secret(msgspec.Struct, frozen=True):
    """`until` None: for good. Not shown in a log."""

    text: str
    until: datetime | None = None

    def __repr__(self) -> str:
        """Without itself."""
        return f"Secret(until={self.until})"


def fresh() -> Secret:
    """Another one."""
    return Secret(PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode())


def _context(tenant_id: str) -> str:
    return f"tenant_notifications.sealed:{tenant_id}"


def sealed(keys: Keys, tenant_id: str, of: Sequence[Secret]) -> bytes:
    """Opens only in the row of this tenant."""
    return keys.seal(plain.to_json(of), _context(tenant_id)) if of else b""


def opened(keys: Keys, tenant_id: str, given: bytes, now: datetime) -> tuple[Secret, ...]:
    """Those in force, the newest first; ValueError where the row was tampered with."""
    if not given:
        return ()
    found = plain.from_json(tuple[Secret, ...], keys.open(given, _context(tenant_id)))
    return tuple(one for one in found if one.until is None or one.until > now)

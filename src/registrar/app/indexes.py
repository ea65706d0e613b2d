"""Blind indexes: how what is sealed is found again, by equality and by its own tenant only."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.domain.identifiers.checks import compact
from registrar.ports.keys import Keys


@dataclass(frozen=True, slots=True)
class Indexes:
    """Of one tenant."""

    keys: Keys
    tenant_id: str

    def serial(self, manufacturer_id: str, serial_number: str) -> bytes:
        """Case, blanks and hyphens do not tell two products apart."""
        value = f"{manufacturer_id}:{compact(serial_number)}"
        return self.keys.blind_index("serial", value, self.tenant_id)

    def reference(self, external_reference: str) -> bytes | None:
        """None where there is none."""
        return self._index("reference", external_reference)

    def user(self, user_ref: str) -> bytes | None:
        """None where there is none."""
        return self._index("user", user_ref)

    def mailbox(self, email: str) -> bytes | None:
        """None where there is none."""
        return self.address(email) if email else None

    def address(self, email: str) -> bytes:
        """Of a mailbox, in whatever case it is written."""
        return self.keys.blind_index("email", email.casefold(), self.tenant_id)

    def _index(self, name: str, value: str) -> bytes | None:
        return self.keys.blind_index(name, value, self.tenant_id) if value else None

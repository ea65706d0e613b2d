"""Letters that came back after a server had taken charge of them."""

from __future__ import annotations

from dataclasses import dataclass

from registrar.app import sealing
from registrar.app.indexes import Indexes
from registrar.domain.errors import Erased
from registrar.domain.notification import Channel
from registrar.ports.notices import Notice
from registrar.ports.store import Store
from registrar.ports.vault import Vault

UNKNOWN = "returned"
"""Code of a letter whose report does not say why."""


@dataclass(frozen=True, slots=True)
class Bounces:
    """What a report says is written down."""

    store: Store
    vault: Vault

    async def take(self, notice_id: str, status: str, *, nobody: bool) -> bool:
        """False where it speaks of no letter that was sent. `nobody`: the mailbox does not exist.

        A letter is known for as long as its notice is. Raises StoreUnavailable.
        """
        notice = await self.store.notices.of(notice_id)
        if notice is None or notice.channel is not Channel.EMAIL:
            return False
        address = await self._address(notice) if nobody else None
        return await self.store.notices.came_back(notice_id, status or UNKNOWN, address)

    async def _address(self, notice: Notice) -> bytes | None:
        """As its blind index; None where the customer's data is erased."""
        found = await self.store.get(notice.tenant_id, [notice.registration_id])
        stored = found.get(notice.registration_id)
        if stored is None:
            return None
        try:
            submission = await sealing.unseal(self.vault, stored)
        except Erased:
            return None
        email = submission.customer.email
        return Indexes(self.vault.keys, notice.tenant_id).address(email) if email else None

"""A mail that was sent to the address of bounces, read and written down."""

from __future__ import annotations

import structlog

from registrar.app.notifications.bounces import Bounces
from registrar.bootstrap import vaults
from registrar.config.settings import Settings
from registrar.notify import bounces
from registrar.store.sql import open_store

_log = structlog.get_logger("registrar.notices")


async def returned(settings: Settings, mail: bytes) -> None:
    """Raises StoreUnavailable. Of what is no bounce of ours, only that it came is said."""
    found = bounces.read(mail)
    if found is None:
        _log.info("mail_unread", size=len(mail))
        return
    async with vaults.opened(settings) as keys:
        store = open_store(settings.database_url, pool_size=1)
        try:
            use = Bounces(store, keys.vault)
            known = await use.take(found.notice_id, found.status, nobody=found.nobody)
        finally:
            await store.close()
    _log.info("notice_bounced", notice_id=found.notice_id, code=found.status, known=known)

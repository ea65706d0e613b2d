"""What authentication and encryption cost of a submission: processor time, in this process.

As `serve` does both: the caller's key, the blind indexes, a key of the registration's own, made
ahead in a store of keys on PostgreSQL, the sealed payload, the keyed digest of the body and the
resume token.
"""

from __future__ import annotations

import base64
import secrets
import time
from contextlib import AsyncExitStack

from benchmarks.system import request
from registrar.app import sealing, tokens
from registrar.app.api_keys import ApiKeys
from registrar.app.indexes import Indexes
from registrar.app.tokens import Bound, Resume, Tokens
from registrar.bootstrap import vaults
from registrar.config.settings import load
from registrar.ports.clock import SystemClock
from registrar.ports.store import Position
from registrar.rpc import convert
from registrar.store.sql import open_store

CALLS = 5_000


async def microseconds(database: str) -> float:
    """Of processor time a submission, on this empty database."""
    root = base64.b64encode(secrets.token_bytes(32)).decode()
    settings = load(database_url=database, root_key=root)
    await vaults.migrated(settings)
    async with AsyncExitStack() as stack:
        there = await stack.enter_async_context(vaults.opened(settings, ahead=512))
        store = open_store(database)
        stack.push_async_callback(store.close)
        keys = ApiKeys(store, there.keys)
        text = (await keys.issue("tenant-a")).text
        submission = convert.read_submit(request(), "").submission
        payload, now = sealing.payload(submission), SystemClock().now()
        await there.vault.fresh()
        started = time.process_time()
        for _ in range(CALLS):
            caller = await keys.authenticate(text)
            index = Indexes(there.keys, caller.tenant_id)
            index.serial("acme", submission.product.serial_number)
            index.reference(submission.external_reference or "reference")
            index.user(submission.customer.user_ref or "user")
            index.mailbox(submission.customer.email)
            there.keys.sign("body", payload)
            made = tokens.registration_id(now)
            await sealing.seal(there.vault, made, payload)
            bound = Bound(caller.tenant_id, (made,))
            Tokens(there.keys).resume(Resume(Position()), bound, now)
        return (time.process_time() - started) / CALLS * 1e6

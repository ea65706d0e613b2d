"""The dispatcher finishes what an erasure has left, and forgets what is kept no longer."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from msgspec.structs import replace
from tests.integration.app.desks import submission

from registrar.app import sealing, tokens
from registrar.bootstrap import parts, vaults
from registrar.config.settings import Settings, load
from registrar.domain import lifecycle
from registrar.domain.erasure import Erasure
from registrar.domain.lifecycle import Moment
from registrar.domain.registration import State
from registrar.ports.clock import SystemClock
from registrar.ports.erasures import Whose
from registrar.store.sql import SqlStore
from registrar.testing.records import Wanted, new_registration

LEASE = timedelta(seconds=30)
ADA = Whose(b"ada")


async def settled(folder: Path, **given: Any) -> Settings:  # noqa: ANN401 - any setting
    """Of a dispatcher; nobody answers where its Redis should be."""
    made = load(
        database_url=f"sqlite:///{folder / 'registrar.db'}",
        redis_url=f"unix://{folder / 'none.sock'}",
        artifacts_url=str(folder / "files"),
        root_key=base64.b64encode(b"k" * 32).decode(),
        browser="off",
        **given,
    )
    await vaults.migrated(made)
    return made


async def accepted(made: Settings, store: SqlStore, at: datetime, state: State) -> str:
    """A registration of Ada's, of that time."""
    item = new_registration(Wanted(created_at=at, user=ADA.index))
    fresh = replace(item.transition.registration, id=tokens.registration_id(at), revision=0)
    begun = lifecycle.submit(fresh, Moment(at))
    async with vaults.opened(made) as keys:
        sealed = await sealing.seal(keys.vault, fresh.id, sealing.payload(submission()))
    await store.insert([replace(item, transition=begun, sealed=sealed)])
    if state is State.CANCELLED:
        over = lifecycle.cancel(begun.registration, "", Moment(at))
        assert await store.write([over], LEASE) == [True]
    return fresh.id


async def dispatched(made: Settings, holds: Callable[[], Awaitable[bool]]) -> None:
    """For at most twenty seconds."""
    async with parts.dispatching(made), asyncio.timeout(20):
        while not await holds():  # noqa: ASYNC110 - what it waits for tells nobody
            await asyncio.sleep(0.05)


async def test_what_was_cut_off_is_finished(tmp_path: Path) -> None:
    """The process that had begun it is gone."""
    made, now = await settled(tmp_path), SystemClock().now()
    async with AsyncExitStack() as stack:
        store = SqlStore(made.database_url)
        stack.push_async_callback(store.close)
        key = await accepted(made, store, now, State.PENDING)
        asked = Erasure("era_1", "tenant-a", "request-1", now + LEASE, "caller:a")
        await store.erasures.begin(asked, ADA)

        async def done() -> bool:
            return await store.erasures.pending(9) == []

        await dispatched(made, done)
        (found,) = (await store.get("tenant-a", [key])).values()
        assert (found.sealed, found.registration.state) == (b"", State.CANCELLED)
        assert await store.erasures.doomed(9) == []


async def test_what_is_over_is_kept_as_long_as_the_setting_says(tmp_path: Path) -> None:
    """Two days are too long for one, and what goes on stays."""
    made, now = await settled(tmp_path, personal_days=2), SystemClock().now()
    async with AsyncExitStack() as stack:
        store = SqlStore(made.database_url)
        stack.push_async_callback(store.close)
        days = {3: State.CANCELLED, 1: State.CANCELLED, 4: State.PENDING}
        old, young, going = [
            await accepted(made, store, now - timedelta(days=age), state)
            for age, state in days.items()
        ]

        async def gone() -> bool:
            return not (await store.get("tenant-a", [old]))[old].sealed

        await dispatched(made, gone)
        left = await store.get("tenant-a", [young, going])
        assert all(one.sealed for one in left.values())

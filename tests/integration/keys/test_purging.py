"""`dispatch` ends retired keys, by its setting."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from tests.integration.app.test_backlog_wired import settled

from registrar.bootstrap import parts
from registrar.ports.key_rows import DataKey
from registrar.store.key_rows import SqlKeyRows

DAY = 86_400 * 1_000_000


async def test_dispatch_ends_what_was_retired_longer_ago(tmp_path: Path) -> None:
    """Three days, where two are kept; what was retired yesterday stays, and what is in use."""
    settings = await settled(tmp_path, retired_key_days=2)
    keys = [DataKey(one * 24, 2, bytes(60)) for one in "abc"]
    rows = SqlKeyRows(settings.key_store)
    await rows.add(keys)
    with closing(sqlite3.connect(tmp_path / "registrar-keys.db")) as database:
        for key, days in zip(keys, (3, 1), strict=False):
            at = time.time_ns() // 1000 - days * DAY
            database.execute("UPDATE data_keys SET retired_at = ? WHERE id = ?", (at, key.id))
        database.commit()
    async with parts.dispatching(settings), asyncio.timeout(30):
        while len(await rows.find([one.id for one in keys])) == len(keys):  # noqa: ASYNC110 - another task is looked at
            await asyncio.sleep(0.02)
    assert set(await rows.find([one.id for one in keys])) == {one.id for one in keys[1:]}
    await rows.close()

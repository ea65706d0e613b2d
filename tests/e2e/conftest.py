"""One running system for all tests that only use it."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.system import System, start


@pytest.fixture(scope="session")
def system() -> Iterator[System]:
    """As a user starts it."""
    with tempfile.TemporaryDirectory(prefix="registrar-e2e-") as folder:
        made = start(Path(folder))
        try:
            yield made
        finally:
            made.stop()

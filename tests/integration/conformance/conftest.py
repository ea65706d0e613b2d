"""Cards of the packaged manufacturers, each made once."""

import asyncio
from collections.abc import AsyncIterator
from functools import cache
from pathlib import Path

import pytest

from registrar.connectors.kit import reading
from registrar.connectors.kit.catalogue import PACKAGED
from registrar.connectors.kit.http import HttpClient
from registrar.testing.conformance.report import Card
from registrar.testing.conformance.runner import examined

FOLDERS = [path.parent for path in reading.files(PACKAGED)]


@cache
def card(folder: Path) -> Card:
    """Of the whole kit."""
    return asyncio.run(examined(folder))


@pytest.fixture
async def clients() -> AsyncIterator[list[HttpClient]]:
    """Those that a test makes itself, closed after it."""
    made: list[HttpClient] = []
    yield made
    await asyncio.gather(*(one.close() for one in made))

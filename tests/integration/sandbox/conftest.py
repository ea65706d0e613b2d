"""A sandbox with a ledger on disk, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from registrar.sandbox import Sandbox, SandboxSettings

Session = aiohttp.ClientSession


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """A client of a sandbox with a ledger on disk."""
    made = Sandbox(SandboxSettings(ledger=str(tmp_path / "ledger.db")))
    port = await made.start()
    timeout = aiohttp.ClientTimeout(total=5)
    async with Session(f"http://127.0.0.1:{port}", timeout=timeout) as client:
        yield client
    await made.close()

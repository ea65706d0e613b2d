"""`registrar sandbox` as a process: its seed, its file, its last line."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from tests.integration.sandbox.conftest import scripted
from tests.integration.sandbox.test_faults import sent
from tests.system import REGISTRAR, clean_environment

pytestmark = pytest.mark.slow


@asynccontextmanager
async def process(*arguments: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of one that ends with its standard input."""
    process = await asyncio.create_subprocess_exec(
        *REGISTRAR,
        "sandbox",
        "--json",
        "--until-eof",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=clean_environment(),
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ready = json.loads(await asyncio.wait_for(process.stdout.readline(), 60))
    async with httpx.AsyncClient(base_url=ready["sandbox"], timeout=5) as client:
        yield client
    process.stdin.close()
    assert await asyncio.wait_for(process.wait(), 60) == 0


@pytest.mark.parametrize("option", ["--state", "--ledger"])
async def test_a_seed_replays_and_a_file_remembers(tmp_path: Path, option: str) -> None:
    """In two processes: the same faults, and the acts of the first in the second."""
    state = str(tmp_path / "state.db")
    statuses = []
    for _ in range(2):
        async with process("--seed", "7", option, state) as http:
            await scripted(http, {"fault": "html", "probability": 0.5})
            serials = [f"AC26XY{number:06d}" for number in range(10)]
            statuses.append([(await sent(http, serial)).status_code for serial in serials])
    first, second = statuses
    assert sorted(set(first)) == [201, 502]
    assert second == [{201: 200, 502: 502}[one] for one in first]

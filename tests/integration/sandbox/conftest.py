"""A sandbox with a ledger on disk, over HTTP."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import pytest

from registrar.sandbox import Sandbox, SandboxSettings

Session = aiohttp.ClientSession
WORK_SECONDS = 0.5


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    """A client of a sandbox with a ledger on disk."""
    made = Sandbox(SandboxSettings(ledger=str(tmp_path / "ledger.db")))
    port = await made.start()
    timeout = aiohttp.ClientTimeout(total=5)
    async with Session(f"http://127.0.0.1:{port}", timeout=timeout) as client:
        yield client
    await made.close()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    """A client of a sandbox whose work takes half a second."""
    made = Sandbox(SandboxSettings(work_seconds=WORK_SECONDS, partners=("acme", "lg", "bosch")))
    port = await made.start()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=5) as client:
        yield client
    await made.close()


async def seeded(http: httpx.AsyncClient, *devices: dict[str, Any]) -> None:
    """These exist from now on."""
    reply = await http.put("/_sandbox/devices", json={"devices": devices})
    assert reply.status_code == 200, reply.text


async def scripted(http: httpx.AsyncClient, *rules: dict[str, Any], **more: Any) -> None:  # noqa: ANN401 - a seed
    """The faults from now on."""
    reply = await http.put("/_sandbox/faults", json={"rules": rules, **more})
    assert reply.status_code == 200, reply.text


async def effects(http: httpx.AsyncClient, manufacturer: str) -> list[tuple[str, str]]:
    """Product and owner of every act that holds."""
    report = (await http.get("/_sandbox/ledger", params={"manufacturer": manufacturer})).json()
    assert report["duplicates"] == []
    held = [one for one in report["effects"] if one["status"] != "released"]
    return [(one["serial_number"], one["owner"]) for one in held]


async def bearer(http: httpx.AsyncClient, path: str, name: str, scope: str = "") -> dict[str, str]:
    """Headers with a token, for id and secret `name` in the body."""
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": name}
    reply = await http.post(path, data=form | ({"scope": scope} if scope else {}))
    assert reply.status_code == 200, reply.text
    return {"Authorization": f"Bearer {reply.json()['access_token']}"}

"""A token service on a real socket, which counts; and caches that share it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from registrar.connectors.kit.auth import Reached, Sharing, Tokens
from registrar.connectors.kit.auth.grants import in_body
from registrar.connectors.kit.http import HttpClient
from registrar.outbound import Reach
from registrar.ports.tokens import TokenCache
from registrar.store.keyring import Keyring

ROOT = bytes(range(32))
KEYS = Keyring(ROOT)
IDENTITY = ["id", "canary-secret"]
KEY = Sharing(Reached(None), KEYS).named("acme", IDENTITY).key  # type: ignore[arg-type] # only its name


class Counting:
    """Answers after `seconds` what the test says; by itself `canary-token-N`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.seconds = 0.05
        self.status = 200
        self.life = 1800
        self.answer: object = None
        self.headers: dict[str, str] = {}
        self.url = ""
        self.arrived = asyncio.Event()

    async def give(self, request: web.Request) -> web.Response:
        """POST /token."""
        self.asked.append(dict(await request.post()))
        number = len(self.asked)
        self.arrived.set()
        await asyncio.sleep(self.seconds)
        made = {"access_token": f"canary-token-{number}", "expires_in": self.life}
        said = made if self.answer is None else self.answer
        return web.json_response(said, status=self.status, headers=self.headers)

    def throttle(self, status: int = 429, **headers: str) -> None:
        """From now on."""
        self.status, self.answer = status, {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def recover(self) -> None:
        """In good health again."""
        self.status, self.answer, self.headers = 200, None, {}


@asynccontextmanager
async def counting() -> AsyncIterator[Counting]:
    """Running."""
    made = Counting()
    app = web.Application()
    app.router.add_post("/token", made.give)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/token"
    yield made
    await runner.cleanup()


class Process:
    """What one process has: a client, a cache of its own, and its way to the shared one."""

    def __init__(self, url: str, cache: TokenCache | None, timeout: float = 5.0) -> None:
        self.http = HttpClient(reach=Reach(local=True))
        self.reached = Reached(cache) if cache else None
        shared = Sharing(self.reached, KEYS).named("acme", IDENTITY) if self.reached else None
        self.tokens = Tokens(self.http, in_body(url, *IDENTITY), timeout, None, shared)

    async def got(self) -> str:
        """The token."""
        return (await self.tokens.headers())["Authorization"].removeprefix("Bearer ")

    def refuse(self, token: str) -> None:
        """The manufacturer has."""
        self.tokens.forget({"Authorization": f"Bearer {token}"})


@asynccontextmanager
async def processes(*made: Process) -> AsyncIterator[tuple[Process, ...]]:
    """Closed at the end."""
    yield made
    await asyncio.gather(*(one.http.close() for one in made))

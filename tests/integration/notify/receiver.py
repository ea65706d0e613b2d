"""A tenant's system that takes webhooks, and believes none whose signature it cannot verify.

Written from the rules of Standard Webhooks, and not from what is tried here.
"""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

TOLERANCE = 300


@dataclass
class Said:
    """An answer."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0
    """Seconds."""


@dataclass
class Receiver:
    """`said` are given first, in order; then 204."""

    secrets: list[str] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    requests: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)
    """Path with query, headers and body of every request."""
    url: str = ""

    async def take(self, request: web.Request) -> web.Response:
        """A webhook."""
        self.requests.append((request.raw_path, request.headers, await request.read()))
        said = self.said.pop(0) if self.said else Said()
        await asyncio.sleep(said.after)
        return web.Response(status=said.status, headers=said.headers)

    def will_say(self, status: int, retry_after: int = 0) -> None:
        """To the next one."""
        headers = {"Retry-After": str(retry_after)} if retry_after else {}
        self.said.append(Said(status, headers))

    def arrived(self) -> list[tuple[str, Mapping[str, Any]]]:
        """Id and payload of each, in order."""
        return [(one["webhook-id"], json.loads(body)) for _, one, body in self.requests]

    def verified(self, number: int = -1, secrets: list[str] | None = None) -> bool:
        """Whether it is signed with one of the secrets, and lately."""
        _, headers, body = self.requests[number]
        at = headers["webhook-timestamp"]
        if abs(time.time() - int(at)) > TOLERANCE:
            return False
        text = headers["webhook-id"] + "." + at + "." + body.decode("utf-8")
        given = [one.split(",") for one in headers["webhook-signature"].split(" ")]
        for secret in secrets or self.secrets:
            key = base64.b64decode(secret[len("whsec_") :])
            digest = hmac.digest(key, text.encode("utf-8"), "sha256")
            expected = base64.b64encode(digest).decode("ascii")
            if any(version == "v1" and mark == expected for version, mark in given):
                return True
        return False


@asynccontextmanager
async def running(*secrets: str) -> AsyncIterator[Receiver]:
    """For the time of the block."""
    made = Receiver(list(secrets))
    app = web.Application()
    app.router.add_post("/{path:.*}", made.take)
    async with TestServer(app, host="127.0.0.1") as server:
        made.url = f"http://127.0.0.1:{server.port}/hooks"
        yield made

"""`ports.notifier.Courier` by HTTPS, signed as Standard Webhooks has it.

By aiohttp itself and not through httpx: its resolver is ours to give, so the address that was
checked is the one that is connected to, whatever a second look-up would say.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from registrar.domain import destination
from registrar.ports.notifier import Answer, Call, Verdict

SECONDS = 15.0
"""For all of it."""
CONNECT_SECONDS = 5.0
CONNECTIONS = 32
_GONE, _LATER = 410, frozenset({429, 503})
_PREFIX = "whsec_"

LookUp = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host; OSError where there are none."""


async def looked_up(host: str, port: int) -> list[str]:
    """By the system."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


class NotAllowed(OSError):
    """A name of something inside."""


class Checked(AbstractResolver):
    """Of a name that leads inside by any of its addresses, none is given."""

    def __init__(self, look_up: LookUp, *, local: bool) -> None:
        self._look_up = look_up
        self._local = local

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Raises OSError."""
        del family
        found = [ip_address(one.partition("%")[0]) for one in await self._look_up(host, port)]
        if not found or not all(destination.allowed(one, local=self._local) for one in found):
            raise NotAllowed
        return [
            ResolveResult(
                hostname=host,
                host=str(one),
                port=port,
                family=socket.AF_INET6 if one.version == 6 else socket.AF_INET,  # noqa: PLR2004 - of IP
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for one in found
        ]

    async def close(self) -> None:
        """Nothing is open."""


class HttpCourier:
    """A connection a webhook. `local`: to this host as well, and there without TLS."""

    def __init__(
        self, *, local: bool = False, look_up: LookUp = looked_up, seconds: float = SECONDS
    ) -> None:
        self._local = local
        self._resolver = Checked(look_up, local=local)
        self._timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS)
        self._session: aiohttp.ClientSession | None = None

    async def post(self, call: Call) -> Answer:
        """Once, in bounded time, without redirects."""
        if destination.problem(call.url, local=self._local):
            # It was checked when it was set; by other rules, perhaps.
            return Answer(Verdict.LATER, "not_allowed")
        body = json.dumps(call.payload, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            return await self._answered(call, body)
        except TimeoutError:
            return Answer(Verdict.LATER, "timeout")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Answer(Verdict.LATER, _code(error))

    async def _answered(self, call: Call, body: bytes) -> Answer:
        # As it was given: what is percent-encoded in it stays so.
        url = URL(call.url, encoded=True)
        headers = {"Content-Type": "application/json", **signed(call, body)}
        sent = self._open().post(url, data=body, headers=headers, allow_redirects=False)
        async with sent as answer:
            # What else is said is not read: nobody here has a use for it.
            answer.close()
            return _read(answer.status, answer.headers.get("Retry-After", ""))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                limit=CONNECTIONS, force_close=True, resolver=self._resolver, use_dns_cache=False
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                timeout=self._timeout,
                headers={"User-Agent": "registrar"},
                cookie_jar=aiohttp.DummyCookieJar(),
                auto_decompress=False,
                trust_env=False,
            )
        return self._session

    async def close(self) -> None:
        """Give everything back."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def signed(call: Call, body: bytes) -> dict[str, str]:
    """Its headers; one signature for each secret."""
    at = str(int(call.at.timestamp()))
    content = b".".join((call.id.encode(), at.encode(), body))
    marks = [_mark(one, content) for one in call.secrets]
    return {
        "webhook-id": call.id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{one}" for one in marks),
    }


def _mark(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    return base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()


def _read(status: int, retry_after: str) -> Answer:
    code = str(status)
    if 200 <= status < 300:  # noqa: PLR2004 - of HTTP
        return Answer(Verdict.SENT, code)
    if status == _GONE:
        return Answer(Verdict.GONE, code)
    return Answer(Verdict.LATER, code, _pause(retry_after) if status in _LATER else None)


def _pause(text: str) -> timedelta | None:
    """Seconds, or an instant; None where it is neither."""
    if text.isascii() and text.isdigit():
        return timedelta(seconds=min(int(text[:9]), 10**6))
    with suppress(ValueError, TypeError):
        return max(parsedate_to_datetime(text) - datetime.now(UTC), timedelta(0))
    return None


def _code(error: Exception) -> str:
    """A word. Its text would hold the address, and what stands behind it."""
    below: BaseException | None = error
    while below is not None:
        if isinstance(below, NotAllowed):
            return "not_allowed"
        below = below.__cause__ or below.__context__
    return type(error).__name__[:64]

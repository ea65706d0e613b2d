"""The one HTTP client: httpx over aiohttp's transport. Nothing else here imports httpx.

Errors say their phase. Only what provably happened before anything was sent is NOT_SENT; the
transport maps a server that hangs up to httpx.ConnectTimeout, so its word for it does not count:
the cause below it does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

CONNECT_TIMEOUT = 5.0
POOL_TIMEOUT = 5.0
CONNECTIONS = 256
MAX_RETRY_AFTER = timedelta(hours=24)

_NEVER_SENT = (
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS
    aiohttp.ConnectionTimeoutError,  # no connection, or no place in the pool, in time
    aiohttp.InvalidURL,
)


class NotSent(Exception):
    """The manufacturer certainly has nothing of this request."""


class NoAnswer(Exception):
    """It was sent, or may have been: nobody knows what became of it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. `body` is its JSON; None where it is not JSON."""

    status: int
    body: Any
    retry_after: timedelta | None = None
    page: bool = False
    """Something was said, and it is not JSON."""


@dataclass(frozen=True, slots=True)
class Request:
    """`url` is absolute; `json` None means no body."""

    method: str
    url: str
    headers: dict[str, str]
    query: dict[str, str]
    json: Any = None
    form: dict[str, str] | None = None


class HttpClient:
    """One a process, on the loop that first uses it."""

    def __init__(self) -> None:
        self._client: httpx.AsyncClient | None = None

    async def send(self, request: Request, *, read_timeout: float, max_body: int) -> Reply:
        """Once, without redirects. Raises NotSent and NoAnswer."""
        timeout = httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT, pool=POOL_TIMEOUT)
        try:
            async with self._open().stream(
                request.method,
                request.url,
                headers=request.headers,
                params=request.query or None,
                json=request.json,
                data=request.form,
                timeout=timeout,
            ) as response:
                raw = await _read(response, max_body)
                body = _json(raw)
                page = body is None and bool(raw.strip())
                return Reply(response.status_code, body, _retry_after(response.headers), page)
        except (httpx.HTTPError, aiohttp.ClientError, OSError) as error:
            raise _phase(error) from error

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            transport = AiohttpTransport(client=_session)
            self._client = httpx.AsyncClient(transport=transport, follow_redirects=False)
        return self._client

    async def close(self) -> None:
        """Give back every connection."""
        if self._client is not None:
            await self._client.aclose()


def _session() -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=30)
    session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
    # A PUT or GET on a connection that the server had closed would be sent a second time.
    session._retry_connection = False  # noqa: SLF001 - there is no public switch
    return session


def _phase(error: BaseException) -> NotSent | NoAnswer:
    cause = error.__cause__ or error
    what = type(cause).__name__
    if isinstance(cause, _NEVER_SENT) or isinstance(error, httpx.UnsupportedProtocol):
        return NotSent(what)
    return NoAnswer(what)


async def _read(response: httpx.Response, most: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > most:
            raise NoAnswer("the answer is too long")
        parts.append(part)
    return b"".join(parts)


def _json(raw: bytes) -> Any:  # noqa: ANN401 - whatever it says
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _retry_after(headers: httpx.Headers) -> timedelta | None:
    """Seconds or an HTTP date; None where it is neither."""
    value = headers.get("retry-after", "")
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), MAX_RETRY_AFTER)
    try:
        left = parsedate_to_datetime(value) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None
    return min(max(left, timedelta(0)), MAX_RETRY_AFTER)

"""The one HTTP client: httpx over aiohttp's transport. Nothing else here imports httpx.

Errors say their phase. Only what provably happened before anything was sent is NOT_SENT; the
transport maps a server that hangs up to httpx.ConnectTimeout, so its word for it does not count:
the cause below it does.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import aiohttp
import httpx
import structlog
from httpx_aiohttp import AiohttpTransport

from registrar.outbound import LookUp, Reach, looked_up, refusal
from registrar.outbound.connecting import Connector

CONNECT_TIMEOUT = 5.0
POOL_TIMEOUT = 5.0
CONNECTIONS = 16
MAX_RETRY_AFTER = timedelta(hours=24)
ANYWHERE = Reach()
"""On the Internet."""
HEADERS = {"User-Agent": "registrar", "Accept": "application/json", "Accept-Encoding": "identity"}

_log = structlog.get_logger("registrar.connectors")

_NEVER_SENT = (
    aiohttp.ClientConnectorError,  # refused, unreachable, DNS, TLS
    aiohttp.ConnectionTimeoutError,  # no connection, or no place in the pool, in time
    aiohttp.InvalidURL,
)


class NotSent(Exception):
    """The manufacturer certainly has nothing of this request."""

    def __init__(self, message: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unsendable(NotSent):
    """No request can be made of this."""


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
    shared: bool = False
    """It speaks of a request that several registrations shared, and of none of them."""
    around: Any = None
    """The JSON without any item, where several were asked for: it is said of none of them alone."""


@dataclass(frozen=True, slots=True)
class Request:
    """`url` is absolute; `json` None means no body. Shown without what is personal."""

    method: str
    url: str
    headers: dict[str, str] = field(repr=False)
    query: dict[str, str] = field(repr=False)
    json: Any = field(default=None, repr=False)
    form: dict[str, str] | None = field(default=None, repr=False)


class HttpClient:
    """One a manufacturer in each process, on the loop that first uses it.

    Not one for all with a bound by host: several may stand behind one host, and one may use many.
    `reach` is where it may connect to.
    """

    def __init__(
        self,
        connections: int = CONNECTIONS,
        reach: Reach = ANYWHERE,
        look_up: LookUp = looked_up,
    ) -> None:
        self._connections = connections
        self._reach = reach
        self._look_up = look_up
        self._client: httpx.AsyncClient | None = None
        self._busy = 0
        self._retired = False

    async def send(self, request: Request, *, read_timeout: float, max_body: int) -> Reply:
        """Once, without redirects, in bounded time. Raises NotSent and NoAnswer."""
        self._busy += 1
        try:
            return await self._send(request, read_timeout, max_body)
        finally:
            self._busy -= 1
            await self.rest()

    async def _send(self, request: Request, read_timeout: float, max_body: int) -> Reply:
        client = self._open()
        made = _built(client, request, read_timeout)
        try:
            # A byte now and then satisfies every time-out of a single read.
            async with asyncio.timeout(POOL_TIMEOUT + read_timeout):
                return await _answered(client, made, max_body)
        except NoAnswer:
            raise
        except Exception as error:
            # Whatever it is: only a cause that is known to come first was not sent.
            raise _phase(error, made.url.host) from error

    def _open(self) -> httpx.AsyncClient:
        if self._client is None:
            # Its lines hold whole addresses, and a look-up's address holds the customer's.
            logging.getLogger("httpx").addFilter(_without_addresses)
            self._client = httpx.AsyncClient(
                # The session's connector has its own; to read the trusted roots once more for this
                # one, which nobody asks, would take a twentieth of a second. It trusts nobody.
                transport=AiohttpTransport(
                    verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), client=self._session
                ),
                headers=HEADERS,
                # One customer's cookie is not sent with the next one's registration.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    def _session(self) -> aiohttp.ClientSession:
        connector = Connector(
            self._reach, self._look_up, limit=self._connections, keepalive_timeout=30
        )
        session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
        )
        # A PUT or GET on a connection that the server had closed would be sent a second time.
        session._retry_connection = False  # noqa: SLF001 - there is no public switch
        return session

    def retire(self) -> None:
        """From now on no connection is kept that nobody uses."""
        self._retired = True

    async def rest(self) -> None:
        """Give back every connection, if it is retired and idle."""
        if self._retired and not self._busy:
            await self.close()

    async def close(self) -> None:
        """Give back every connection."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()


def _without_addresses(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


def _built(client: httpx.AsyncClient, request: Request, read_timeout: float) -> httpx.Request:
    made = _made(client, request, read_timeout)
    if made.url.userinfo:
        # Readers differ in where a host begins behind one, and a header has the credentials.
        raise Unsendable("a user in the URL")
    return made


def _made(client: httpx.AsyncClient, request: Request, read_timeout: float) -> httpx.Request:
    try:
        return client.build_request(
            request.method,
            request.url,
            headers=request.headers,
            params=request.query or None,
            json=request.json,
            data=request.form,
            timeout=httpx.Timeout(read_timeout, connect=CONNECT_TIMEOUT, pool=POOL_TIMEOUT),
        )
    except (ValueError, TypeError, httpx.InvalidURL) as error:
        raise Unsendable(type(error).__name__) from error


async def _answered(client: httpx.AsyncClient, request: httpx.Request, max_body: int) -> Reply:
    response = await client.send(request, stream=True)
    try:
        raw = await _read(response, max_body)
    finally:
        await response.aclose()
    body = _json(raw)
    page = body is None and bool(raw.strip())
    return Reply(response.status_code, body, _retry_after(response.headers), page)


def _phase(error: BaseException, host: str) -> NotSent | NoAnswer:
    refused = refusal(error)
    if refused is not None:
        # The host is the manufacturer's; all that is the customer's stands behind it.
        _log.warning("outbound_refused", host=host, why=type(refused).__name__)
        return NotSent(f"{host}: {type(refused).__name__}")
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
        left = parsedate_to_datetime(value) - _said_at(headers)
    except (ValueError, TypeError):
        return None
    return min(max(left, timedelta(0)), MAX_RETRY_AFTER)


def _said_at(headers: httpx.Headers) -> datetime:
    """By the clock that the date was made with: ours may be wrong by minutes."""
    try:
        return parsedate_to_datetime(headers["date"])
    except (KeyError, ValueError, TypeError):
        return datetime.now(UTC)

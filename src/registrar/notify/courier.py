"""`ports.notifier.Courier` by HTTPS, signed as Standard Webhooks has it.

By aiohttp itself and not through httpx: its resolver is ours to give, so the address that was
checked is the one that is connected to, whatever a second look-up would say.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import aiohttp
from yarl import URL

from registrar.domain import destination
from registrar.outbound import LookUp, Reach, looked_up, refusal
from registrar.outbound.connecting import Connector
from registrar.ports.notifier import Answer, Call, Verdict

SECONDS = 15.0
"""For all of it."""
CONNECT_SECONDS = 5.0
CONNECTIONS = 32
_GONE, _LATER = 410, frozenset({429, 503})
_PREFIX = "whsec_"


class HttpCourier:
    """A connection a webhook. `local`: to this host as well, and there without TLS."""

    def __init__(
        self, *, local: bool = False, look_up: LookUp = looked_up, seconds: float = SECONDS
    ) -> None:
        self._local = local
        self._look_up = look_up
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
            connector = Connector(
                Reach(local=self._local),
                self._look_up,
                limit=CONNECTIONS,
                force_close=True,
                use_dns_cache=False,
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
    return "not_allowed" if refusal(error) else type(error).__name__[:64]
